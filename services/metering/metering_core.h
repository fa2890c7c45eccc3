#pragma once
// metering_core - the platform's usage in, exact charge lines out: the pure core of `metering`.
//
// Consumes a feed (lifecycle events, ticks, `through`), writes the journal events 30-43. Ticks of a
// message are decided upon together (decide_batch), so that what they brought is one event.
// Parts: feed (what an item means), charging (which lines are due), usage (the state), tariff,
// minutes, carry, masks, order, pool.
// Settings: metering_settings_t, or NULL for the defaults. Source: the billing rules, (d) and (h).
//
// Limits: an hour is closed when every producer that ever spoke has passed it, so a producer that
// is gone for good with anything open holds up the posting of hours until it speaks again. Rows of
// deleted resources and stopped replicas stay in memory for good.
#include "proto/core.h"

typedef struct {
    uint32_t replicas_max, meters_max; // FAIL_FULL beyond; 0 means the default
} metering_settings_t;

enum { METERING_REPLICAS_DEFAULT = 16 * 1024 * 1024, METERING_METERS_DEFAULT = 8 * 1024 * 1024 };

extern const core_t metering_core;
