#pragma once
// verify_refunds - checks refunds in both journals that know of them. In payment's: no more goes
// back than a payment brought, one refund of it at a time; Create leaves once, after the ledger
// held the sum, and again only where no connection came about; what ends, ends once. In the
// ledger's: what is held is of the lot that its payment is, and is settled once, by the posting
// that says so.
//
// Shares no code with the cores: the rules stand here a second time, from docs/rules.md "Asking for
// a refund", "Refunds in the ledger". Each journal may be fed alone; both are, each event after its
// cause, where both are there. Refunds that only a lost journal of payment asked for are the
// ledger's alone.
// Memory: 96 bytes a refund, 48 a payment that succeeded. Failures: in the report. Threads: one.
#include "proto/codes.h"
#include "proto/posting.h"
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    table_t refunds, payments, seconds;
    event_t unwanted; // payment's event before, if it was a payment.unwanted or .mismatch
    event_t before;   // the ledger's event before, if it was a posting
    uint64_t before_sequence;
} verify_refunds_t;

void verify_refunds_init(verify_refunds_t *self, verify_report_t *report);
void verify_refunds_release(verify_refunds_t *self);
void verify_refunds_payment(verify_refunds_t *self, uint64_t sequence, const event_t *event);
void verify_refunds_ledger(verify_refunds_t *self, uint64_t sequence, const event_t *event);
// `settled`: both were fed, and nothing may be under way.
void verify_refunds_finish(verify_refunds_t *self, bool settled);
