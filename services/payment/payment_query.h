#pragma once
// payment_query - what payment answers without deciding anything.
//
// Threads    One.
#include "services/payment/payment_form.h"

// core_t's `query`, `counters`, `number` and `outside`.
fail_t payment_query(const void *state, const request_t *request, const event_t *first,
                     uint64_t first_sequence, query_t *out);
size_t payment_query_counters(const void *state, char *text, size_t cap);
bool payment_query_number(const event_t *event, uint64_t *ret_number);
// core_t's `table`: the payments that may be under way, one an account, its charge rather than a
// form: [number, account, invoice, payment_kind, opened, sequence that this is true at].
uint64_t payment_query_table(const void *state, uint64_t from, pack_t *rows, size_t *ret_count);
const outside_health_t *payment_query_outside(const void *state);
