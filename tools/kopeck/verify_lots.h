#pragma once
// verify_lots - recomputes lots from the postings: what each posting says that it took is what the
// rules name, and lots less debts are the balance after each.
//
// Shares no code with the ledger's core: the rules stand here a second time, from docs/rules.md
// "Lots". An account's debts are one sum here: whichever is repaid first, the lots are the same.
// From the first posting that names a lot on, all must; those before name none.
// Memory: 32 bytes a lot that is not used up. Failures: in the report. Threads: one.
#include "proto/money.h"
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    uint64_t number;
    kopecks_t left, held;
    instant_t until, from; // of a bonus: 0 for no end, and for no beginning
    uint64_t category;     // of the service that it is for, 0 for any
    bool apart;            // it stands apart, in no balance
    bool told;             // bonus.ends_soon was said of it
} verify_lot_t;

typedef struct {
    verify_lot_t *rows; // those from `first` to `count`, in the order in which they are spent
    size_t first, count, cap;
    uint64_t sum; // unspent, modulo 2^64
} verify_queue_t;

typedef struct {
    verify_queue_t cash, bonus;
    kopecks_t debt;
} verify_purse_t;

typedef struct {
    verify_report_t *report;
    verify_purse_t *purses; // by account: its number less SYSTEM_END
    size_t count;
    bool named; // a posting has named a lot
    // Of the next charge, where some bonus of its account has terms:
    instant_t hour;
    uint64_t category;
    kopecks_t amount, there; // all of it; and the bonus balance before it
    kopecks_t begun;         // of what stood apart, in the balance by now and still in its lots
    table_t apart;           // lots that came with a top-up and stood apart, by their references
} verify_lots_t;

void verify_lots_init(verify_lots_t *self, verify_report_t *report);
void verify_lots_release(verify_lots_t *self);
// A posting of that account, which moves its bonus or its cash. `charge`: it is of the charge at
// hand, whose bonuses have terms.
void verify_lots_feed(verify_lots_t *self, uint64_t sequence, uint32_t account,
                      const event_posted_t *posted, bool bonus, bool charge);
// That bonus ends then. False if there is no such lot.
bool verify_lots_limit(verify_lots_t *self, uint32_t account, uint64_t lot, instant_t until);
// Has it a bonus with terms? And how much of the next charge may its bonuses pay, *ret_apart of it
// those that stand apart?
bool verify_lots_ends(verify_lots_t *self, uint32_t account);
kopecks_t verify_lots_serving(verify_lots_t *self, uint32_t account, kopecks_t *ret_apart);
// --- bonuses that stand apart ---
void verify_lots_set_apart(verify_lots_t *self, uint32_t account,
                           const event_bonus_set_apart_t *apart);
bool verify_lots_is_apart(verify_lots_t *self, uint32_t account, uint64_t lot);
// So much of it goes, or, below zero, comes back; false if it has less.
bool verify_lots_take_apart(verify_lots_t *self, uint32_t account, uint64_t lot, kopecks_t amount);
// What is left of it is in the balance from now on; false if that is not what came into it.
bool verify_lots_begin(verify_lots_t *self, uint32_t account, uint64_t lot, kopecks_t amount);
// The lot of a bonus that stood apart when it was given, 0 for any other.
void verify_lots_refer(verify_lots_t *self, const uid_t16 *reference, uint64_t lot);
uint64_t verify_lots_referred(const verify_lots_t *self, const uid_t16 *reference);
// Unspent of that bonus, 0 if there is none, and when it ends.
kopecks_t verify_lots_left_of(verify_lots_t *self, uint32_t account, uint64_t lot,
                              instant_t *ret_until);
// Its end is told of before it comes; false if it was.
bool verify_lots_tell(verify_lots_t *self, uint32_t account, uint64_t lot);
// What was held of that lot has left.
void verify_lots_left(verify_lots_t *self, uint64_t sequence, uint32_t account, uint64_t lot,
                      kopecks_t amount);
