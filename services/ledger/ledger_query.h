#pragma once
// ledger_query - what the ledger says of its state: answers, the table that views start from, and
// counters. The contracts are those of proto/core.h.
#include "services/ledger/ledger_state.h"

fail_t ledger_query(const void *state, const request_t *request, const event_t *first,
                    uint64_t first_sequence, query_t *out);

// A row: [number, account, cash, bonus, head, credit, returned]; true at the sequence `head`.
uint64_t ledger_query_table(const void *state, uint64_t from, pack_t *rows, size_t *ret_count);

size_t ledger_query_counters(const void *state, char *text, size_t cap);
