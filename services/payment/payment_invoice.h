#pragma once
// payment_invoice - the events with which an invoice begins: created, and sent. Its number is
// committed before anything leaves.
//
// Example: the first payment of 1 January 2026, 00:00 UTC, has the number 8266973184000
// (proto/payment_number.h).
//
// Units      Kopecks.
// Failures   None; the callers have checked that there is a number left.
// Threads    One.
#include "services/payment/payment_state.h"

// Adds payment.created with the next number and a token; the caller fills in the rest.
event_payment_created_t *payment_invoice_create(const payment_state_t *self, const uid_t16 *account,
                                                kopecks_t amount, decision_t *out);
void payment_invoice_send(uint64_t number, uint64_t attempt, decision_t *out);
// An id made of the input's entropy, one for each purpose; one of them does not tell another.
uid_t16 payment_invoice_random_id(const input_t *input, char purpose);
