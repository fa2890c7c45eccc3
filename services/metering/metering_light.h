#pragma once
// metering_light - what of metering's rules keeps it from its whole job: a quota that is reached,
// so that somebody's items wait or are refused, and a producer that hours wait for or were closed
// without. Ownership: reads the state. Failures: none. Threads: one.
#include "proto/core.h"

void metering_light(const void *state, instant_t now, core_raise_fn *raise, void *arg);
