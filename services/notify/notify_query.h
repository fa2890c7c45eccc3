#pragma once
// notify_query - what notify answers: where an account is on the ladder, and its counters.
#include "proto/core.h"

fail_t notify_query(const void *state, const request_t *request, const event_t *first,
                    uint64_t first_sequence, query_t *out);
size_t notify_query_counters(const void *state, char *text, size_t cap);
