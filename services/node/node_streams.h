#pragma once
// node_streams - what other parts of a node ask about the streams that it follows. How their bytes
// come in is in node.h: node_publication, node_answer.
//
// Below it: node_batch, follower. Private to the node.
#include "services/node/node_state.h"

follower_t *node_follower(node_t *self, stream_t stream); // NULL if we do not follow it
// Facts change the journal, so they wait while the disk is full; views do not. A feed also waits
// while the clock is late.
bool node_may_take(const node_t *self, const follower_t *follower);
// Nothing is judged by a stream that is not. Nor is a view current while its producer goes by
// another history of a third stream than we do: the ledger's balances say up to which of payment's
// events they reach, and the event of that number is another one in a journal that was put back.
bool node_is_current(const node_t *self, const follower_t *follower);
bool node_are_current(const node_t *self); // all that something is judged by
// An operator names another history of the stream than the one that is left here.
void node_leaves_history(node_t *self, const follower_t *left);
// By an operator's word the stream has another history from now on, and may it have one?
fail_t node_reseed(node_t *self, const input_t *input, const char **ret_detail);
fail_t node_reseed_check(node_t *self, const input_t *input, const char **ret_detail);
// A producer says that all that happened up to `through` has been sent; `sequence` is its last
// item.
void node_take_through(node_t *self, stream_t producer, instant_t through, uint64_t sequence);
