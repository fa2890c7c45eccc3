#pragma once
// node_witness - what a node notes of the journals that it follows: {epoch, last, root} as
// node.witnessed in its own, each hour and after each start or orderly end of their writers, so
// that one journal alone cannot be written anew; and the ends that it meets. The newest note of a
// stream is in its follower, older ones are in the journal (`kopeck verify` holds all of them
// against the others). Costs one question an hour and peer, and nothing per event.
#include "services/node/node_state.h"

// Which notes are due, as a batch begins.
void node_witness_look(node_t *self);
// The answer to a question for what a stream comes to.
void node_witness_answer(node_t *self, follower_t *follower, const answer_t *answer);
// The end of a stream's writer was taken in, at that sequence.
void node_witness_ended(node_t *self, follower_t *follower, const event_node_ended_t *ended,
                        uint64_t sequence, const hash_t *leaf);
