#include "services/ledger/ledger_unnamed.h"
#include <assert.h>

static void credit(ledger_purses_t *self, ledger_purse_t *purse, const event_t *posting,
                   uint64_t sequence, bool bonus)
{
    ledger_credit_lot_t lot = {
        .number = sequence, .amount = posting->posted.amount, .at = posting->at, .bonus = bonus};
    instant_t known = posting->at - LEDGER_LOTS_KEPT_US;
    if (known > 0)
        ledger_purse_forget(self, purse, (uint64_t)(known / DAY_US));
    if (bonus)
        ledger_lots_deposit(self, purse, &lot);
    else
        ledger_lots_credit(self, purse, &lot);
}

static kopecks_t least(kopecks_t a, kopecks_t b)
{
    return a < b ? a : b;
}

// What stands apart pays only by its name.
static kopecks_t left_of(const ledger_purse_t *purse, const ledger_lot_t *lot)
{
    return lot->apart ? 0 : ledger_purse_left(purse, lot);
}

// A walk over the lots that a debit takes of: of each what lies beyond the first `kept` kopecks of
// all of them, as far as `rest` goes.
typedef struct {
    uint32_t ring, lot; // lot: 0 before the first
    uint32_t own;       // of a chargeback: the lot that comes before all others, 0 for none
    uint32_t last;      // in the order of the ring
    kopecks_t kept, rest, part;
} debit_walk_t;

// The lot of cash that a chargeback names. In old postings it is the oldest, which comes first
// anyway.
static uint32_t own_lot(const ledger_purses_t *self, const ledger_purse_t *purse,
                        const event_posted_t *posted)
{
    uint32_t lot = posted->kind == POSTING_CHARGEBACK && posted->lot
                       ? ledger_purse_find(self, purse, posted->lot)
                       : 0;
    return lot && !ledger_purse_lot(self, lot)->bonus ? lot : 0;
}

static debit_walk_t walk_from(const ledger_purses_t *self, const ledger_purse_t *purse,
                              const event_posted_t *posted, bool bonus)
{
    debit_walk_t walk = {.ring = bonus ? purse->bonus : purse->cash,
                         .own = bonus ? 0 : own_lot(self, purse, posted),
                         .rest = posted->amount};
    if (posted->kind != POSTING_REFUND) // that takes the newest first: the oldest keep what stays
        return walk;
    for (uint32_t n = ledger_purse_first_in(&self->lots, walk.ring); n;
         n = ledger_purse_after_in(&self->lots, walk.ring, n))
        walk.kept += left_of(purse, ledger_purse_lot(self, n));
    walk.kept = walk.kept > posted->amount ? walk.kept - posted->amount : 0;
    return walk;
}

static uint32_t next_lot(const ledger_purses_t *self, debit_walk_t *walk)
{
    if (!walk->lot && walk->own)
        return walk->own;
    do
        walk->last = walk->last ? ledger_purse_after_in(&self->lots, walk->ring, walk->last)
                                : ledger_purse_first_in(&self->lots, walk->ring);
    while (walk->last && walk->last == walk->own);
    return walk->last;
}

// The next lot that something is taken of, and how much; false if there is none.
static bool walk_on(const ledger_purses_t *self, const ledger_purse_t *purse, debit_walk_t *walk)
{
    while (walk->rest) {
        walk->lot = next_lot(self, walk);
        if (!walk->lot)
            return false;
        kopecks_t left = left_of(purse, ledger_purse_lot(self, walk->lot));
        kopecks_t stays = least(walk->kept, left);
        walk->kept -= stays;
        walk->part = least(left - stays, walk->rest);
        walk->rest -= walk->part;
        if (walk->part)
            return true;
    }
    return false;
}

size_t ledger_unnamed_name(const ledger_purses_t *self, const ledger_purse_t *purse,
                           const event_posted_t *posted, bool bonus,
                           ledger_part_t ret_parts[LEDGER_NAMED_MAX], kopecks_t *ret_rest)
{
    size_t count = 0;
    debit_walk_t walk = walk_from(self, purse, posted, bonus);
    while (walk_on(self, purse, &walk)) {
        if (count < LEDGER_NAMED_MAX)
            ret_parts[count++] = (ledger_part_t){0};
        ret_parts[count - 1].lot = ledger_purse_lot(self, walk.lot)->number;
        ret_parts[count - 1].amount += walk.part;
    }
    *ret_rest = walk.rest;
    return count;
}

static void debit(ledger_purses_t *self, ledger_purse_t *purse, const event_posted_t *posted,
                  uint64_t sequence, bool bonus)
{
    bool refund = posted->kind == POSTING_REFUND, charge = posted->kind == POSTING_CHARGE;
    bool reversal = refund || posted->kind == POSTING_CHARGEBACK;
    ledger_purse_open(self, purse);
    debit_walk_t walk = walk_from(self, purse, posted, bonus);
    while (walk_on(self, purse, &walk))
        ledger_purse_move(self, purse, charge ? LEDGER_MOVE_TAKE : LEDGER_MOVE_REVOKE, walk.lot,
                          walk.part);
    if (walk.rest)
        ledger_purse_owe(
            self, purse,
            &(ledger_debt_t){.kind = reversal ? LEDGER_DEBT_REVERSAL : LEDGER_DEBT_USAGE,
                             .number = sequence,
                             .left = walk.rest});
    ledger_purse_close(self, purse);
}

void ledger_unnamed_walk(ledger_purses_t *self, ledger_purse_t *purse, const event_t *posting,
                         uint64_t sequence, bool bonus)
{
    const event_posted_t *posted = &posting->posted;
    if (posted->kind == POSTING_HOLD) {
        bool held = ledger_lots_hold(self, purse, posted->lot, posted->amount);
        assert(held); // it was decided upon what is there
    } else if (posted->kind == POSTING_RELEASE)
        ledger_lots_settle(self, purse, posted->lot, posted->amount, false);
    else if (posted->credit >= SYSTEM_END)
        credit(self, purse, posting, sequence, bonus);
    else
        debit(self, purse, posted, sequence, bonus);
}
