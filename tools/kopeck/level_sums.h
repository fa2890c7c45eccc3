#pragma once
// level_sums - what bonuses for missed service levels are computed from, summed from the journals:
// a month's usage of the affected resources, and what the customer paid in before the month.
//
// Wishes are added first; then both journals are fed from their first events on. For one that is to
// be asked for (`kopeck grant`), and for all that were given (`kopeck verify`).
//
// Usage is of the month in which its hour began, less what of it was given back by then. Paid in is
// what top-ups, automatic payments and bank transfers credited.
//
// Memory: 600 bytes a wish. Ownership: level_sums_release. Failures: false where a list of
// resources is none. Units: kopecks. Threads: one. Source: docs/rules.md "Grant for a missed
// level".
#include "proto/event.h"
#include "services/base/table.h"

enum { LEVEL_RESOURCES_MAX = 32 };

typedef struct {
    event_level_granted_t level; // without its list
    uint64_t sequence;           // of the event, UINT64_MAX for one that is yet to be
    uint32_t next;               // of the same account: number + 1
    kopecks_t use, topups;
    size_t count; // of `resources`; 0: whatever the account used
    uid_t16 resources[LEVEL_RESOURCES_MAX];
} level_sum_t;

typedef struct {
    level_sum_t *rows;
    size_t count, cap;
    table_t accounts;
} level_sums_t;

void level_sums_init(level_sums_t *self);
void level_sums_release(level_sums_t *self);
bool level_sums_add(level_sums_t *self, uint64_t sequence, const event_level_granted_t *level);
void level_sums_metering(level_sums_t *self, uint64_t sequence, const event_t *event);
void level_sums_ledger(level_sums_t *self, uint64_t sequence, const event_t *event);
