#pragma once
// metering_query - what metering answers without deciding anything: an account's meters and what
// they burn a minute, and the counters of its status. The contracts are those of proto/core.h.
//
// Example: an account with one replica under a tariff of 290 rubles for 720 hours has a burn of
// 29000 times CARRY_PER_PRICE_MINUTE.
#include "proto/core.h"

fail_t metering_query(const void *state, const request_t *request, const event_t *first,
                      uint64_t first_sequence, query_t *out);
uint64_t metering_query_feed_bytes(const void *state);
size_t metering_query_counters(const void *state, char *text, size_t cap);
