#pragma once
// profile - how hard a run's faults are, drawn before its first step (swarm testing: no seed has
// all of them, so that none hides another).
//
// Units: so many in a million; microseconds. A profile's name switches faults off or up.
#include "tests/simulation/draw.h"

typedef struct {
    unsigned loss, doubled, late; // of messages
    instant_t jitter_us;          // longest ordinary delay
    instant_t cut_every_us;       // between two one-way partitions; 0 for never
    instant_t crash_every_us;     // of each process
    instant_t down_max_us;        // until it starts again
    instant_t disk_every_us;      // between two disk faults of each process
    instant_t clock_every_us;     // between two jumps of each process's clock
    instant_t jump_max_us;
    int64_t drift_ppm_max;
    unsigned refused, unanswered, late_arrival, declined, silent, wrong; // Robokassa's
    instant_t rewind_every_us;                                           // of the platform
} profile_t;

enum { PROFILE_NAME_MAX = 16 };

// "swarm" (drawn), "none" (no faults), "hard" (all of them). False for another name.
bool profile_draw(const char *name, draw_t *draw, profile_t *ret_profile);
