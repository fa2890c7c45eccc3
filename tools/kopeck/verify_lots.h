#pragma once
// verify_lots - recomputes lots from the postings: what each posting says that it took is what the
// rules name, and lots less debts are the balance after each.
//
// Shares no code with the ledger's core: the rules stand here a second time, from docs/rules.md
// "Lots". An account's debts are one sum here: whichever is repaid first, the lots are the same.
// From the first posting that names a lot on, all must; those before name none.
// Memory: 24 bytes a lot that is not used up. Failures: in the report. Threads: one.
#include "proto/money.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    uint64_t number;
    kopecks_t left, held;
} verify_lot_t;

typedef struct {
    verify_lot_t *rows; // those from `first` to `count`, in the order in which they came
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
} verify_lots_t;

void verify_lots_init(verify_lots_t *self, verify_report_t *report);
void verify_lots_release(verify_lots_t *self);
// A posting of that account, which moves its bonus or its cash.
void verify_lots_feed(verify_lots_t *self, uint64_t sequence, uint32_t account,
                      const event_posted_t *posted, bool bonus);
// What was held of that lot has left.
void verify_lots_left(verify_lots_t *self, uint64_t sequence, uint32_t account, uint64_t lot,
                      kopecks_t amount);
