#pragma once
// verify_forgotten - that payment forgets what nothing can concern any more, and nothing else: each
// payment that it names was created 400 days before, has an end, is used up in the ledger if it
// brought money, and no refund of it is open; and nothing is said of it afterwards.
//
// Memory: 48 bytes a payment and 24 a refund. Failures: in the report. Threads: one.
// Source: docs/rules.md "Payments that are forgotten".
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    table_t payments, refunds;
} verify_forgotten_t;

void verify_forgotten_init(verify_forgotten_t *self, verify_report_t *report);
void verify_forgotten_release(verify_forgotten_t *self);
void verify_forgotten_feed(verify_forgotten_t *self, uint64_t sequence, const event_t *event);
