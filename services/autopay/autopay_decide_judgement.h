#pragma once
// autopay_decide_judgement - a tick: every account that something has happened to is judged, and
// the decisions that are worth storing become events.
//
// Stored are a charge, and a reason against it that differs from the account's last one. When more
// accounts would be charged at once than the policy's `crowd`, each waits for a turn within the
// policy's `pacing`. Example: 65 balances fall below the threshold together, and the crowd is 64.
// In this tick nobody is charged. Each account has its turn within the next 15 minutes, and is
// judged then on the balance of then.
//
// Does nothing while the input is not current. It works the agenda off; the rest of the state
// changes when the events are applied. Sets `more` when the decision is full. Failures: none.
// Threads: one.
#include "proto/core.h"
#include "services/autopay/autopay_state.h"

void autopay_decide_judgement(const autopay_state_t *self, decision_t *out);
