#pragma once
// lights - I17: a node's light is red exactly while something is wrong with it. What is wrong the
// world knows by itself: whose disk is nearly full, whose clock is off, who heard nothing of whom.
// Threads: one.
//
// Example: autopay is awake and nothing of the ledger reaches it for 20 seconds; ALARM_BEHIND
// stands then, at each of its turns, or ALARM_HISTORY. In calm everybody hears everybody, all
// clocks are confirmed, and after LIGHTS_CALM_US no alarm stands anywhere.
#include "tests/simulation/world.h"

#define LIGHTS_CALM_US (20 * MINUTE_US)

// At the beginning of a batch, when the node has looked.
void lights_look(world_t *world, process_t *process);
