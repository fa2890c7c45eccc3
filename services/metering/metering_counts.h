#pragma once
// metering_counts - usage that is counted and not timed: what a resource's files take beyond its
// tariff's quota, hour by hour, and the tokens of requests to models.
//
// A row for each meter, hour and tariff version: how much is known of it, and how much of that is
// billed. Fresh is what is not billed yet. Rows and requests are kept while their hour is in the
// window (metering_rows.h), so what is told twice is recognised; what is not billed is kept on.
// Example: a disk of 7 GiB, sampled at 10:40, of which 5 GiB cost nothing: 2048 MiB x 60 minutes
// are known of the hour from 10. At 10:50 there are 8 GiB: 1024 x 60 more. All is fresh until the
// line of that hour is posted.
// Units: MiB-minutes, tokens. Memory: 48 bytes a row, 64 a request. Ownership: the state's.
// Failures: none. Threads: one. Source: docs/rules.md "Files beyond the quota", "Tokens".
#include "services/metering/metering_rows.h"

void counts_init(counts_t *self);
void counts_release(counts_t *self);
void counts_walk(counts_t *self, walk_t *walk);

static inline uint64_t counts_fresh(const count_t *row)
{
    return row->counted - row->billed;
}

// The meter's row of an hour, 0 if there is none; of any version if that is 0.
uint32_t counts_find(const metering_state_t *self, const meter_t *meter, uint32_t hour,
                     uint16_t version);
const counted_request_t *counts_request(const metering_state_t *self, const uid_t16 *id);

void counts_apply(metering_state_t *self, const event_usage_counted_t *event);
// The meter's row of that hour and version, if it has one, is billed.
void counts_bill(metering_state_t *self, const meter_t *meter, uint32_t hour, uint16_t version);
// The hour is closed: what came after its meter's turn is late; and what has left the window goes.
void counts_close(metering_state_t *self, uint32_t hour);
