#pragma once
// producers - the producers' numbers that a certificate may push as: one number or a range, written
// `100` or `200-299` in its metadata. A platform's certificate could otherwise speak for another
// platform, take its numbering away by a higher epoch, and use up every cursor there is.
//
// Ownership: plain. Failures: false for what is not such a text. Threads: any.
#include "proto/types.h"
#include <stdbool.h>

enum { PRODUCERS_TEXT_MAX = 41 };

typedef struct {
    stream_t first, last; // both included; 0, 0 is nobody
} producers_t;

bool producers_parse(const char *text, producers_t *ret_producers);

static inline bool producers_have(const producers_t *self, stream_t producer)
{
    return producer >= PRODUCER_FIRST && producer >= self->first && producer <= self->last;
}
