#pragma once
// ledger_state - what the ledger knows: the fold of its journal. A row for each customer's account,
// the system accounts' balances, and who waits for a judgement.
//
// Ownership: ledger_state_create gives, ledger_state_destroy takes. Row pointers are valid until
// the next account.opened is applied. Threads: one. Source: docs/rules.md "The ledger".
#include "services/base/chain.h"
#include "services/base/table.h"
#include "services/ledger/ledger_bonus.h"
#include "services/ledger/ledger_core.h"
#include "services/ledger/ledger_credited.h"
#include "services/ledger/ledger_ending.h"
#include "services/ledger/ledger_holds.h"
#include <assert.h>

typedef struct {
    uid_t16 account;
    kopecks_t cash, bonus;
    uint64_t head;                      // sequence of the last posting
    uint64_t marks[LEDGER_SKIP_LEVELS]; // of the last whose ordinal is a multiple of 16^(k+1)
    uint64_t credit;                    // payment's sequence of the last credit from there
    uint64_t credited;                  // sequence of the last credit, 0 if there was none
    kopecks_t credits;                  // the sum of all of them
    kopecks_t returned;                 // by refunds and chargebacks since the last usage
    uint64_t ordinal : 60;              // of the last posting
    uint64_t low : 1, exhausted : 1;    // account.low, account.exhausted were said and hold
    uint64_t closed : 1;                // account.closed was said and holds
    uint64_t limited : 1;               // it has a credit limit, in `limits`
    ledger_purse_t purse;
} ledger_row_t;

static_assert(sizeof(ledger_row_t) <= 144, "a million accounts are planned at 144 bytes each");

// Usage that is to be given back, until what its line took has been recalled.
typedef struct {
    uid_t16 key; // made of `noted.credit`
    event_credit_noted_t noted;
    chain_link_t link;
} ledger_credit_t;

// A transfer that documents told of: it is credited, or moved out of suspense, once.
typedef struct {
    uid_t16 key; // the reference of its postings
    bool suspense;
} ledger_bank_t;

// How far below zero an account may go. A row with a limit of 0 is one that had one.
typedef struct {
    uid_t16 key; // the account
    kopecks_t limit;
} ledger_limit_t;

typedef struct {
    table_t accounts; // ledger_row_t; account number = row number + SYSTEM_END
    ledger_purses_t lots;
    ledger_holds_t holds;
    uint64_t *pending;  // bit per row: a judgement is due; follows from rows and threshold alone
    size_t pending_cap; // words
    uint64_t pending_count;
    kopecks_t systems[SYSTEM_END];
    kopecks_t customers; // cash and bonus of all customers, by what was moved
    kopecks_t held;      // and by the balances that their postings left
    kopecks_t low_threshold;
    uint64_t lapse_notice_us;
    table_t credits;       // ledger_credit_t
    chain_t credits_order; // of rows, numbered from 1: the oldest first
    uint64_t credits_made;
    ledger_bonuses_t bonuses;
    instant_t closed;    // metering has closed the hour that ends then; said only where it matters
    instant_t closed_at; // when that was said
    uint64_t postings;
    uint64_t last; // applied sequence
    ledger_credited_t credited;
    table_t bank;       // ledger_bank_t
    uint64_t suspended; // payment.suspended events
    table_t limits;     // ledger_limit_t
    table_t closing;    // uid_t16: the accounts that are closed and have a bonus that is to end
    uint64_t closed_count;
    uint32_t accounts_max;
    bool policy;   // a ledger.policy_changed was applied
    bool reseeded; // payment's history was replaced: what it credited before is not all known
} ledger_state_t;

enum { LEDGER_WORD_BITS = 64 }; // of `pending`

void *ledger_state_create(const void *settings);
void ledger_state_destroy(void *state);
// Stores and adds what the event says; knows no rule.
void ledger_state_apply(void *state, const event_t *event, uint64_t sequence);
// All of it is the fold.
void ledger_state_walk(void *state, walk_t *walk);
// core_t's `prefetch`: fetches the rows of items and events that come next.
void ledger_state_prefetch(const void *state, const event_t *events, size_t count);

extern const ledger_row_t ledger_no_row; // an account without postings

// The row of a credit that was noted and not made; NULL if there is none.
const ledger_credit_t *ledger_state_credit(const ledger_state_t *self, uint64_t credit);

static inline ledger_row_t *ledger_row_at(const ledger_state_t *self, uint32_t index)
{
    return table_row(&self->accounts, index);
}

// How far below zero the row's account may go.
kopecks_t ledger_state_limit(const ledger_state_t *self, const ledger_row_t *row);
// The lot of its first bonus of which something is left; 0 if there is none.
uint64_t ledger_state_bonus_left(const ledger_state_t *self, const ledger_row_t *row);

// --- what follows from a row ---

static inline kopecks_t ledger_row_balance(const ledger_row_t *row)
{
    return row->cash + row->bonus; // cannot overflow: both lie within LEDGER_BALANCE_MAX
}

static inline uint64_t ledger_row_skip(const ledger_row_t *row)
{
    uint64_t ordinal = row->ordinal + 1;
    unsigned level = 0;
    while (level < LEDGER_SKIP_LEVELS && ordinal % LEDGER_SKIP_RADIX == 0) {
        ordinal /= LEDGER_SKIP_RADIX;
        level++;
    }
    return row->marks[level ? level - 1 : 0];
}

// All credits up to a posting of that amount; at the end of int64 it stands still.
static inline kopecks_t ledger_row_credits(const ledger_row_t *row, bool credited, kopecks_t amount)
{
    kopecks_t after;
    return money_add(row->credits, credited ? amount : 0, &after) ? after : INT64_MAX;
}

static inline void ledger_row_advance(ledger_row_t *row, uint64_t sequence,
                                      const event_posted_t *posted)
{
    row->cash = posted->cash;
    row->bonus = posted->bonus;
    row->head = sequence;
    bool credited = posted->credit >= SYSTEM_END;
    row->credits = ledger_row_credits(row, credited, posted->amount);
    row->credited = credited ? sequence : row->credited;
    row->returned =
        posting_returned(row->returned, posted->kind, posted->debit >= SYSTEM_END, posted->amount);
    uint64_t ordinal = ++row->ordinal;
    for (unsigned level = 0; level < LEDGER_SKIP_LEVELS && ordinal % LEDGER_SKIP_RADIX == 0;
         level++) {
        row->marks[level] = sequence;
        ordinal /= LEDGER_SKIP_RADIX;
    }
}

static inline bool ledger_row_is_exhausted(const ledger_state_t *self, const ledger_row_t *row)
{
    kopecks_t balance = ledger_row_balance(row);
    return balance < 0 && (!row->limited || balance < -ledger_state_limit(self, row));
}

static inline bool ledger_row_is_low(const ledger_row_t *row, kopecks_t threshold)
{
    return ledger_row_balance(row) < threshold;
}
