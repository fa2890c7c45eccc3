#pragma once
// payment_decide_command - what payment decides on commands: a top-up, the revoking and the
// changing of a mandate. A notice and an operator's word are evidence (payment_decide_evidence.h).
//
// Example: `mandate.change` to a higher sum a month is FAIL_STATE, since a limit is only raised by
// a new consent.
//
// Failures   FAIL_INVALID, FAIL_STATE, FAIL_MISSING, FAIL_DENIED, FAIL_FULL, FAIL_LIMIT with what
// was wrong. Threads    One.
#include "services/payment/payment_state.h"

fail_t payment_decide_command(const payment_state_t *self, const request_t *request,
                              decision_t *out);
// core_t's `moves`: what an operator says that came.
kopecks_t payment_decide_moves(const input_t *input);
