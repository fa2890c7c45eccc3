#pragma once
// operators - what people do after a restore, as docs/operations.md says: they tell followers where
// two histories part, and compare the shop's list at Robokassa with the ledger.
//
// Threads: one.
#include "tests/simulation/process.h"

typedef struct {
    bool reseeding[PROCESSES]; // that one is being told
    bool compares;             // an older journal of payment was put back, so he looks from now on
    draw_t draw;
} operators_t;

void operators_begin(world_t *world);
// An older journal of that process was put back: what was ordered of it is ordered anew.
void operators_restored(world_t *world, process_name_t process);
