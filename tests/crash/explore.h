#pragma once
// explore - all states of one recorded run: goes along the tape, and wherever a power cut can come
// shows every choice of what it leaves to the check. Some of the recoveries are recorded in their
// turn, and the states inside them explored the same way, once.
//
// A state's number is its place in this order, the same for the same run, so that one state can be
// looked at again and an exploration goes on where a state ended it by a signal.
// Ownership: explore_destroy frees, the run is borrowed. Threads: one.
#include "tests/crash/check.h"
#include "tests/crash/place.h"
#include "tests/crash/run.h"

// What became of it, in memory that outlives a process that a state ended.
typedef struct {
    uint64_t states; // numbered so far; the last one is under way
    uint64_t checked, violations, continued, recalled, recoveries, points;
    uint64_t first; // number of the first violation
    char why[256];  // of it
} explored_t;

typedef struct {
    const char *directory; // for the files, made and removed
    const run_t *run;
    bool tear_words;     // a negative control: an O_DSYNC write in flight is torn at 8 bytes
    uint64_t from;       // states before this number are passed over
    uint64_t only;       // look at this one alone, 0 for all
    uint64_t states_max; // 0 for all
    bool first;          // ends at a violation
    unsigned randoms;    // random choices at each point
    double ends_at;      // seconds of CLOCK_MONOTONIC, 0 for never
    explored_t *explored;
} explore_options_t;

void explore_run(const explore_options_t *options);
