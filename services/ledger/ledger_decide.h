#pragma once
// ledger_decide - what the ledger decides: each input goes to the part that knows it. The contracts
// are those of the functions of the same names in proto/core.h.
//
// Parts: ledger_decide_fact (metering's and payment's facts), ledger_decide_credit (usage that is
// given back), ledger_decide_wish (postings that are
// asked for), ledger_decide_command, ledger_decide_judgement (ticks). What a posting comes to, once
// it is to be made, is ledger_transfer.
#include "proto/core.h"

fail_t ledger_decide_found(const void *state, const input_t *input, decision_t *out);
void ledger_decide_policy_first(event_t *ret_event);
fail_t ledger_decide(const void *state, const input_t *input, decision_t *out);
void ledger_decide_due(const void *state, instant_t now, due_t *out);
