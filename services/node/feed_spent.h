#pragma once
// feed_spent - how many bytes of the journal each owner's items have come to in this clock hour, by
// the journal's stamps. An owner is the name that certificates give, else the producer's number.
//
// Kept in memory alone: a process that is started anew begins to count anew. Ownership: plain.
// Failures: none; where more owners push than it has places for, the one longest there is
// forgotten. Threads: one.
#include "proto/types.h"

enum { FEED_SPENT_MAX = 1024, FEED_SPENT_NAME_MAX = 48 };

typedef struct {
    char owner[FEED_SPENT_NAME_MAX + 1];
    int64_t hour;
    uint64_t bytes;
} feed_spent_row_t;

typedef struct {
    feed_spent_row_t rows[FEED_SPENT_MAX];
    size_t count, next; // next: the place to be used again once all are
} feed_spent_t;

uint64_t feed_spent_of(const feed_spent_t *self, stream_t producer, text_t owner, instant_t now);
uint64_t feed_spent_row(const feed_spent_t *self, size_t index, instant_t now);
void feed_spent_add(feed_spent_t *self, stream_t producer, text_t owner, instant_t now,
                    uint64_t bytes);
