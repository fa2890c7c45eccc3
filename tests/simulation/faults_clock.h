#pragma once
// faults_clock - clocks that jump, creep, begin in another century or another time zone, and
// machines that sleep. Threads: one.
#include "tests/simulation/world.h"

void faults_clock_first(world_t *world); // before any process starts
void faults_clock_begin(world_t *world, process_t *process);
