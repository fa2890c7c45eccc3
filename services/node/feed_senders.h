#pragma once
// feed_senders - under which certificate each producer's items came last. A node notes it in the
// journal where it changes, so that each item's sender is known and no item pays for it. Example:
// producer 200 begins a numbering under "anna.p": one `feed.sent_by`, then any number of batches.
//
// A value, folded from the journal like all that a node knows. Failures: none; where more producers
// pushed than it has places for, the one noted longest ago is forgotten, and noted anew. Threads:
// one.
#include "proto/event.h"
#include "services/base/walk.h"

enum { FEED_SENDERS_MAX = 1024, FEED_SENDER_NAME_MAX = 48 };

typedef struct {
    stream_t producer;
    uint64_t epoch; // the producer's numbering
    size_t size;
    char name[FEED_SENDER_NAME_MAX];
    bool imported;
} feed_sender_t;

typedef struct {
    feed_sender_t rows[FEED_SENDERS_MAX];
    size_t count, next; // next: the place to be used again once all are
} feed_senders_t;

// Do the producer's items of this numbering come from that certificate, as far as was noted?
bool feed_senders_know(const feed_senders_t *self, const event_feed_sent_by_t *sender);
void feed_senders_walk(feed_senders_t *self, walk_t *walk);
void feed_senders_note(feed_senders_t *self, const event_feed_sent_by_t *sender);
