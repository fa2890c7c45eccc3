#pragma once
// node_recalls - recalls that are out: what the core wishes by `due`, and queries that wait for an
// event before they can be answered. How they come back is in node.h: node_recalled.
//
// A crash forgets them all. Wishes follow from the state and are wished again; queries are asked
// again by whoever gets no answer. At most DUE_RECALLS_MAX wishes and RECALL_WAITING_MAX queries
// are out at a time. Below it: node_batch, node_queries, node_replies, recall. Private to the node.
#include "services/node/node_state.h"

// Lets a query wait for that event. FAIL_FULL if too many wait, FAIL_LIMIT if it is too large to.
fail_t node_recalls_wait(node_t *self, const recall_t *wish, door_t door, const peer_t *peer,
                         const request_t *request, const uid_t16 *owner);
// Asks for what self->due wishes and is not out yet.
void node_recalls_ask(node_t *self);
