#pragma once
// verify_autopay - makes every decision of autopay again: from its stored inputs, which must be
// what the journal before it says, and which must give the verdict that it states.
//
// Also: at most one payment in flight an account, never above the month's count and sum, never
// without a live mandate or while held or suspended, never by a doubted clock; each request settled
// by an outcome; decisions of an account chained by `previous`; and, with the ledger fed up to it,
// the balance that was seen, and whether only refunds and chargebacks had brought it below the
// threshold; with payment's, limits that are those of its journal. Memory: 136 bytes an account
// that ever had a mandate, 136 a note of one. Failures: in the report. Threads: one.
// Source: docs/rules.md "Autopay".
#include "services/base/table.h"
#include "services/autopay/autopay_verdict.h"
#include "tools/kopeck/verify_ledger.h"
#include "tools/kopeck/verify_payment.h"

enum { VERIFY_MONTHS_MAX = 200 * 12 };

typedef struct {
    verify_report_t *report;
    table_t accounts, noted, counted;
    autopay_policy_t policy;
    struct {
        uint64_t month, first; // the first request of that month
    } months[VERIFY_MONTHS_MAX];
    size_t months_count;
    uint64_t decisions, charges;
    bool clock_doubted;
} verify_autopay_t;

void verify_autopay_init(verify_autopay_t *self, verify_report_t *report);
void verify_autopay_release(verify_autopay_t *self);
// The ledger's sequence that must be fed before this event, 0 if none.
uint64_t verify_autopay_needs(const event_t *event);
// `ledger` NULL: balances are taken as stated.
void verify_autopay_feed(verify_autopay_t *self, uint64_t sequence, const event_t *event,
                         const verify_ledger_t *ledger);
// Once payment's journal was fed too: what was noted of mandates is what it says.
void verify_autopay_finish(verify_autopay_t *self, const verify_payment_t *payment);
