#pragma once
// platform - a container platform that never was: accounts with resources whose replicas start,
// scale, crash, are redeployed under another tariff, and die, from a seed. Pure: it is asked for
// what happens up to an instant and answers with events of the platform's feed.
//
// The mix is, unless asked otherwise, a guess at such a platform: tariffs 15/50/20/10/4/1 %, about
// four lifecycle events a replica and day. Ownership: texts in events point to static strings.
// Threads: one. Same seed, same events.
#include "proto/event.h"

typedef struct platform platform_t;

enum { PLATFORM_ACCOUNTS_MAX = 1000000, PLATFORM_REPLICAS_MAX = 2000000, PLATFORM_TARIFFS = 6 };

typedef struct {
    uint64_t seed;
    uint32_t accounts, replicas; // replicas it keeps about alive
    instant_t start;
    // Of each tariff, from the cheapest on; they add up to 100. All 0: the workload model's.
    uint8_t percent[PLATFORM_TARIFFS];
} platform_options_t;

platform_t *platform_new(const platform_options_t *options);
void platform_destroy(platform_t **self_p);

// The next events that happen at or before `until`, in order of time; at most cap of them. 0 when
// there are none left before it.
size_t platform_next(platform_t *self, instant_t until, event_t *ret_events, size_t cap);
// The instant of the next event, for whoever owns the clock.
instant_t platform_wake(const platform_t *self);

uid_t16 platform_account(const platform_t *self, uint32_t number);
uint32_t platform_running(const platform_t *self); // replicas billable now
