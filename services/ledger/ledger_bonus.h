#pragma once
// ledger_bonus - the bonuses of promo codes that were given, and what of their top-ups went back.
//
// A bonus is known by the reference of its posting, which follows from the top-up's number, or, of
// a gift, from its code and account (proto/posting.h). A refund or a chargeback that names the
// top-up's number as its reference counts as what of that top-up went back; a bonus of which a
// share is to be taken then waits, and so does one that is given again, as what went back came
// back.
//
// Example: a top-up of 3.00 brought 1.00. When 1.00 of it is refunded, a share of 0.33 waits.
//
// Units      Kopecks. Cost: one look into a table for each refund and chargeback.
// Memory     168 bytes a bonus, for ever; 24 an account with a bonus for a missed service level.
// Failures   None; an event that does not fit ends the process. Threads: one.
// Source     docs/rules.md "The bonus of a promo code".
#include "proto/event.h"
#include "services/base/chain.h"
#include "services/base/heap.h"
#include "services/base/table.h"

typedef struct {
    uid_t16 key; // the posting's reference
    uint64_t invoice, lot;
    kopecks_t bonus, topup;
    kopecks_t returned;    // of the top-up
    kopecks_t disputed;    // of that by chargebacks since the last share was taken
    kopecks_t due;         // of the bonus, so far
    kopecks_t ended;       // what was left of it when it ended
    instant_t until;       // 0 for no end
    instant_t begins;      // 0 for no beginning
    kopecks_t taken, owed; // of that: unspent bonus that went, and cash that is owed for spent one
    uint64_t again;        // the lot of what was given again last, 0 if nothing was
    uint32_t account;      // its row
    bool waits;            // a share is to be taken
    bool apart;            // it stands apart
    chain_link_t link;
} ledger_bonus_t;

typedef struct {
    table_t rows;
    table_t levels;  // accounts that were given bonuses for missed service levels
    chain_t waiting; // of rows, numbered from 1
    heap_t ends;     // of rows, by their ends; those that are over are in it no more
    heap_t soon;     // of rows, by their ends: those whose end was not told of before it
    heap_t begins;   // of rows that stand apart for any service, by their beginnings
} ledger_bonuses_t;

void ledger_bonuses_init(ledger_bonuses_t *self);
void ledger_bonuses_release(ledger_bonuses_t *self);
void ledger_bonuses_walk(ledger_bonuses_t *self, walk_t *walk);
ledger_bonus_t *ledger_bonuses_find(const ledger_bonuses_t *self, const uid_t16 *reference);
// The one that waits longest; NULL if none does.
const ledger_bonus_t *ledger_bonuses_waiting(const ledger_bonuses_t *self);
// The one that ends first; NULL if none ends any more.
const ledger_bonus_t *ledger_bonuses_ending(const ledger_bonuses_t *self);
// The one that ends first of those that were not told of yet; NULL if there is none.
const ledger_bonus_t *ledger_bonuses_untold(const ledger_bonuses_t *self);
// The one that begins first; NULL if none begins any more.
const ledger_bonus_t *ledger_bonuses_beginning(const ledger_bonuses_t *self);
// The one that lies in that lot; NULL for a bonus that was posted by hand. Cost: all are looked at.
const ledger_bonus_t *ledger_bonuses_in(const ledger_bonuses_t *self, uint64_t lot);
// What that account was given for missed service levels, all together.
kopecks_t ledger_bonuses_levels(const ledger_bonuses_t *self, const uid_t16 *account);
// How much of the bonus belongs to so much of its top-up, rounded down.
kopecks_t ledger_bonus_share(const ledger_bonus_t *self, kopecks_t returned);

// --- apply ---

// `apart`: its lot stands apart.
void ledger_bonus_apply_given(ledger_bonuses_t *self, uint32_t account,
                              const event_bonus_given_t *given, bool apart);
void ledger_bonus_apply_begun(ledger_bonuses_t *self, const event_bonus_begun_t *begun);
void ledger_bonus_apply_ends_soon(ledger_bonuses_t *self, const event_bonus_ends_soon_t *soon);
void ledger_bonus_apply_ended(ledger_bonuses_t *self, const event_bonus_ended_t *ended);
// These return the bonus.
const ledger_bonus_t *ledger_bonus_apply_clawed(ledger_bonuses_t *self,
                                                const event_bonus_clawed_t *clawed);
const ledger_bonus_t *ledger_bonus_apply_regained(ledger_bonuses_t *self,
                                                  const event_bonus_regained_t *regained);
// A refund, a chargeback, or one that failed and comes back, of that account's row. What is held
// for a refund has not gone back yet.
void ledger_bonus_apply_returned(ledger_bonuses_t *self, uint32_t account,
                                 const event_posted_t *posted);
// What was held for a refund of that top-up has left.
void ledger_bonus_apply_left(ledger_bonuses_t *self, uint32_t account, uint64_t invoice,
                             kopecks_t amount);
