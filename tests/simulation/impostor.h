#pragma once
// impostor - a second process of a copied configuration, with a journal of its own, at the doors of
// one that runs: for a while some of what others ask that one reaches it, and what it publishes
// reaches them beside the true one's. It holds the true one's key, so nothing but its history tells
// it apart.
//
// The four that are simulated lock their doors, as those that ship do; this one does not, as on
// another machine, or of an older version. It follows nobody and does nothing outside. The ledger's
// doors are left out: a view of a ledger without its journal is another fault. Threads: one.
#include "tests/simulation/world.h"

void impostor_begin(world_t *world); // as often as the profile says
void impostor_end(world_t *world);   // the calm days begin, or the run ends
// Who takes in what was sent to that process by another of ours: itself or its second.
process_t *impostor_takes(world_t *world, process_t *process);
// What a turn of another made of it: whether its streams have stopped, or go on.
void impostor_watch(world_t *world, process_t *process);
// A message has come for it.
void impostor_wake(world_t *world, process_t *process);
