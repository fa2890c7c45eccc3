#pragma once
// twins - two states of one core that were made of the same events, and must say the same of
// everything that can be asked without an argument.
//
// Failures: a difference ends the program by assert. Threads: one.
#include "proto/core.h"

void twins_compare_tables(const core_t *core, const void *a, const void *b);
void twins_compare_due(const core_t *core, const void *a, const void *b, instant_t now);
void twins_compare_counters(const core_t *core, const void *a, const void *b);
