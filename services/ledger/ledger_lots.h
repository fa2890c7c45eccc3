#pragma once
// ledger_lots - the rules of lots: what a charge takes, what a credit repays, what goes back,
// lapses and returns.
//
//   bonus before cash; bonus by its end, cash first in first out; what no lot covers is usage debt
//   new cash repays reversal debt, then usage debt; a general bonus repays usage debt alone
//   a refund is held from the newest cash first; what was cancelled returns to its lot
//   a chargeback takes cash alone: its lot's, then in order, the rest is reversal debt
//   a bonus that came with a top-up goes back in proportion to what of the top-up goes back
//   a correction returns to the lots that the charge took, the last taken first
//
// Hours are named by their end, and 0 is an hour that nobody knows: it lies before every end and
// after no beginning. Example: a bonus until June 1st, 00:00 pays the hour that ends then and no
// later one.
//
// Units: kopecks, of each amount at least 1. Numbers of lots and of debts ascend as they are made.
// Failures: a refund of more than there is changes nothing. Threads: one.
// Cost: a charge that the current lot covers, one comparison; anything else, a walk over the
// account's lots. Source: docs/rules.md "Lots".
#include "services/ledger/ledger_purse.h"

#define LEDGER_CORRECTION_LIFE_US (30 * DAY_US) // of the bonus that stands for a lot that is gone

typedef struct {
    uint64_t number;
    kopecks_t amount;
    instant_t at; // of the posting
    bool bonus;
    bool limited; // `terms` say more: of a bonus alone
    ledger_terms_t terms;
} ledger_credit_lot_t;

typedef struct {
    uint64_t number; // of the posting
    kopecks_t amount;
    instant_t hour;
    uint64_t category; // of the service; 0 for one that has none
} ledger_use_t;

// What a charge took: of a lot, or, with lot 0, of no lot.
typedef struct {
    uint64_t lot;
    kopecks_t amount;
} ledger_part_t;

// What an account has. The balance is cash + bonus - usage - reversal.
typedef struct {
    kopecks_t cash, bonus;     // unspent; bonus: of whatever service, and effective
    kopecks_t apart;           // bonus of one category, or that begins later
    kopecks_t held;            // asked back, cash and bonus
    kopecks_t usage, reversal; // debts
} ledger_totals_t;

// May a lot pay a charge of the hour that ends then?
static inline bool ledger_lots_serves(const ledger_terms_t *terms, const ledger_lot_t *lot,
                                      instant_t hour)
{
    if (lot->lapsed || (terms->until && hour > terms->until))
        return false;
    return !terms->from || hour > terms->from;
}

void ledger_lots_credit(ledger_purses_t *self, ledger_purse_t *purse,
                        const ledger_credit_lot_t *credit);
// The same, and repays nothing.
void ledger_lots_deposit(ledger_purses_t *self, ledger_purse_t *purse,
                         const ledger_credit_lot_t *credit);
// What of it the current lot does not cover at once.
void ledger_lots_burn(ledger_purses_t *self, ledger_purse_t *purse, const ledger_use_t *use);
// Bonuses that have begun by then repay usage debt.
void ledger_lots_begin(ledger_purses_t *self, ledger_purse_t *purse, instant_t now);
// The act that names the charges up to that number is out: no bonus repays them any more.
void ledger_lots_issue(ledger_purses_t *self, ledger_purse_t *purse, uint64_t number);
// A bonus ends, by its time or by an operator: what is unspent of it. 0 for any other lot.
kopecks_t ledger_lots_end(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot);

// Of that lot alone, or, with lot 0, of the newest cash first. False if there is less unspent.
bool ledger_lots_hold(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot, kopecks_t amount);
// A held part went out, or comes back. What a chargeback took meanwhile is owed if it went out.
void ledger_lots_settle(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                        kopecks_t amount, bool done);
void ledger_lots_chargeback(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                            kopecks_t amount);
// A dispute is won: a new cash lot for the one that was charged back.
void ledger_lots_won(ledger_purses_t *self, ledger_purse_t *purse, uint64_t lot,
                     const ledger_credit_lot_t *credit);
// Gives back what a charge took: its unpaid debt is less, then its lots get theirs, the last taken
// first. `parts` are in the order in which they were taken, with the lots that paid its debt later;
// `charge` is its number; `instead` is the bonus for lots that lapsed or went back, but for its
// amount. What the parts do not hold is returned; it is 0 unless they come to less.
kopecks_t ledger_lots_correct(ledger_purses_t *self, ledger_purse_t *purse, uint64_t charge,
                              const ledger_part_t *parts, size_t count, kopecks_t amount,
                              const ledger_credit_lot_t *instead);

ledger_totals_t ledger_lots_totals(const ledger_purses_t *self, const ledger_purse_t *purse,
                                   instant_t now);

static inline void ledger_lots_charge(ledger_purses_t *self, ledger_purse_t *purse,
                                      const ledger_use_t *use)
{
    if (use->amount > purse->cover) {
        ledger_lots_burn(self, purse, use);
        return;
    }
    purse->cover -= use->amount;
    if (self->moved)
        self->moved(self->arg, &(ledger_move_t){LEDGER_MOVE_TAKE, purse->number, 0, use->amount});
}

static inline kopecks_t ledger_totals_balance(const ledger_totals_t *totals)
{
    return totals->cash + totals->bonus - totals->usage - totals->reversal;
}
