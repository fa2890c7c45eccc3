#pragma once
// payment_form_refund - what payment says to Robokassa's refund service: Create, and where GetState
// is asked.
//
// Each text is made from rows and the settings alone. A refund of all that the payment
// brought has no sum, so that a shop that refunds whole payments alone takes it.
//
// Failures   A size of 0: the buffer is too small. Threads: any.
// Source     docs/robokassa.md "Refund service".
#include "services/payment/payment_form.h"

enum { PAYMENT_REFUND_PAYLOAD_MAX = 2048 };

// The position of a receipt for that sum that goes back: the one that the payment's receipt had.
robokassa_item_t payment_form_refund_item(const payment_receipt_t *receipt, kopecks_t sum);
size_t payment_form_refund(const payment_state_t *self, const invoice_t *invoice,
                           const refund_t *refund, char *buffer, size_t buffer_size);
size_t payment_form_refund_state(const payment_settings_t *settings, const refund_t *refund,
                                 char *buffer, size_t buffer_size);
