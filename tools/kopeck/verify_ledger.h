#pragma once
// verify_ledger - recomputes the ledger from its journal: every running balance, ordinal, previous
// and skip pointer, that the sum over all accounts is zero after every event, and that low,
// exhausted and restored are said when and only when they may be.
//
// Shares no code with the ledger's core: the rules stand here a second time, from design.md §6, the
// billing rules (i), and the chain as ledger_core.h describes it.
// Units: kopecks. Memory: 88 bytes an account. Failures: in the report. Threads: one.
#include "proto/posting.h"
#include "proto/table.h"
#include "tools/kopeck/verify_report.h"

enum { VERIFY_SKIP_LEVELS = 4, VERIFY_SKIP_RADIX = 16 };

typedef struct {
    uid_t16 id;
    kopecks_t cash, bonus;
    uint64_t head, ordinal;
    uint64_t marks[VERIFY_SKIP_LEVELS]; // last posting whose ordinal is a multiple of 16^(k+1)
    bool low, exhausted;
} verify_account_t;

typedef struct {
    verify_report_t *report;
    table_t accounts;              // number = row + SYSTEM_END
    kopecks_t systems[SYSTEM_END]; // by the postings' amounts
    kopecks_t customers;           // by the balances that the postings state
    kopecks_t threshold;           // of `low`
    uint64_t restored_due;         // number of the account that account.restored is owed to, or 0
    cause_t cause;                 // of the posting that owes it
} verify_ledger_t;

void verify_ledger_init(verify_ledger_t *self, verify_report_t *report);
void verify_ledger_release(verify_ledger_t *self);
void verify_ledger_feed(verify_ledger_t *self, uint64_t sequence, const event_t *event);
void verify_ledger_finish(verify_ledger_t *self, uint64_t last);

// The account as of the last event fed; NULL if it was never opened.
const verify_account_t *verify_ledger_account(const verify_ledger_t *self, const uid_t16 *id);
kopecks_t verify_ledger_sum(const verify_ledger_t *self); // over all accounts
