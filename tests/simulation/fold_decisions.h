#pragma once
// fold_decisions - what autopay's decisions must keep to besides the caps: the balance each states
// was the account's, it was not yet long out of date, each keeps its distance from the one before,
// and the month's payments it counts are those that succeeded.
//
// Units: true time for what is out of date, the deciding process's clock for distances.
#include "proto/event.h"
#include "tests/simulation/fold_list.h"

typedef struct world world_t;
typedef struct {
    instant_t decided_at, declined_at;
    unsigned declines; // one after the other
} fold_decisions_t;

// balances: the account's, after each of the ledger's postings. count, sum: its payments of this
// month that succeeded, and their kopecks.
void fold_decisions_requested(world_t *world, fold_decisions_t *self, const fold_list_t *balances,
                              const event_t *event, uint64_t count, int64_t sum);
void fold_decisions_settled(fold_decisions_t *self, const event_t *event);
void fold_decisions_resumed(fold_decisions_t *self);
