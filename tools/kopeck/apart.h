#pragma once
// apart - runs a function in a process of its own: LMDB has no checksums, and a damaged file, or
// one that somebody writes over while it is read, may end whoever reads it.
//
// Failures: the function's own; FAIL_CORRUPT if a signal ended it, at each of `tries` tries.
// Threads: the caller must have one only.
#include "proto/fail.h"

// What it finds out goes to `result`, which both processes see: apart_memory.
typedef fail_t apart_fn(void *result, const void *arg);

void *apart_memory(size_t size); // zeroed; kept until the program ends
fail_t apart_run(apart_fn *run, void *result, const void *arg, unsigned tries);
