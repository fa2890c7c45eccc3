#pragma once
// doors - our own bound sockets of the loop: the command door, the feed door, the publisher.
//
// An answer that finds no room or nobody is dropped and counted: a ROUTER would do so in silence,
// and who asked asks again. Nothing here blocks. Ownership: the sockets. Failures: an endpoint that
// cannot be bound. Threads: one.
#include "services/common/node.h"
#include "services/common/settings.h"
#include "services/common/watch.h"

typedef struct {
    zsock_t *command, *feed, *publisher; // feed may be NULL
    watch_t watches[3];
    uint64_t messages, malformed, answers, unreachable, no_room, published;
} doors_t;

bool doors_open(doors_t *self, const settings_t *settings, zcert_t *own, char *error,
                size_t error_size);
void doors_close(doors_t *self);
void doors_watch(doors_t *self); // what became of handshakes; after every wait
size_t doors_poll(doors_t *self, zmq_pollitem_t *items);
// Hands at most `max` messages of each door to the node; `feed_first` alternates who is first, so
// that a full batch starves nobody. Returns how many there were.
unsigned doors_drain(doors_t *self, node_t *node, unsigned max, bool feed_first);
void doors_answer(doors_t *self, const output_t *answer);
void doors_publish(doors_t *self, const output_t *publication);
