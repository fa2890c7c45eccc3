#pragma once
// metering_core - the platform's usage in, exact charge lines out: the pure core of `metering`.
//
// It takes a feed (lifecycle events, ticks, `through`) and writes the journal events 30-49, 202 and
// 203. Ticks of a message are decided upon together (decide_batch), so that what they brought is
// one event.
// Parts: metering_state (the fold, over metering_rows), metering_decide… (one file for each family
// of decisions), metering_query. What they stand on: metering_fresh and metering_hours read the
// state; tariff, minutes, carry, masks, cells and order know nothing of it. Settings:
// metering_settings_t, or NULL for the defaults. Source: docs/rules.md "Usage".
//
// Limits: an hour is closed when every producer that ever spoke has passed it, or one of another
// owner has and the quota of waiting is over; one that is gone for good is taken out by
// `producer.retire`, and status says which one is waited for. What one owner may take: quotas. Rows
// are forgotten when nothing can concern them any more (metering_rows.h), at the closing of hours.
// An account with a carry left is kept for good.
#include "proto/core.h"

typedef struct {
    uint32_t replicas_max, meters_max; // FAIL_FULL beyond; 0 means the default
} metering_settings_t;

enum { METERING_REPLICAS_DEFAULT = 16 * 1024 * 1024, METERING_METERS_DEFAULT = 8 * 1024 * 1024 };

extern const core_t metering_core;
