#pragma once
// random - the draws of a model test: the same ones from the same seed, which is not 0.
#include <stdint.h>

static inline uint64_t random_below(uint64_t *state, uint64_t below)
{
    *state ^= *state << 13; // xorshift64
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (*state >> 11) % below;
}
