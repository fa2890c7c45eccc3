#pragma once
// verify_lots - recomputes lots from the postings: what each posting says that it took is what the
// rules name, and lots less debts are the balance after each.
//
// Shares no code with the ledger's core: the rules stand here a second time, from docs/rules.md
// "Lots". An account's debts are one sum here: whichever is repaid first, the lots are the same.
// From the first posting that names a lot on, all must; those before name none.
// Memory: 32 bytes a lot that is not used up. Failures: in the report. Threads: one.
#include "proto/money.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    uint64_t number;
    kopecks_t left, held;
    instant_t until; // of a bonus: 0 for no end
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
    bool named;     // a posting has named a lot
    instant_t hour; // of the next charge, where some bonus of its account ends
} verify_lots_t;

void verify_lots_init(verify_lots_t *self, verify_report_t *report);
void verify_lots_release(verify_lots_t *self);
// A posting of that account, which moves its bonus or its cash.
void verify_lots_feed(verify_lots_t *self, uint64_t sequence, uint32_t account,
                      const event_posted_t *posted, bool bonus);
// That bonus ends then. False if there is no such lot.
bool verify_lots_limit(verify_lots_t *self, uint32_t account, uint64_t lot, instant_t until);
// Has it a bonus that ends? And how much of such a charge may its bonuses pay?
bool verify_lots_ends(verify_lots_t *self, uint32_t account);
kopecks_t verify_lots_serving(verify_lots_t *self, uint32_t account, instant_t hour,
                              kopecks_t amount);
// Unspent of that bonus, 0 if there is none, and when it ends.
kopecks_t verify_lots_left_of(verify_lots_t *self, uint32_t account, uint64_t lot,
                              instant_t *ret_until);
// What was held of that lot has left.
void verify_lots_left(verify_lots_t *self, uint64_t sequence, uint32_t account, uint64_t lot,
                      kopecks_t amount);
