#pragma once
// subscriptions - how much is subscribed to at our publisher. libzmq keeps every topic that anybody
// names, at some forty bytes for each byte of it, and has no end to that: 49 MB of random topics
// took a process to 1.5 GiB. Nobody honest has more than three (PROTOCOL.md §3.1), so beyond
// SUBSCRIPTIONS_MAX the publisher is bound anew, which drops them all. That they come few at a time
// is hang_up.h's: who fills his queue is hung up on, which takes his away.
//
// The publisher is an XPUB, which hands us each topic that is new or gone. Ownership: plain.
// Failures: none. Threads: the socket's.
#include <czmq.h>

enum { SUBSCRIPTIONS_MAX = 64 };

typedef struct {
    size_t count;   // topics now
    uint64_t never; // messages that are no subscription, since the publisher was bound
    char last[41];  // the key of the certificate that subscribed last; "" if none
} subscriptions_t;

// Takes in what came. True once it is too much.
bool subscriptions_read(subscriptions_t *self, zsock_t *publisher);
