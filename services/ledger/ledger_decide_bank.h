#pragma once
// ledger_decide_bank - transfers that documents found in bank statements: credited to whom they are
// matched, else put into suspense, and moved from there when two persons have said what they are.
//
// A transfer is credited once, and leaves suspense once, whatever history documents has: its
// postings bear its identity as their reference. What is told again is noted and not posted.
// Failures: FAIL_OVERFLOW where a system account would leave int64. Threads: one.
// Source: docs/rules.md "Transfers in the ledger", "Settlement with Robokassa".
#include "services/ledger/ledger_state.h"

fail_t ledger_bank_received(const ledger_state_t *self, const event_transfer_received_t *fact,
                            decision_t *out);
fail_t ledger_bank_assigned(const ledger_state_t *self, const event_transfer_assigned_t *fact,
                            decision_t *out);
// What Robokassa paid out goes from suspense to clearing, and what it kept from clearing to fees.
fail_t ledger_bank_settled(const ledger_state_t *self, const event_transfer_settled_t *fact,
                           decision_t *out);
