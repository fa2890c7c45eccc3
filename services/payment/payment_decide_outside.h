#pragma once
// payment_decide_outside - what is wanted from Robokassa now, charges first and then questions, and
// what its answers mean.
//
// Example: question 5 about an invoice was answered after a notice had closed it. The answer's key
// names a turn that is over, and nothing is decided.
//
// Failures   None.
// Threads    One.
#include "services/payment/payment_state.h"

fail_t payment_decide_result(const payment_state_t *self, const result_t *result, decision_t *out);
void payment_decide_due(const void *state, instant_t now, due_t *out); // core_t's `due`
