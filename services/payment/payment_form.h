#pragma once
// payment_form - what payment says to Robokassa about an invoice, and the fields that web hands on.
//
// Every text is made from the invoice and the settings alone, so the same question gives the same
// text again after a restart.
//
// Failures   A size of 0: the buffer is too small (or the settings were never checked).
// Threads    Any.
#include "services/payment/payment_state.h"
#include "services/robokassa/robokassa_notice.h"

enum { PAYMENT_FORM_MAX = 16 * 1024, PAYMENT_TOKEN_SIZE = 33 };

// The value of Shp_token.
span_t payment_form_token(const uid_t16 *token, char ret_text[PAYMENT_TOKEN_SIZE]);

// Where a top-up's payer is sent to, with that receipt; `recurring` makes his card one that can be
// charged again.
size_t payment_form_link(const payment_settings_t *settings, const payment_receipt_t *says,
                         uint64_t number, kopecks_t amount, const uid_t16 *token, bool recurring,
                         char *buffer, size_t buffer_size);

// The POST that charges the card of the invoice's parent, and the question about an invoice.
size_t payment_form_charge(const payment_settings_t *settings, const payment_receipt_t *says,
                           uint64_t number, const invoice_t *invoice, char *buffer,
                           size_t buffer_size);
size_t payment_form_question(const payment_settings_t *settings, uint64_t number, char *buffer,
                             size_t buffer_size);

// Reads the fields of a request of web: msgpack, an array of [name, value]. False for anything
// else.
bool payment_form_read(bytes_t fields, form_t *ret_form);

// InvId as it stands, which proves nothing; 0 if it is none.
uint64_t payment_form_invoice(const form_t *form);
// Do the fields show this token?
bool payment_form_has_token(const form_t *form, const uid_t16 *token);
