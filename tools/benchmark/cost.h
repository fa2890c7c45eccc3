#pragma once
// cost - what a posting costs the ledger's node and core, without sockets, disk and client: batches
// of items from a buffer into a node, through decision, encoding, hashing and application to the
// records that would be committed. Everything is drawn from a fixed seed, so under valgrind two
// runs of one program count the same instructions.
//
// Prints the least processor time a posting took in a batch, and the mean of all batches, in
// nanoseconds; the least hardly depends on what else the machine does.
// Failures: ends the program. Threads: one.
#include <stdint.h>

// So many batches of `batch` charges over `accounts` customers, each with one credit. The status
// for exit.
int cost_print(uint32_t batches, uint32_t batch, uint32_t accounts);
