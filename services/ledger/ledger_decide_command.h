#pragma once
// ledger_decide_command - what the ledger decides on commands: `post`, and `ledger.policy`.
//
// Example: a `ledger.policy` that says what holds already is taken, and leaves no event.
//
// Failures: FAIL_INVALID for a field or an unknown command; those of ledger_decide_wish. Threads:
// one.
#include "services/ledger/ledger_state.h"

fail_t ledger_decide_command(const ledger_state_t *self, const request_t *request, decision_t *out);
fail_t ledger_decide_policy(const ledger_state_t *self, const event_ledger_policy_changed_t *policy,
                            decision_t *out);
