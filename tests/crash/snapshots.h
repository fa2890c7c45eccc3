#pragma once
// snapshots - a run that writes snapshot after snapshot (store/snapshot.h), some with a failed
// flush, and what must be found of them: the newest acknowledged one or a later one, whole.
//
// Marks as in a run of a process, with the snapshot's sequence for the commit. Threads: one.
#include "tests/crash/check.h"
#include "tests/crash/tape.h"

// Marks go to `tape`; the calls are watched by the caller.
void snapshots_write(tape_t *tape, const char *directory, uint64_t seed);
// NULL, or what is wrong. `goes_on`: the next one is written and read back too.
const char *snapshots_check(const char *directory, const bounds_t *bounds, bool goes_on);
