#pragma once
// chaos - kills random processes of a fleet at random moments, spread over a run, and tends the
// fleet. Same seed, same victims and windows; the moment within a window is the machine's.
//
// Ownership: the fleet is borrowed. Threads: one.
#include "tools/fleet/fleet.h"

enum { CHAOS_KILLS_MAX = 1000 };

typedef struct chaos chaos_t;

chaos_t *chaos_new(fleet_t *fleet, unsigned kills, uint64_t seed, uint64_t windows);
void chaos_destroy(chaos_t **self_p);
void chaos_window(chaos_t *self, uint64_t window); // this window begins now
void chaos_tend(void *self);                       // for those who wait
void chaos_batch_left(void *self); // the same; usage was sent and is not acknowledged
unsigned chaos_killed(const chaos_t *self);
