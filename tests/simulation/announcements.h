#pragma once
// announcements - what contacts are told long before: an operator who lets prices rise, of a tariff
// that nobody of the platform uses, and gives bonuses that end, of which the ledger says so half a
// day before. Whether each contact is told is contacts' to check (I27). Threads: one.
#include "tests/simulation/draw.h"

typedef struct world world_t;

typedef struct {
    draw_t draw;
    unsigned prices; // that were asked for
} announcements_t;

void announcements_begin(world_t *world);
