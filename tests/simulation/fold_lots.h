#pragma once
// fold_lots - I19: lots less debts are the balance after every posting, no lot is below zero, and
// each posting names the lots that it took.
//
// For a debit it looks for the lot that ends first and has something, of those that do not end for
// the oldest; for a refund for the newest. A charge takes of no bonus that ended before its hour
// did, which metering's journal says, and of no cash while a bonus would do; and no bonus lapses
// early. What stands apart is in no balance: it pays the service that it is for, from its beginning
// on, and is named. Threads: one.
#include "proto/event.h"
#include "tests/simulation/draw.h"
#include "tests/simulation/fold_list.h"

typedef struct world world_t;

typedef struct {
    fold_list_t lots; // of one account, the oldest first
    int64_t debt;
    int64_t begun; // of what stood apart: in the balance, and not yet out of its lot
    bool returned; // a chargeback, or a refund by hand, took of it
} fold_purse_t;

// Of a charge: the end of its hour, 0 if nobody knows it, and the category of its service.
typedef struct {
    instant_t hour;
    uint64_t category;
} fold_use_t;

// The lot of a payment by card.
typedef struct {
    uint64_t number;
    int64_t amount, left, held; // amount: credited
    int64_t gone, returned;     // to the payer through Robokassa; by a chargeback or by hand
} fold_lot_t;

// What was held of that lot has left.
void fold_lots_left(world_t *world, fold_purse_t *purse, uint64_t lot, int64_t amount);
void fold_lots_posted(world_t *world, fold_purse_t *purse, const event_t *event, bool bonus,
                      fold_use_t use, uint64_t sequence);
// The lot of that payment; false if there is none.
bool fold_lots_paid(const fold_purse_t *purse, uint64_t invoice, fold_lot_t *ret_lot);
// Did usage take of a payment's lot that came after that one?
bool fold_lots_charged_after(const fold_purse_t *purse, uint64_t number);
// A bonus ends then.
void fold_lots_limit(world_t *world, fold_purse_t *purse, uint64_t lot, instant_t until);
// --- bonuses that stand apart: those of one category of service, and those that begin later ---
void fold_lots_set_apart(world_t *world, fold_purse_t *purse, const event_bonus_set_apart_t *apart);
void fold_lots_begun(world_t *world, fold_purse_t *purse, const event_t *event);
void fold_lots_ended(world_t *world, fold_purse_t *purse, const event_t *event);
// The bonus in that lot came with that top-up; so much of it went along with what went back.
void fold_lots_came_with(fold_purse_t *purse, uint64_t lot, uint64_t invoice);
void fold_lots_clawed(world_t *world, fold_purse_t *purse, uint64_t invoice, int64_t taken);
// One that was to begin before that instant and has not; 0 if there is none.
uint64_t fold_lots_overdue(const fold_purse_t *purse, instant_t at);

// Any bonus that has something left: its number, 0 if there is none.
uint64_t fold_lots_any(const fold_purse_t *purse, draw_t *draw, int64_t *ret_left);
// A bonus that ended before that instant and has something left; 0 if there is none.
uint64_t fold_lots_over(const fold_purse_t *purse, instant_t at);
