#pragma once
// ledger_ending - what a charge takes where some of an account's bonuses end, and what ends.
//
// There a charge takes those bonuses alone that serve its hour, the one that ends first first; what
// they do not come to is cash. The posting names each lot with its kopecks, and that is what is
// applied: whoever replays it knows the hour no more.
//
// Example: bonuses of 30 until 10:00 and of 50 without an end; 40 for the hour that ends at 11:00
// are of the second.
//
// At most 16 lots are named, so of one charge no more bonuses pay. Cost: a walk over the account's
// bonuses, and one look where none ends. Failures: none. Threads: one.
// Source: docs/rules.md "Bonuses that end".
#include "proto/event.h"
#include "services/ledger/ledger_unnamed.h"

// Has it a bonus that ends?
bool ledger_ending_is(const ledger_purses_t *self, const ledger_purse_t *purse);
// What a charge of the hour that ends then takes of bonuses, in the order in which it does.
size_t ledger_ending_name(const ledger_purses_t *self, const ledger_purse_t *purse, instant_t hour,
                          kopecks_t amount, ledger_part_t ret_parts[LEDGER_NAMED_MAX]);
// The bonus that lies in that lot ends then.
void ledger_ending_limit(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                         instant_t until);
// Unspent of that lot; 0 if it is no bonus, or is over.
kopecks_t ledger_ending_left(const ledger_purses_t *self, const ledger_purse_t *purse,
                             uint64_t lot);
// No charge takes of that lot any more.
void ledger_ending_end(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot);

// What a posting does to lots, where some end and where none does.
void ledger_ending_walk(ledger_purses_t *self, ledger_purse_t *purse, const event_t *posting,
                        uint64_t sequence, bool bonus);

static inline void ledger_ending_post(ledger_purses_t *self, ledger_purse_t *purse,
                                      const event_t *posting, uint64_t sequence, bool bonus)
{
    const event_posted_t *posted = &posting->posted;
    if (ledger_unnamed_covers(purse, posted, bonus))
        purse->cover -= posted->amount;
    else
        ledger_ending_walk(self, purse, posting, sequence, bonus);
}
