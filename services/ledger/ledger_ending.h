#pragma once
// ledger_ending - what a charge takes where some of an account's bonuses have terms, and what ends.
// Terms are an end, a beginning, and the category of service that a bonus is for.
//
// There a charge takes those bonuses alone that serve its hour and its service, the one that ends
// first first; what they do not come to is cash. What stands apart is among them. The posting names
// each lot with its kopecks, and that is what is applied: whoever replays it knows the hour no
// more.
//
// Example: bonuses of 30 until 10:00 and of 50 without an end; 40 for the hour that ends at 11:00
// are of the second.
//
// At most 16 lots are named, so of one charge no more bonuses pay. Cost: a walk over the account's
// bonuses, and one look where none ends. Failures: none. Threads: one.
// Source: docs/rules.md "Bonuses that end", "Bonuses set apart".
#include "proto/event.h"
#include "services/ledger/ledger_unnamed.h"

// Which bonuses may pay, and how much.
typedef struct {
    instant_t hour;    // the end of the hour of the service, 0 where nobody knows
    uint64_t category; // category_t
    kopecks_t amount;  // at most
    kopecks_t balance; // and of those that do not stand apart
    bool apart;        // those that do, too
} ledger_ending_use_t;

// Has it a bonus with terms, of which something is left?
bool ledger_ending_is(const ledger_purses_t *self, const ledger_purse_t *purse);
// What a charge takes of bonuses, in the order in which it does; *ret_apart is how much of it
// stands apart.
size_t ledger_ending_name(const ledger_purses_t *self, const ledger_purse_t *purse,
                          const ledger_ending_use_t *use, ledger_part_t ret_parts[LEDGER_NAMED_MAX],
                          kopecks_t *ret_apart);
// Those of the parts that stand apart stay, in their order; returns how many.
size_t ledger_ending_keep_apart(const ledger_purses_t *self, const ledger_purse_t *purse,
                                ledger_part_t parts[LEDGER_NAMED_MAX], size_t count);
// The bonus that lies in that lot ends then.
void ledger_ending_limit(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                         instant_t until);
// Unspent of that lot; 0 if it is no bonus, or is over.
kopecks_t ledger_ending_left(const ledger_purses_t *self, const ledger_purse_t *purse,
                             uint64_t lot);
// No charge takes of that lot any more. Of one that stands apart so much goes.
void ledger_ending_end(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                       kopecks_t amount);

// --- what stands apart ---

void ledger_ending_set_apart(ledger_purses_t *self, ledger_purse_t *purse,
                             const event_bonus_set_apart_t *apart, instant_t at);
bool ledger_ending_is_apart(const ledger_purses_t *self, const ledger_purse_t *purse, uint64_t lot);
// It does no more: the posting before brought that much of it, which is all, into the balance.
void ledger_ending_begin(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                         kopecks_t amount);
// So much of one that stands apart is taken back, or, below zero, given again.
void ledger_ending_claw(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                        kopecks_t amount);

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
