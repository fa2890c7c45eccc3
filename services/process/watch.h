#pragma once
// watch - what libzmq tells of a socket's connections: who came and went at a door, how many
// handshakes came to nothing, and of a client also how many came to an end. The sockets themselves
// hear of finished ones only.
//
// The monitor of libzmq 4.3.4 blocks its I/O thread when its queue is full or nobody listens, so
// ours has no bound, its end is connected before the socket is bound or connects, and it is closed
// before the socket is. What is not asked for are failures of accept: without descriptors libzmq
// tries again and again as fast as it can, and would tell of each (measured). So somebody must
// read: after every wait.
//
// Ownership: the caller closes. Failures: none; a message that is lost is one not counted. Threads:
// the socket's.
#include <czmq.h>

typedef struct {
    zsock_t *events; // PAIR
    // Handshakes: of strangers to our protocol or our key, and those that were given up or took
    // longer than libzmq waits. Keys that nobody knows are the authenticator's to count, at a door;
    // a client is told that his is one. Finished ones are a client's alone.
    uint64_t malformed, unfinished, unknown, finished;
} watch_t;

// The descriptor of a connection that has come or gone: what was known of that number is over.
typedef void watch_fn(void *arg, int fd);

// Counts what was told since; `over` may be NULL.
void watch_read(watch_t *self, watch_fn *over, void *arg);
void watch_close(watch_t *self, zsock_t *socket);
