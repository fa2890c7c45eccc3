#pragma once
// audience - one live follower of the ledger, in a thread of its own: it takes publications from
// the PUB socket, checks that they continue what it has, and fetches from the replay door what it
// missed. What it cannot show is a prefix, it says.
//
// Threads: start and stop from one thread; the counters may be read at any time.
#include "tools/benchmark/bench_rig.h"
#include <stdatomic.h>

typedef struct {
    const bench_rig_t *rig;
    zactor_t *actor;
    atomic_ullong last;           // all up to here was received, without a gap
    atomic_ullong heard;          // the ledger's last sequence, as far as it said
    atomic_ullong live, replayed; // events, by the way they came
} audience_t;

// Returns once the first publication has come: from then on it is live.
void audience_start(audience_t *self, const bench_rig_t *rig, uint64_t from);
void audience_stop(audience_t *self);
// Waits until it holds everything up to `sequence`; false when that takes longer than timeout_ms.
bool audience_reaches(audience_t *self, uint64_t sequence, int timeout_ms);
