#pragma once
// wires - what carries messages between the processes and to those outside: it delays, loses,
// doubles and overtakes them, and one direction of it may be cut for hours. Threads: one.
#include "tests/simulation/world.h"

// Somebody outside asks a process; the answer comes to that peer, or not.
void wires_ask(world_t *world, process_name_t process, bool feed, const peer_t *peer, role_t role,
               const void *bytes, size_t size);
// The same at a process's replay door.
void wires_ask_replay(world_t *world, process_name_t process, const peer_t *peer, role_t role,
                      const void *bytes, size_t size);
// The result of a request to the outside, for the life that made it.
void wires_result(world_t *world, process_name_t asker, instant_t delay, const result_t *result,
                  const char *body);
// An output of a process after its commit.
void wires_give(world_t *world, process_t *from, const output_t *output);
