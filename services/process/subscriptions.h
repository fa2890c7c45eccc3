#pragma once
// subscriptions - how much is subscribed to at our publisher. libzmq keeps every topic that anybody
// names, at some forty bytes for each byte of it, and has no end to that: 49 MB of random topics
// took a process to 1.5 GiB. Nobody honest has more than three (PROTOCOL.md §3.1), so beyond
// SUBSCRIPTIONS_MAX the publisher is bound anew, which drops them all. That they come few at a time
// is hang_up.h's: who fills his queue is hung up on, which takes his away.
//
// The publisher is an XPUB that hands us each subscription and its end (ZMQ_XPUB_VERBOSER), also of
// a topic that another has: so each subscriber is heard of, and his connection is counted for his
// certificate (callers.h). Topics are told apart by a hash under a key of this process, so that
// nobody can make two look alike. Ownership: plain. Failures: none. Threads: the socket's.
#include <czmq.h>

enum { SUBSCRIPTIONS_MAX = 64 };

typedef struct {
    uint64_t topic;
    uint64_t subscribers;
} subscription_t;

typedef struct {
    subscription_t rows[SUBSCRIPTIONS_MAX + 1];
    size_t count;   // topics now
    uint64_t never; // messages that are no subscription, since the publisher was bound
    char last[41];  // the key of the certificate that subscribed last; "" if none
} subscriptions_t;

void subscriptions_forget(subscriptions_t *self); // but who was the last
// Takes in what came. True once it is too much.
bool subscriptions_read(subscriptions_t *self, zsock_t *publisher);
