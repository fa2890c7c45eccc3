#pragma once
// volumes - journals that are not where they were: a process's volume is not mounted, so that its
// start finds none and ends; and now and then an operator takes that for a first start and makes a
// new one, under the name that the true one has or under another. It then runs in the true one's
// place, for all processes: a stranger, whom those who have followed the true one must not believe.
// People are not led there: what it would tell them is nobody's promise. In the end the volume is
// mounted, and whoever has stopped at the stranger is started again.
//
// Threads: one.
#include "tests/simulation/world.h"

void volumes_begin(world_t *world);
// Mounts what is not.
void volumes_mount(world_t *world);
