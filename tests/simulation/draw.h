#pragma once
// draw - a stream of pseudo-random numbers (splitmix64, by Sebastiano Vigna, public domain), one
// for each component, so that a new draw in one shifts no other.
//
// Not for secrets. Threads: one each.
#include "proto/types.h"

typedef struct {
    uint64_t state;
} draw_t;

static inline uint64_t draw_next(draw_t *self)
{
    uint64_t z = self->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

// The stream of a component: the same for the same seed and label, whatever others drew.
static inline draw_t draw_fork(uint64_t seed, uint64_t label)
{
    draw_t self = {seed * UINT64_C(0x2545f4914f6cdd1d) ^ label * UINT64_C(0x9e3779b97f4a7c15)};
    self.state = draw_next(&self);
    return self;
}

// The stream of one of many: labels below 1000 are the small crowd's.
static inline draw_t draw_member(uint64_t seed, uint64_t label, uint64_t member)
{
    return draw_fork(seed, member < 1000 ? label + member : label * 1000 + member);
}

static inline uint64_t draw_below(draw_t *self, uint64_t bound)
{
    return bound ? draw_next(self) % bound : 0;
}

static inline instant_t draw_span(draw_t *self, instant_t from, instant_t to)
{
    return from + (instant_t)draw_below(self, (uint64_t)(to - from) + 1);
}

// True so many times in a million.
static inline bool draw_chance(draw_t *self, unsigned per_million)
{
    return draw_next(self) % 1000000 < per_million;
}

static inline uid_t16 draw_uid(draw_t *self)
{
    uid_t16 id;
    uint64_t halves[2] = {draw_next(self), draw_next(self)};
    memcpy(id.bytes, halves, sizeof id.bytes);
    return id;
}
