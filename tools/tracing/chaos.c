#include "tools/tracing/chaos.h"
#include <assert.h>

enum { DELAY_MAX_US = 4000 }; // about as long as a window's work takes

typedef struct {
    uint64_t window;
    int64_t delay_us;
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
void chaos_tend(void *arg)
{
    chaos_t *self = arg;
    int64_t now_us = zclock_usecs();
    while (self->next < self->count) {
        const strike_t *strike = &self->strikes[self->next];
        bool due = strike->window < self->window ||
                   (strike->window == self->window && now_us - self->began_us >= strike->delay_us);
        if (!due || !fleet_kill(self->fleet, strike->victim))
            break;
        self->next++;
        self->killed++;
    }
    fleet_tend(self->fleet);
}

unsigned chaos_killed(const chaos_t *self)
{
    return self->killed;
}
