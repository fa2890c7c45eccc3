#pragma once
// autopay_decide - what autopay decides: each input goes to the part that knows it. The contracts
// are those of the functions of the same names in proto/core.h.
//
// Parts: autopay_decide_command (commands), autopay_decide_payment (payment's facts),
// autopay_decide_judgement (ticks). The rule itself, from what is looked at to a verdict, is
// autopay_verdict.
#include "proto/core.h"

fail_t autopay_decide_found(const void *state, const input_t *input, decision_t *out);
void autopay_decide_policy_first(event_t *ret_event);
fail_t autopay_decide(const void *state, const input_t *input, decision_t *out);
void autopay_decide_due(const void *state, instant_t now, due_t *out);
