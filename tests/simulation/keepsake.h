#pragma once
// keepsake - the journals of a run in files, so that every later release can be shown to replay
// them to the same roots and balances (I16).
//
// A directory holds NAME.journal for each process: the head, then the records, each after its size
// (u32, little-endian); and `expected`: lines of what a replay must come to.
//     root NAME LAST HEX        balance ACCOUNT KOPECKS
// Failures: false, with errno. Threads: one.
#include "tests/simulation/world.h"

bool keepsake_write(const world_t *world, const char *directory);
// Puts that process's journal on the disk of a process that was made and not started yet.
bool keepsake_read(const char *directory, process_t *process);
