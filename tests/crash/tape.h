#pragma once
// tape - the steps of a run in their order, with copies of the written bytes.
//
// Ownership: tape_release frees. Threads: as the watch tells.
#include "tests/crash/watch.h"

typedef struct {
    step_t *steps;
    size_t count, cap;
} tape_t;

void tape_release(tape_t *self);
void tape_add(void *self, const step_t *step); // a watch_fn
void tape_mark(tape_t *self, step_kind_t kind, uint64_t number);
