#pragma once
// ledger_unnamed - what postings do to lots by the rules that hold for all of them, also for those
// of old journals, which name no lots; and what a posting names. These rules never change: an old
// journal replays to the same lots for ever. Another rule is another kind or another event.
//
//   each credit is a lot; cash repays what is owed at once, a bonus repays nothing
//   what moves bonus takes bonus lots, what moves cash takes cash lots, first in first out
//   a refund takes the newest cash first
//   a chargeback takes the lot that it names first, of old ones the oldest
//   what is held for a refund is of the lot that the posting names, and comes back to it
//   what no lot covers is debt: of a refund or a chargeback reversal debt, else usage debt
//
// So the lots of cash less the debts come to the balance of cash, and those of bonus to the bonus.
// Example: top-ups of 300 and 500, then a charge of 450: the second lot has 350 left.
//
// Cost: a charge that the current lot covers, two comparisons. Failures: none. Threads: one.
// Source: docs/rules.md "Lots".
#include "proto/event.h"
#include "proto/posting.h"
#include "services/ledger/ledger_lots.h"

enum { LEDGER_NAMED_MAX = 16 }; // lots that a posting names

#define LEDGER_LOTS_KEPT_US (400 * DAY_US) // a used-up lot is known so long

// `bonus`: the posting moves the bonus balance, not cash.
void ledger_unnamed_walk(ledger_purses_t *self, ledger_purse_t *purse, const event_t *posting,
                         uint64_t sequence, bool bonus);

// What a debit is going to take, in the order in which it takes it; *ret_rest is what no lot
// covers. Where it takes more lots than may be named, the last named one stands for all up to it.
size_t ledger_unnamed_name(const ledger_purses_t *self, const ledger_purse_t *purse,
                           const event_posted_t *posted, bool bonus,
                           ledger_part_t ret_parts[LEDGER_NAMED_MAX], kopecks_t *ret_rest);

// The current lot pays it alone. So do not ask for a refund, which takes the newest lot.
static inline bool ledger_unnamed_covers(const ledger_purse_t *purse, const event_posted_t *posted,
                                         bool bonus)
{
    return posted->kind == POSTING_CHARGE && posted->amount <= purse->cover &&
           bonus == (purse->bonus != 0);
}
