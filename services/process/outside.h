#pragma once
// outside - HTTP requests to the outside, and e-mails to a relay, carried out beside the loop
// without blocking it.
//
// What is promised is only what money needs: RESULT_NOT_CONNECTED is said when no byte of the
// request can have left (no name, no connection, no TLS session), so that it may be sent again;
// everything uncertain is RESULT_NO_ANSWER; RESULT_ANSWERED has a status and a body.
// Certificates are verified, redirects are not followed, proxies of the environment are ignored, a
// connection is never reused (libcurl would repeat a POST on a dead one), a body ends at 64 KiB.
// A header that could be read as two, or that would contradict what libcurl says of the connection
// and the body, is never sent: such a request ends at once as RESULT_NOT_CONNECTED.
//
// Ownership: a request is copied; a result is borrowed until the next call. Failures: each ends
// as a result. Threads: the loop's.
// Source: libcurl's multi_socket interface, over one epoll and one timerfd.
#include "services/process/outside_mail.h"

enum {
    OUTSIDE_BODY_MAX = 64 * 1024,
    OUTSIDE_URL_MAX = 8 * 1024,
    OUTSIDE_HEADER_MAX = 4 * 1024, // of a name or a value
    OUTSIDE_CONNECT_MS = 5000
};

typedef struct outside outside_requests_t;

// `authorities` is a file of the certificates (PEM) that a peer's must come from; "" for those of
// the system.
outside_requests_t *outside_new(bool https_only, unsigned timeout_ms, const char *authorities);
// By which relay e-mails go; before, none goes. What it borrows lives longer than the requests.
void outside_relay(outside_requests_t *self, const outside_relay_t *relay);
void outside_destroy(outside_requests_t **self_p); // what is under way is forgotten

// Starts one. What cannot be started has its result all the same.
void outside_start(outside_requests_t *self, const outside_t *request);
// A descriptor that is readable when outside_turn has something to do.
int outside_fd(const outside_requests_t *self);
void outside_turn(outside_requests_t *self);
// The next result; false if there is none now.
bool outside_result(outside_requests_t *self, result_t *ret_result);
size_t outside_count(const outside_requests_t *self); // under way
