#include "tools/tracing/chaos.h"
#include <assert.h>

enum { DELAY_MAX_US = 4000 }; // about as long as a window's work takes

typedef struct {
    uint64_t window;
    int64_t delay_us; // after the window's begin
    bool at_batch;    // or when its first batch has left and is not acknowledged
    fleet_process_t victim;
} strike_t;

struct chaos {
    fleet_t *fleet;
    strike_t strikes[CHAOS_KILLS_MAX]; // in order of windows
    unsigned count, next, killed;
    uint64_t window;
    int64_t began_us; // of the window, monotonic
};

static uint64_t next_random(uint64_t *state) // splitmix64
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int by_window(const void *a, const void *b)
{
    uint64_t x = ((const strike_t *)a)->window, y = ((const strike_t *)b)->window;
    return (x > y) - (x < y);
}

chaos_t *chaos_new(fleet_t *fleet, unsigned kills, uint64_t seed, uint64_t windows)
{
    assert(kills <= CHAOS_KILLS_MAX && windows > 0);
    chaos_t *self = calloc(1, sizeof *self);
    assert(self);
    self->fleet = fleet;
    self->count = kills;
    for (unsigned i = 0; i < kills; i++)
        self->strikes[i] = (strike_t){.window = next_random(&seed) % windows,
                                      .delay_us = (int64_t)(next_random(&seed) % DELAY_MAX_US),
                                      .at_batch = next_random(&seed) % 2,
                                      .victim = (fleet_process_t)(next_random(&seed) % FLEET_SIM)};
    qsort(self->strikes, kills, sizeof self->strikes[0], by_window);
    return self;
}

void chaos_destroy(chaos_t **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

void chaos_window(chaos_t *self, uint64_t window)
{
    self->window = window;
    self->began_us = zclock_usecs();
    chaos_tend(self);
}

// A strike whose window has passed before its moment came, or whose victim was not there, comes at
// the next chance.
static void strike(chaos_t *self, bool batch_left)
{
    int64_t passed_us = zclock_usecs() - self->began_us;
    while (self->next < self->count) {
        const strike_t *next = &self->strikes[self->next];
        bool now = next->at_batch ? batch_left : passed_us >= next->delay_us;
        bool due = next->window < self->window || (next->window == self->window && now);
        if (!due || !fleet_kill(self->fleet, next->victim))
            break;
        self->next++;
        self->killed++;
    }
    fleet_tend(self->fleet);
}

void chaos_tend(void *arg)
{
    strike(arg, false);
}

void chaos_batch_left(void *arg)
{
    strike(arg, true);
}

unsigned chaos_killed(const chaos_t *self)
{
    return self->killed;
}
