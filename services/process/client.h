#pragma once
// client - one connection to a door of a process, for tools, for web, for whoever pushes a feed.
//
// client_ask is synchronous and resends with the same number and id, doubling the pause, until the
// deadline: a repeated command has its first answer again, so asking twice is safe. Answers to
// other numbers are late and dropped.
// client_send and client_receive are for windows: the caller keeps what is not acknowledged.
//
// Ownership: an answer borrows from the client until its next call. Failures: FAIL_TIMEOUT if the
// deadline passed (a command may have happened or not: ask again with the same id), FAIL_FULL if
// there is no connection or no room now, FAIL_CONFIG for an endpoint or key that cannot be. What
// the process refuses is no failure of the call: it stands in the answer's `fail`.
// Threads: the one that made it.
#include "proto/request.h"
#include "proto/stream.h"
#include <czmq.h>

typedef struct client client_t;

typedef enum { CLIENT_COMMAND, CLIENT_FEED, CLIENT_REPLAY } client_door_t;

enum { CLIENT_RESEND_FIRST_MS = 250, CLIENT_RESEND_MAX_MS = 5000 };

// `own` is copied; `server_key` is the process's public key in Z85 (security_load_public).
fail_t client_new(client_door_t door, const char *endpoint, zcert_t *own, const char *server_key,
                  client_t **ret_client);
void client_destroy(client_t **self_p);

// Sets the request's number. A request of kind COMMAND must carry its id.
fail_t client_ask(client_t *self, request_t *request, int timeout_ms, answer_t *ret_answer);

// Sends one frame as it is; waits up to timeout_ms for a connection with room.
fail_t client_send(client_t *self, const void *data, size_t size, int timeout_ms);
// Sends a head and what follows it as one frame, as for feed_batch_encode_head.
fail_t client_send_joined(client_t *self, const void *head, size_t head_size, const void *body,
                          size_t body_size, int timeout_ms);
// The next frame that came, in order.
fail_t client_receive(client_t *self, int timeout_ms, bytes_t *ret_frame);
