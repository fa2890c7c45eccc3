#pragma once
// unread - how much of its answers a door's peers may leave unread, by certificate and in all.
//
// A ROUTER keeps for a connection what its peer does not read: with a mark of 1 the last two
// answers, one in its queue and one half written. Nothing tells when they were read, so the last
// two count for as long as the connection lives; many connections of one certificate share its
// bound. Who pages through a journal holds two pages at any time and is never refused.
//
// A connection is known by its descriptor: whoever calls hears from libzmq when it has come or gone
// (watch.h). An answer that leaves at that very moment may be counted for nobody; a descriptor that
// is closed is forgotten when a certificate's bound is reached.
// Units: bytes. Ownership: plain. Failures: none. Threads: one.
#include "services/base/table.h"
#include <stdbool.h>

enum {
    UNREAD_CERTIFICATE_MAX = 32 * 1024 * 1024,
    UNREAD_TOTAL_MAX = 512 * 1024 * 1024,
    UNREAD_CONNECTIONS_MAX = 65536, // descriptors; a peer of a higher number is refused
    UNREAD_LOOK_MS = 100            // between two looks for descriptors that are closed
};

typedef struct {
    uint32_t certificate; // row + 1, 0: none
    uint32_t before, last;
} unread_connection_t;

typedef struct {
    table_t certificates;
    unread_connection_t *connections; // by descriptor
    size_t connections_cap;
    uint64_t bytes;
    int64_t look_at;
} unread_t;

void unread_init(unread_t *self);
void unread_release(unread_t *self);

// May this connection be given another answer? `certificate` is its public key in Z85. At most one
// answer more than the bounds is then held.
bool unread_may(unread_t *self, int fd, const char *certificate);
void unread_gave(unread_t *self, int fd, const char *certificate, size_t bytes);
void unread_over(unread_t *self, int fd); // the connection has come or gone
