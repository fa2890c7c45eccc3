#pragma once
// payment_query - what payment answers without deciding anything.
//
// Threads    One.
#include "services/payment/payment_form.h"

// core_t's `query`, `counters` and `number`.
fail_t payment_query(const void *state, const request_t *request, const event_t *first,
                     uint64_t first_sequence, query_t *out);
size_t payment_query_counters(const void *state, char *text, size_t cap);
bool payment_query_number(const event_t *event, uint64_t *ret_number);
const outside_health_t *payment_query_outside(const void *state);
