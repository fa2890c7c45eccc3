#pragma once
// final - what must hold when the calm days are over: everything delivered, nothing open, all money
// in one place, and everybody who should have been charged was.
#include "tests/simulation/world.h"

void final_check(world_t *world);
// SHA-256 over the four journals' roots: the same seed gives the same one.
void final_roots(const world_t *world, char ret_hex[2 * 32 + 1]);
