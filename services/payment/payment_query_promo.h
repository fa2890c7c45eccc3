#pragma once
// payment_query_promo - what payment answers of promo codes.
//
// A customer hears whether his code was accepted and what it brings; why it was not, nobody hears
// but who reads the journal.
//
// Units      Kopecks.
// Failures   FAIL_MISSING where an account has no code reserved.
// Threads    One. Source: docs/rules.md "Promo campaigns", "Guessed promo codes".
#include "proto/counter.h"
#include "services/payment/payment_state.h"

enum { PROMO_PAGE_ROWS = 200, PROMO_ROW_BYTES = 128 };

// False if the request is none about promo codes.
bool payment_promo_query(const payment_state_t *self, const request_t *request,
                         const event_t *first, query_t *out, fail_t *ret_fail);
// Lines `name value`; the bytes they have.
void payment_promo_counters(const payment_state_t *self, writer_t *out);
