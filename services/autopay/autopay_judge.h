#pragma once
// autopay_judge - a tick: every account that anything has happened to is judged, who would be
// charged in a crowd waits for his turn, and decisions worth storing become events.
//
// Does nothing while the input is not current. Works the agenda off; the rest of the state changes
// when the events are applied. Sets `more` when the decision is full.
#include "proto/core.h"
#include "services/autopay/autopay_state.h"

void autopay_judge(const autopay_state_t *self, decision_t *out);
