#pragma once
// ledger_purse - what a customer's account is made of: lots, each of which is what is left of one
// credit, and debts, each of which is what no lot covered of one charge, or of what went back.
//
// This part keeps rows and their order and knows no rule; the rules are ledger_lots. Each change is
// one move of kopecks from a place to a place, and `moved` is told of it.
//
// Lots stand in the order in which they are spent: bonus by its end (none is the last), then by
// number; cash by number. A used-up lot leaves that order for a list of its own, where a correction
// or a chargeback still finds it, until it is forgotten.
//
// Ownership: ledger_purses_t owns all rows; a ledger_purse_t is a handful of numbers that lies in
// the account's row. Row pointers are valid until the next row is made.
// Memory: 32 bytes a purse, a lot and a debt each; 64 more for a lot with terms.
// Cost: a charge that the current lot covers, one comparison (ledger_lots_charge).
// Failures: none; ends the process by assert where a row would go below zero. Threads: one.
// Source: docs/rules.md "Lots".
#include "proto/money.h"
#include "services/base/pool.h"
#include <assert.h>

typedef struct {
    kopecks_t cover; // unspent of the current lot; its row is behind, until ledger_purse_open
    uint64_t number; // of the current lot; 0 for none: each charge then walks
    uint32_t bonus, cash, spent, debts; // the last row of each ring; its first is that one's next
} ledger_purse_t;

typedef struct {
    uint32_t next;        // in its ring
    uint32_t terms;       // ledger_terms_t; 0 for a plain lot
    uint64_t number : 44; // that of the posting that credited it: unique, ascending
    uint64_t day : 16;    // since 1970, on which it was credited
    uint64_t bonus : 1;
    uint64_t returned : 1; // its last kopeck went back: nothing is given to it any more
    uint64_t lapsed : 1;
    uint64_t apart : 1; // in no balance: it begins later, or is for one category of service
    kopecks_t left;     // unspent
    kopecks_t amount;   // as it was credited; 0 where only its number was known
} ledger_lot_t;

static_assert(sizeof(ledger_lot_t) == 32, "a million accounts with three lots each are planned so");

// What only some lots have.
typedef struct {
    uint64_t category;     // of what it alone may pay; 0 for anything
    instant_t from, until; // it serves the hours that end after the one, and at the other at latest
    kopecks_t held;        // asked back, and not yet gone
    uint64_t with;         // the lot of the top-up that it was given with; 0 for none
    kopecks_t base;        // that top-up's amount
    kopecks_t gone, going; // what of it went back, and what is asked back
} ledger_terms_t;

typedef enum { LEDGER_DEBT_USAGE = 1, LEDGER_DEBT_REVERSAL, LEDGER_DEBT_BONUS } ledger_debt_kind_t;

typedef struct {
    uint32_t next;
    uint32_t kind : 31;  // LEDGER_DEBT_BONUS: reversal debt for a bonus that was spent
    uint32_t issued : 1; // an act names it: no bonus pays it any more
    uint64_t number;     // of the charge; of a reversal: of the lot that went back
    kopecks_t left;      // unpaid
    instant_t hour;      // in which the service was given, by its end; 0 where nobody knows
} ledger_debt_t;

typedef enum {
    LEDGER_MOVE_CREDIT = 1, // from outside into a new lot
    LEDGER_MOVE_TAKE,       // from a lot to a charge
    LEDGER_MOVE_GIVE,       // back to a lot
    LEDGER_MOVE_HOLD,       // a lot's unspent to its held
    LEDGER_MOVE_FREE,       // and back
    LEDGER_MOVE_SEND,       // held to outside
    LEDGER_MOVE_REVOKE,     // unspent to outside
    LEDGER_MOVE_LAPSE,      // unspent to whoever profits by the lapse
    LEDGER_MOVE_OWE,        // what no lot covers, into a debt
    LEDGER_MOVE_REPAY,      // from a lot to a debt
    LEDGER_MOVE_FORGIVE     // a debt becomes less
} ledger_move_kind_t;

