#pragma once
// notify_decide - the decide functions of notify: the policy that a journal begins with, commands,
// and the judgement of who is on which step. Source: docs/rules.md "Ladder".
#include "proto/core.h"

fail_t notify_decide_found(const void *state, const input_t *input, decision_t *out);
void notify_decide_policy_first(event_t *ret_event);
fail_t notify_decide(const void *state, const input_t *input, decision_t *out);
void notify_decide_due(const void *state, instant_t now, due_t *out);
