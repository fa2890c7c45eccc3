#pragma once
// node_commands - requests that may append events: carried out once however often they are sent.
// A repeated one is answered from the event that it caused first.
//
// Below it: node_approvals, node_batch, node_streams (reseed), node_queries (answers). Failures:
// said in the answer. Private to the node.
#include "services/node/node_state.h"

// `data` are the bytes that `request` was decoded from: their digest is the command's content.
fail_t node_command(node_t *self, const request_t *request, const peer_t *peer, role_t role,
                    const void *data, size_t size, answer_t *out, const char **ret_detail);
