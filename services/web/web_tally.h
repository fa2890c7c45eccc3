#pragma once
// web_tally - how many answers the listeners have given, by HTTP status.
//
// Ownership: the caller's. Failures: none; a status that is none is not counted. Threads: any.
#include "proto/counter.h"
#include <stdatomic.h>

enum { TALLY_FIRST = 100, TALLY_END = 600 };

typedef struct {
    atomic_ullong answers[TALLY_END - TALLY_FIRST];
} web_tally_t;

static inline void web_tally_add(web_tally_t *self, unsigned status)
{
    if (status >= TALLY_FIRST && status < TALLY_END)
        atomic_fetch_add(&self->answers[status - TALLY_FIRST], 1);
}

// As lines of a status (proto/counter.h).
static inline void web_tally_put(const web_tally_t *self, writer_t *out)
{
    for (uint64_t status = TALLY_FIRST; status < TALLY_END; status++) {
        uint64_t count = self->answers[status - TALLY_FIRST];
        if (count)
            counter_put_of(out, COUNTER_web_answers, status, (int64_t)count);
    }
}
