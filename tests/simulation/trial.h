#pragma once
// trial - one run of a scenario in a process of its own, and what came of it; an assertion of the
// code that ships, a signal and an endless loop are found like any violation.
//
// Units: seconds of processor time. Threads: one.
#include "tests/simulation/reach.h"
#include "tests/simulation/scenario.h"

enum { TRIAL_WHY_MAX = 256 };

typedef struct {
    bool violated;
    char invariant[8]; // "I7"; "assert", "signal", "exit" if it died, "time" if it took too long
    char why[TRIAL_WHY_MAX];
    double day;     // on which it ended
    double seconds; // that it took
    uint64_t events, charges, reached[REACH_COUNT];
    char roots[65];
} trial_t;

typedef struct {
    bool trace;           // say what happens
    unsigned seconds_max; // 0 for as long as it takes
    const char *keep;     // directory for the journals, or NULL
} trial_how_t;

void trial_run(const scenario_t *scenario, const trial_how_t *how, trial_t *ret_trial);
// Processor time of this process and of all its trials so far.
double trial_spent_s(void);
