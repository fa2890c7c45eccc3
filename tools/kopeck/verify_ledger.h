#pragma once
// verify_ledger - recomputes the ledger from its journal: every running balance, ordinal, previous
// and skip pointer, that the sum over all accounts is zero after every event, and that low,
// exhausted and restored are said when and only when they may be; that a payment's number is
// credited once, and that payment.suspended tells of what went to suspense.
//
// Shares no code with the ledger's core: the rules stand here a second time, from docs/rules.md
// "The ledger", and the chain from proto/PROTOCOL.md §16.
// Lots: verify_lots; bonuses that end: verify_ending. Bonuses of promo codes: verify_bonus. Units:
// kopecks. Memory: 120 bytes an account, 16 a credited payment. Failures: in the report. Threads:
// one.
#include "proto/posting.h"
#include "services/base/table.h"
#include "tools/kopeck/verify_bonus.h"
#include "tools/kopeck/verify_ending.h"
#include "tools/kopeck/verify_lots.h"
#include "tools/kopeck/verify_report.h"

enum { VERIFY_SKIP_LEVELS = 4, VERIFY_SKIP_RADIX = 16 };

typedef struct {
    uid_t16 id;
    kopecks_t cash, bonus;
    kopecks_t returned;                 // by refunds and chargebacks since the last usage
    uint64_t head, ordinal, credited;   // credited: the last credit
    kopecks_t credits;                  // all of them
    bool kept;                          // a posting of it told of credits, so all later ones must
    uint64_t marks[VERIFY_SKIP_LEVELS]; // last posting whose ordinal is a multiple of 16^(k+1)
    bool low, exhausted;
    kopecks_t limit; // how far below zero it may go
} verify_account_t;

typedef struct {
    verify_report_t *report;
    table_t accounts;              // number = row + SYSTEM_END
    kopecks_t systems[SYSTEM_END]; // by the postings' amounts
    kopecks_t customers;           // by the balances that the postings state
    kopecks_t threshold;           // of `low`
    uint64_t restored_due;         // number of the account that account.restored is owed to, or 0
    cause_t cause;                 // of the posting that owes it
    table_t credited;              // by a payment's number: credited, or told to be in suspense
    event_t suspense;              // the event before, if it put a payment into suspense
    uint64_t suspended;            // payments told to be in suspense
    table_t noted;                 // credits that were noted and not made
    table_t bonus_paid[2]; // charges of late that took of the bonus, by their cause in metering: of
                           // this span of 100 hours, and of the one before
    instant_t bonus_since;
    table_t holds; // by refund: the lot that it is held of
    verify_lots_t lots;
    verify_bonus_t bonus;
    verify_ending_t ending;
    kopecks_t back_cash, back_bonus, back_suspense; // given back since the last credit.made
} verify_ledger_t;

void verify_ledger_init(verify_ledger_t *self, verify_report_t *report);
void verify_ledger_release(verify_ledger_t *self);
void verify_ledger_feed(verify_ledger_t *self, uint64_t sequence, const event_t *event);
void verify_ledger_finish(verify_ledger_t *self, uint64_t last);

// The account as of the last event fed; NULL if it was never opened.
const verify_account_t *verify_ledger_account(const verify_ledger_t *self, const uid_t16 *id);
kopecks_t verify_ledger_sum(const verify_ledger_t *self); // over all accounts
