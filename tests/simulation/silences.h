#pragma once
// silences - in a run that is about them: the platform cannot reach metering for hours at a time,
// while a second one, of another owner and with nothing that runs, goes on saying that it has sent
// all. So hours are closed without the platform, and what it ran meanwhile comes late.
//
// I5 is what holds: nothing is charged that did not run, though a stop is told hours later, and in
// the end all that ran is charged. Threads: one.
#include "tests/simulation/draw.h"
#include "tests/simulation/profile.h"

typedef struct world world_t;

typedef struct {
    draw_t draw;
    instant_t until; // the platform is not heard before
    uint64_t number; // of the second one's push
} silences_t;

void silences_begin(world_t *world);
bool silences_hold(const world_t *world); // does the platform reach nobody now?
