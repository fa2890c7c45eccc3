#pragma once
// autopay_query - what autopay answers without deciding anything: whether and why an account would
// be charged now, and the counters of its status. The contracts are those of proto/core.h.
//
// Example: an account whose balance is above the threshold gets the verdict
// AUTOPAY_NO_ABOVE_THRESHOLD, with the balance and the sequence at which that was true.
#include "proto/core.h"

fail_t autopay_query(const void *state, const request_t *request, const event_t *first,
                     uint64_t first_sequence, query_t *out);
size_t autopay_query_counters(const void *state, char *text, size_t cap);
