#pragma once
// desk - operators who give payments back: now and then one that came, or a part of it; they cancel
// one, and say of what is unknown what Robokassa's cabinet shows. From a stream of draws of its
// own. Threads: one.
#include "tests/simulation/schedule.h"

void desk_begin(world_t *world);
// A refund is unknown: some hours later somebody looks in the cabinet.
void desk_resolve(world_t *world, uint64_t refund);
