#pragma once
// metering_core - the platform's usage in, exact charge lines out: the pure core of `metering`.
//
// Consumes a feed (lifecycle events, ticks, `through`), writes the journal events 30-45. Ticks of a
// message are decided upon together (decide_batch), so that what they brought is one event.
// Parts: feed (what an item means), charging (which lines are due), usage (the state), tariff,
// minutes, carry, masks, cells, order, chain, pool.
// Settings: metering_settings_t, or NULL for the defaults. Source: the billing rules, (d) and (h).
//
// Limits: an hour is closed when every producer that ever spoke has passed it; one that is gone for
// good is taken out by `producer.retire`, and status says which one is waited for. Rows are
// forgotten when nothing can concern them any more (usage.h), at the closing of hours. An account
// with a carry left is kept for good.
#include "proto/core.h"

typedef struct {
    uint32_t replicas_max, meters_max; // FAIL_FULL beyond; 0 means the default
} metering_settings_t;

enum { METERING_REPLICAS_DEFAULT = 16 * 1024 * 1024, METERING_METERS_DEFAULT = 8 * 1024 * 1024 };

extern const core_t metering_core;
