#pragma once
// documents_decide - the core's decisions: each is a command's (documents_decide_command,
// documents_decide_transfer). Nothing is due by itself. Threads: one.
#include "services/documents/documents_core.h"

fail_t documents_decide(const void *state, const input_t *input, decision_t *out);
// An assignment needs two persons whatever its sum is.
kopecks_t documents_decide_moves(const input_t *input);
void documents_decide_due(const void *state, instant_t now, due_t *out);
