#pragma once
// notify_price - what metering announced of prices, and whom it is still to be told: everybody who
// wants to hear of prices, for no process but metering knows who may use a tariff.
//
// An announcement is an event of our own, and each notice.queued about it names it. Those come some
// thousand at a tick, by the places of accounts in the outbox's table, so that any number of
// accounts is told: how far it came says the last one.
//
// Example: prices are announced twice while notify is down; it hears of both, queues the first for
// everybody, says price.told, and begins with the second.
//
// Failures: none; what is announced while NOTIFY_PRICES_MAX wait is told to nobody. Threads: one.
// Source: docs/rules.md "Notices to contacts".
#include "proto/core.h"
#include "services/base/walk.h"
#include "services/notify/notify_outbox.h"

enum { NOTIFY_PRICES_MAX = OUTBOX_WAITING_MAX }; // no contact has more waiting

typedef struct {
    uint64_t sequence; // of the price.heard
    instant_t at;      // when metering said it
} notify_price_t;

typedef struct {
    notify_price_t waiting[NOTIFY_PRICES_MAX]; // the oldest first
    uint64_t count;
    uint64_t next; // place of the account with which the oldest goes on
} notify_prices_t;

void notify_prices_apply(notify_prices_t *self, const notify_outbox_t *outbox, const event_t *event,
                         uint64_t sequence);
void notify_prices_walk(notify_prices_t *self, walk_t *walk);

// Metering announced a price, or took one back.
void notify_prices_hear(const notify_prices_t *self, const notify_outbox_t *outbox,
                        const event_t *announced, decision_t *out);
// At a tick: the next accounts, behind `last`, the last sequence of our journal. False if nobody
// waits to be told.
bool notify_prices_tell(const notify_prices_t *self, const notify_outbox_t *outbox, uint64_t last,
                        decision_t *out);