typedef struct {
    ledger_move_kind_t kind;
    uint64_t lot;  // 0 for none
    uint64_t debt; // number of the debt; 0 for none
    kopecks_t amount;
} ledger_move_t;

typedef void ledger_moved_t(void *arg, const ledger_move_t *move);

// The rows of all accounts.
typedef struct {
    pool_t lots, terms, debts;
    bool paid;             // a debt became less since a purse was opened
    ledger_moved_t *moved; // NULL: nobody is told
    void *arg;
} ledger_purses_t;

void ledger_purses_init(ledger_purses_t *self);
void ledger_purses_release(ledger_purses_t *self);
void ledger_purses_walk(ledger_purses_t *self, walk_t *walk);

// Before anything but a charge that the current lot covers, and after it. In between the rows are
// right and there is no current lot.
void ledger_purse_open(ledger_purses_t *self, ledger_purse_t *purse);
void ledger_purse_close(ledger_purses_t *self, ledger_purse_t *purse);

// --- the rows in their order; 0 is the end ---

// Lots as they are spent: bonus, then cash. What is used up is passed over only by `used_up`.
uint32_t ledger_purse_first(const ledger_purses_t *self, const ledger_purse_t *purse);
uint32_t ledger_purse_after(const ledger_purses_t *self, const ledger_purse_t *purse, uint32_t lot);
uint32_t ledger_purse_first_in(const pool_t *pool, uint32_t ring);
uint32_t ledger_purse_after_in(const pool_t *pool, uint32_t ring, uint32_t row);
// The lot of that number, used up or not; 0 for none.
uint32_t ledger_purse_find(const ledger_purses_t *self, const ledger_purse_t *purse,
                           uint64_t number);

static inline ledger_lot_t *ledger_purse_lot(const ledger_purses_t *self, uint32_t lot)
{
    return pool_row(&self->lots, lot);
}

static inline ledger_debt_t *ledger_purse_debt(const ledger_purses_t *self, uint32_t debt)
{
    return pool_row(&self->debts, debt);
}

extern const ledger_terms_t ledger_no_terms;

static inline const ledger_terms_t *ledger_purse_terms(const ledger_purses_t *self,
                                                       const ledger_lot_t *lot)
{
    return lot->terms ? pool_row(&self->terms, lot->terms) : &ledger_no_terms;
}

// Of any lot, also of the current one while the purse is closed.
static inline kopecks_t ledger_purse_left(const ledger_purse_t *purse, const ledger_lot_t *lot)
{
    return lot->number == purse->number ? purse->cover : lot->left;
}

// --- changes; the purse is open ---

// The lot's terms to be written, made if there were none.
ledger_terms_t *ledger_purse_agree(ledger_purses_t *self, uint32_t lot);
// The end of a lot that has none yet: it stands at its place then.
void ledger_purse_limit(ledger_purses_t *self, ledger_purse_t *purse, uint32_t lot,
                        instant_t until);
// A lot without terms or a copy of `terms`, at its place; its number must be new.
uint32_t ledger_purse_add(ledger_purses_t *self, ledger_purse_t *purse, const ledger_lot_t *lot,
                          const ledger_terms_t *terms);
void ledger_purse_move(ledger_purses_t *self, ledger_purse_t *purse, ledger_move_kind_t kind,
                       uint32_t lot, kopecks_t amount);
void ledger_purse_owe(ledger_purses_t *self, ledger_purse_t *purse, const ledger_debt_t *debt);
// Out of the lot's unspent. A debt that is paid is still there until the purse is closed.
void ledger_purse_repay(ledger_purses_t *self, uint32_t lot, uint32_t debt, kopecks_t amount);
void ledger_purse_forgive(ledger_purses_t *self, uint32_t debt, kopecks_t amount);
// Used-up lots of earlier days leave memory: those that were used up first, up to one that stays.
void ledger_purse_forget(ledger_purses_t *self, ledger_purse_t *purse, uint64_t day);
