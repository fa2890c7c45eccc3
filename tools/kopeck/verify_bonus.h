#pragma once
// verify_bonus - checks the bonuses of promo codes in the ledger's journal: each is given once,
// stands in the posting before, and goes back with what of its top-up goes back, and no further.
//
// Memory: 96 bytes a bonus. Failures: in the report. Threads: one.
// Source: docs/rules.md "The bonus of a promo code".
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    table_t given;     // by reference
    event_t before[2]; // the postings before this event: the last one, and the one before
} verify_bonus_t;

void verify_bonus_init(verify_bonus_t *self, verify_report_t *report);
void verify_bonus_release(verify_bonus_t *self);
void verify_bonus_feed(verify_bonus_t *self, uint64_t sequence, const event_t *event);
