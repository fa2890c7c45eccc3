#pragma once
// turns - when a process gets the processor and what it does then: a batch, as
// services/process/shell.c runs it, with the crashes and the disk's faults at every step of it.
// Threads: one.
#include "tests/simulation/world.h"

// The next turn of a process, unless an earlier one is wanted already.
void turns_want(world_t *world, process_t *process, instant_t at, bool quiet);
// Gives a process that has just started its first turn.
void turns_wake(world_t *world, process_t *process);
// Is this step the turn of a process?
bool turns_are(const step_t *step);
// A question between two batches, without wires. False if that process cannot be asked now.
bool turns_query(world_t *world, process_name_t process, const request_t *request,
                 answer_t *ret_answer);
