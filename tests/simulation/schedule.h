#pragma once
// schedule - what is still to happen on virtual time, by (instant, order of insertion), so that a
// run depends on nothing but its seed. Two binary heaps, of loud and of quiet steps: every time
// that all sleep, the quiet ones are moved and the first loud one is asked for, and the loud are
// many.
//
// Ownership: a step owns its bytes; schedule_add copies them, step_release frees them.
// Threads: one.
#include "proto/types.h"

typedef struct world world_t;
typedef struct step step_t;
typedef void step_fn(world_t *world, const step_t *step);

struct step {
    instant_t at;
    step_fn *run;
    void *arg;
    uint64_t number, other; // whatever the function takes
    uint8_t *bytes;
    size_t size;
    bool quiet; // heartbeats and the like: nobody has to wake up for it
};

enum { SCHEDULE_STEPS_MAX = 4 * 1000 * 1000 };

// A heap holds keys; the steps themselves stay where they are until they are taken.
typedef struct {
    instant_t at;
    uint64_t order;
    uint32_t slot;
} schedule_key_t;

typedef struct {
    schedule_key_t *keys;
    size_t count, cap;
} schedule_heap_t;

typedef struct {
    schedule_heap_t loud, quiet;
    step_t *steps;
    uint32_t *free_slots; // those from `count` on
    size_t count, cap;
    uint64_t order;
} schedule_t;

void schedule_release(schedule_t *self);
void schedule_add(schedule_t *self, const step_t *step);
bool schedule_take(schedule_t *self, step_t *ret_step); // false when nothing is left
void step_release(step_t *self);
// Quiet steps come no earlier than at `until`.
void schedule_delay_quiet(schedule_t *self, instant_t until);
// The earliest step that is not quiet; INT64_MAX if there is none.
instant_t schedule_loud(const schedule_t *self);
