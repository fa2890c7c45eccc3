#pragma once
// node_outside - a request to the outside in one block of bytes, in which it waits in a batch's
// memory for its commit. That memory moves while it grows, so the block holds no pointer.
//
// Ownership: an unpacked request borrows from the block. Failures: none; the block is ours.
// Threads: any.
#include "proto/core.h"

size_t node_outside_size(const outside_t *request);
void node_outside_pack(const outside_t *request, uint8_t *block); // node_outside_size bytes
void node_outside_unpack(const uint8_t *block, outside_t *ret_request);
