#pragma once
// node_replies - answers to requests: encoded, and laid by until the batch is committed.
//
// Below it: node_batch. Failures: an answer that fits no message is the core's mistake, and is said
// to the asker. Private to the node.
#include "services/node/node_state.h"

// Stamps the answer with the sequence that it is true at.
void node_reply(node_t *self, door_t door, const peer_t *peer, answer_t *answer);
// `detail` may be NULL: then the failure's own text is said.
void node_reply_refusal(node_t *self, door_t door, const peer_t *peer, const request_t *request,
                        fail_t fail, const char *detail);
