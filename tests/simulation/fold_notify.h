#pragma once
// fold_notify - I22: what notify says of the ladder is what the journals of the ledger, metering
// and payment come to, step by step: none twice, none for who has money, each by the values that it
// states, and in time; and at the end everybody stands where he belongs.
//
// It knows the rules of its own: the money of an hour is added up from metering's lines, and how
// long it lasts is found by paying hour by hour. Threads: one.
#include "proto/event.h"
#include "tests/simulation/fold_list.h"
#include "tests/simulation/profile.h"

typedef struct world world_t;

typedef struct {
    uint64_t step, moved;
    instant_t at, next, grace;
    instant_t turned_at; // true time at which it was stopped, or let run again
    int64_t said;
    fold_list_t lines; // of closings: fold_line_t
} fold_ladder_account_t;

typedef struct {
    uint64_t sequence;
    instant_t hour;
    __int128 cost; // in parts of a kopeck
} fold_line_t;

typedef struct {
    event_ladder_policy_changed_t policy;
    fold_ladder_account_t accounts[ACCOUNTS_MAX];
} fold_ladder_t;

// An operator makes the ladder one that is climbed within days.
void fold_notify_begin(world_t *world);
void fold_notify(world_t *world, const event_t *event, uint64_t sequence);
void fold_notify_line(world_t *world, const event_usage_charged_t *line, uint64_t sequence);
bool fold_notify_stops(const world_t *world, unsigned account); // it stands on such a step
void fold_notify_check(world_t *world);                         // at the end
