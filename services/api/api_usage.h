#pragma once
// api_usage - POST /api/v1/usage: a batch of a producer's items, as JSON Lines or as MessagePack,
// into metering's feed, and one result an item, acknowledged after the commit.
//
// A line is {"type":"usage.ticked","at":"2026-01-31T12:00:00Z","resource":…} with the fields of
// that event; MessagePack is the events one after the other (proto/PROTOCOL.md §9). A line that is
// no item makes the whole batch 422 and takes nothing; what metering refuses has its own result.
//
// Units: instants. Ownership: as jansson's. Failures: problems. Threads: any. Pure.
// Source: proto/PROTOCOL.md §8.
#include "services/api/api_json.h"

enum { API_USAGE_PARAMETERS = 5, API_USAGE_REQUIRED = 3 };

// producer, epoch, first; through, time. Their offsets are those of api_usage_batch_t.
extern const field_t api_usage_parameters[API_USAGE_PARAMETERS];

typedef struct {
    uint64_t producer, epoch, first;
    instant_t through, time;
} api_usage_batch_t;

// A new reference.
json_t *api_usage_schema(void);

// The lines as events, one after the other. False: `why` says which line is wrong.
bool api_usage_read_lines(span_t body, uint8_t *items, size_t cap, size_t *ret_size,
                          uint32_t *ret_count, char why[API_WHY_MAX]);
// The number of MessagePack values that `body` is.
bool api_usage_count(span_t body, uint32_t *ret_count, char why[API_WHY_MAX]);
