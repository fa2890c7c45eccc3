#pragma once
// documents_query - what documents answers: a company, invoices, what is in suspense; and what a
// command came to. Failures: FAIL_MISSING, FAIL_INVALID. Threads: one.
#include "services/documents/documents_core.h"

fail_t documents_query(const void *state, const request_t *request, const event_t *first,
                       uint64_t first_sequence, query_t *out);
size_t documents_query_counters(const void *state, char *text, size_t cap);
