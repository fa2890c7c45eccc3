#pragma once
// notify_query - what notify answers: where an account is on the ladder, its counters, and its
// light.
#include "proto/core.h"

fail_t notify_query(const void *state, const request_t *request, const event_t *first,
                    uint64_t first_sequence, query_t *out);
size_t notify_query_counters(const void *state, char *text, size_t cap);
void notify_query_light(const void *state, instant_t now, core_raise_fn *raise, void *arg);
