#pragma once
// autopay_decide_command - what autopay decides on commands: an operator's hold, the resuming of a
// suspended account, the policy.
//
// Example: `autopay.resume` with why 3 from a certificate that is no operator's is FAIL_DENIED.
//
// Failures: FAIL_STATE for an account that never allowed autopay, FAIL_INVALID for a field out of
// its bounds or an unknown command, FAIL_DENIED. Threads: one.
#include "proto/core.h"
#include "services/autopay/autopay_state.h"

fail_t autopay_decide_command(const autopay_state_t *self, const input_t *input, decision_t *out);
