#pragma once
// autopay_decide_payment - what autopay notes of payment's facts: consents, changes, revocations
// and refunds of mandates, and what became of the requests that it made.
//
// Facts are taken at once, whether the inputs are current or not; whether a card is charged is
// judged later, in a tick. Example: a payment.declined with code 34 becomes an autopay.settled and,
// since such a card is never accepted again, an autopay.suspended.
//
// Failures: none; a fact is never refused. Threads: one.
#include "proto/core.h"
#include "services/autopay/autopay_state.h"

// Events of other streams than payment's say nothing here.
fail_t autopay_decide_payment(const autopay_state_t *self, const input_t *input, decision_t *out);
