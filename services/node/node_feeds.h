#pragma once
// node_feeds - batches of items that a producer pushes: each item once, in order, and acknowledged
// only with the commit that holds what it caused.
//
// Below it: node_batch, node_streams. Failures: said in the answer. Private to the node.
#include "services/node/node_state.h"

// Takes a pushed batch in and answers its sender.
void node_push(node_t *self, door_t door, const peer_t *peer, role_t role, const void *data,
               size_t size);
