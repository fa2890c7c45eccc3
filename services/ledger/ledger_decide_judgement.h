#pragma once
// ledger_decide_judgement - a tick: whose balance is low or exhausted is told so, once.
//
// Does nothing while the input is not current. Example: an account that falls from 120 to -5 rubles
// in one posting gets an account.low and an account.exhausted at the next tick; it gets no second
// one of either until its balance has risen again. Sets `more` when the decision is full.
//
// Failures: none. Threads: one.
#include "services/ledger/ledger_state.h"

fail_t ledger_decide_judgement(const ledger_state_t *self, const input_t *input, decision_t *out);
