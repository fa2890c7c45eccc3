#pragma once
// payment_form_receipt - what payment says to Robokassa's service of second receipts, and what the
// first receipt of a payment says of taxes.
//
// Each text is made from rows and settings alone, so the same receipt is the same text again, but
// for whom it goes to: that may change meanwhile.
//
// Failures   A size of 0: the buffer is too small. Threads: any.
// Source     docs/robokassa.md "Second receipt"; docs/rules.md "Receipts of a lot".
#include "services/payment/payment_form.h"

enum { PAYMENT_RECEIPT_JSON_MAX = 4096 };

// The settings' receipt with the taxes of that instant.
payment_receipt_t payment_form_first_receipt(const payment_state_t *self, instant_t at);
// To the account's contact, which goes before the shop's own; an empty one is none.
size_t payment_form_receipt(const payment_settings_t *settings, uint64_t invoice,
                            const receipt_t *receipt, text_t contact, char *buffer,
                            size_t buffer_size);
size_t payment_form_receipt_question(const payment_settings_t *settings, uint64_t invoice,
                                     receipt_kind_t kind, char *buffer, size_t buffer_size);
