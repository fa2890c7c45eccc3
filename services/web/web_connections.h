#pragma once
// web_connections - how long each HTTP connection may still keep us waiting. Pure: the time is
// given.
//
// libmicrohttpd's own time-out is one of idleness: who sends a byte now and then keeps his place
// for ever (measured: 500 such clients outlived a limit of 5 s). So a connection has
// WEB_PATIENCE_MS for each thing that it owes us: for a whole request from when it was opened or
// had its last reply, and for taking a reply in. While we owe it an answer no time runs.
//
// All wait equally long, so the list is in the order of its ends by itself.
// Units: milliseconds of the monotonic clock. Ownership: the caller's; a connection is in one list
// at most. Failures: none. Threads: one.
#include <stdint.h>

enum { WEB_PATIENCE_MS = 10000 };

typedef struct web_connection {
    struct web_connection *before, *after; // NULL: in no list
    int64_t ends_ms;
    int socket;
} web_connection_t;

typedef struct {
    web_connection_t ring; // its first and last are ring.after and ring.before
} web_connections_t;

void web_connections_init(web_connections_t *self);
// The time begins (again) from now on. `now_ms` never goes back.
void web_connections_expect(web_connections_t *self, web_connection_t *connection, int64_t now_ms);
void web_connections_spare(web_connection_t *connection); // no time runs; also when it is closed
// Takes one out whose time is over; NULL if there is none.
web_connection_t *web_connections_overdue(web_connections_t *self, int64_t now_ms);
int64_t web_connections_next(const web_connections_t *self); // INT64_MAX for never
