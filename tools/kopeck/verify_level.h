#pragma once
// verify_level - checks bonuses for missed service levels: given for a month that is over, of the
// sum that the rule comes to, with what was given before; and, in a second reading of the journals
// where there is any, that usage and top-ups are what they hold.
//
// Shares no code with the ledger's core. That a bonus is given once is verify_bonus's.
// Memory: 600 bytes a bonus of this kind. Failures: in the report. Threads: one.
// Source: docs/rules.md "Grant for a missed level".
#include "tools/kopeck/level_sums.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    level_sums_t sums;
    table_t granted; // by account, so far
    event_t before;
} verify_level_t;

void verify_level_init(verify_level_t *self, verify_report_t *report);
void verify_level_release(verify_level_t *self);
void verify_level_feed(verify_level_t *self, uint64_t sequence, const event_t *event);
// After the second reading, if `sums` has any; of metering's journal only where it was read.
void verify_level_finish(verify_level_t *self, bool metering);
