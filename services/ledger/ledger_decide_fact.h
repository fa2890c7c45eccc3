#pragma once
// ledger_decide_fact - what metering and payment say has happened becomes postings: usage debits
// the customer, a payment credits him. Usage that is given back is noted only
// (ledger_decide_credit). A fact is never refused for what it says.
//
// What cannot be placed on the named account goes to suspense, with that account's id as the
// reference. Example: a payment of 500 rubles for an account that would be one more than
// accounts_max is posted from clearing to suspense.
//
// Failures: FAIL_OVERFLOW, when a system account would leave int64. Threads: one.
#include "services/ledger/ledger_state.h"

fail_t ledger_decide_fact(const ledger_state_t *self, const event_t *event, decision_t *out);
