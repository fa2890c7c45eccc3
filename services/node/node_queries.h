#pragma once
// node_queries - requests that change nothing: what a node answers by itself (status, clock, table,
// proposals, policies) and what it asks its core.
//
// Below it: node_batch. Ownership: answers borrow from the node until the next one is made.
// Failures: said in the answer, with *ret_detail where there is more to say. Private to the node.
#include "services/node/node_state.h"

// An empty answer to that request.
void node_query_begin(const request_t *request, answer_t *ret_answer);
// FAIL_LATER with a wish (by is not 0): it can be answered once that event is recalled.
// `owner`: whose records may be told of, NULL for anybody's.
fail_t node_query(node_t *self, const request_t *request, const uid_t16 *owner, answer_t *out,
                  recall_t *ret_wish, const char **ret_detail);
// The core's answer to a query; `recalled` is NULL at first.
fail_t node_query_core(node_t *self, const request_t *request, const uid_t16 *owner,
                       const recalled_t *recalled, answer_t *out, recall_t *ret_wish);
// Completes the answer to a command: `first` is the event that it caused first, NULL if it changed
// nothing.
fail_t node_query_command(node_t *self, const request_t *request, const event_t *first,
                          uint64_t first_sequence, answer_t *out);
