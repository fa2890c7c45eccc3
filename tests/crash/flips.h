#pragma once
// flips - single bits of a finished run's files turned over, one at a time, each followed by a
// start: whatever changed a value must have been noticed.
//
// A flip is noticed when the start refuses, or the process ends by a signal inside LMDB, which has
// no checksums (check journals of doubtful origin in a process of their own). It is slack when
// everything that comes up is as it was: free pages, padding. It is rolled back when an older
// commit comes up whole: a flip in a meta page can do that, and only who holds a later root knows
// (an auditor, a follower). Anything else is a violation.
#include "tests/crash/place.h"
#include "tests/crash/run.h"

typedef struct {
    uint64_t flips, under_way, noticed, signals, slack, rolled_back, violations;
    uint64_t first; // number of the first violation
    char why[256];
} flipped_t;

// Flips number `from` to `count`, all drawn from the run's seed, or number `only` alone.
void flips_run(const run_t *run, const disk_t *files, const char *directory, uint64_t from,
               uint64_t count, uint64_t only, flipped_t *flipped);
