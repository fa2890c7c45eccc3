#pragma once
// run - one recorded run of a real process: what was asked of it, everything it did to its files,
// where its outputs left, and every commit it made. Scenario and work follow from the seed.
//
// A scenario is a plain run; one whose process is killed and started again over the cache; one with
// a flush that fails, after which the process ends and another starts over what the cache shows.
// Every sixteenth seed's run writes snapshots instead (snapshots.h).
// Ownership: run_destroy frees. Failures: a run that does not go as it should is said in `wrong`.
// Threads: one.
#include "tests/crash/history.h"
#include "tests/crash/life.h"
#include "tests/crash/tape.h"
#include "tests/crash/demand.h"

typedef struct {
    uint64_t seed;
    const char *journal; // an empty directory
    control_t control;
    bool skip_names;     // a negative control: the segments' directory is never flushed
    bool skip_leftovers; // another: a start does not flush what the process before left
} run_options_t;

typedef struct {
    run_options_t options;
    tape_t tape;
    bool snapshots; // of snapshots alone; there is no process in it
    history_t *history;
    demand_t *demand;
    life_options_t life_options;
    life_t life;
    int at, acknowledged;
    unsigned restarts, failed_flushes, seals, charges;
    bool starting;   // and nothing was written by this start yet
    char wrong[256]; // "" if nothing
} run_t;

run_t *run_record(const run_options_t *options);
void run_destroy(run_t **self_p);
