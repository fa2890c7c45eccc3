#pragma once
// bounds - I15: what may grow in a process, and how far: a batch, its queue of messages, its
// requests to the outside, and its memory, which is that of its journal's fold and no more.
// Threads: one.
#include "tests/simulation/world.h"

void bounds_batch(world_t *world, const process_t *process, const node_batch_t *batch);
void bounds_queue(world_t *world, const process_t *process);
void bounds_outside(world_t *world, const process_t *process);
// At the end: each process is ended and replays its journal; what it needed before is compared with
// what it needs now, and what it answers with what the fold knows (I2).
void bounds_replay(world_t *world);
