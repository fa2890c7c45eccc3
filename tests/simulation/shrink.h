#pragma once
// shrink - makes a scenario that breaks an invariant as small as it can be while it still breaks
// the same one: fewer days, faults in fewer hours, fewer faults, fewer customers and containers.
//
// Units: seconds of processor time. Threads: one.
#include "tests/simulation/trial.h"

typedef struct {
    scenario_t scenario; // the smallest that was found
    trial_t trial;       // what came of it
    unsigned trials;     // that were made on the way
} shrink_t;

// failing: a scenario and what came of it, a violation. Ends after about seconds_max, or when
// nothing can be left out any more.
void shrink(const scenario_t *failing, const trial_t *violation, double seconds_max,
            shrink_t *ret_shrink);
