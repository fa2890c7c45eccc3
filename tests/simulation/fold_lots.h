#pragma once
// fold_lots - I19: lots less debts are the balance after every posting, no lot is below zero, and
// each posting names the lots that it took.
//
// It knows no order but that in which credits came: for a debit it looks for the oldest lot that
// has something, for a refund for the newest. Threads: one.
#include "proto/event.h"
#include "tests/simulation/fold_list.h"

typedef struct world world_t;

typedef struct {
    fold_list_t lots; // of one account, the oldest first
    int64_t debt;
} fold_purse_t;

// What was held of that lot has left.
void fold_lots_left(world_t *world, fold_purse_t *purse, uint64_t lot, int64_t amount);
void fold_lots_posted(world_t *world, fold_purse_t *purse, const event_posted_t *posted, bool bonus,
                      uint64_t sequence);
