#pragma once
// node_approvals - commands for which two must agree: they are proposed, and another certificate
// approves or rejects them (docs/rules.md "Two persons").
//
// A proposal is judged by its core twice: as it is made, so that nobody is asked to agree to what
// cannot be, and again as it is approved, against the state of then.
// Below it: node_batch. Failures: said in the answer. Private to the node.
#include "services/node/node_state.h"

// Puts a proposal into the decision, instead of what the core decided.
fail_t node_propose(node_t *self, const input_t *input, kopecks_t amount, decision_t *decision);

// The node's own commands about that: approve, reject, and operators.policy, which is proposed.
bool node_approvals_take(request_type_t type);
fail_t node_approvals_decide(node_t *self, const input_t *input, const char **ret_detail);
// The answer to one of them, whose first event has that sequence.
void node_approvals_answer(const request_t *request, uint64_t first, answer_t *out);
