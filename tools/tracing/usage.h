#pragma once
// usage - what a platform that ran these pods would have sent to metering, window by window: as
// lifecycle events, or as a tick per pod and minute, shuffled within the window and a tenth of them
// twice. Pure: same pods, same seed, same events.
//
// Ownership: the pods are borrowed; events point to static texts. Threads: one.
// Source: tools/tracing/pods.h says what a pod is; its ids, account and tariff follow from its
// number and size (usage.c), its minutes from docs/rules.md "Billable minute".
#include "proto/event.h"
#include "tools/tracing/pods.h"

#define USAGE_ORIGIN INT64_C(1767225600000000) // 2026-01-01T00:00:00Z
enum { USAGE_ACCOUNTS = 400 };

typedef struct usage usage_t;

usage_t *usage_new(const pods_t *pods, bool ticks, uint64_t seed);
void usage_destroy(usage_t **self_p);

// The events of the window that ends at `to` and begins where the last one ended, the first at the
// origin itself. Valid until the next call.
const event_t *usage_window(usage_t *self, instant_t to, size_t *ret_count);
instant_t usage_end(const usage_t *self); // of the last event

uid_t16 usage_account(uint32_t number);
bool usage_has_account(const usage_t *self, uint32_t number); // does any pod belong to it?
