#pragma once
// verify_metering - recomputes what usage came to: tariff versions, each meter's and account's
// carry, each line's price and amount, each hour's count of lines, and that no meter is billed for
// more minutes of an hour than its replicas had, nor for more than there is evidence of: what a
// stop or a deletion told late leaves without evidence is taken back at once, and of what was taken
// back no more is given back.
//
// Exactness: for every line price x minutes x 640000 + carry before = amount x D + carry after, and
// for every closing moved + carry before = amount x D + carry after, D = 27 648 000 000.
// What ran, and what there is evidence of: verify_runs.h.
// What the credits say of their lines is checked against those in a second reading (`credits`).
// Memory: that of verify_runs, and 32 bytes an account. Failures: in the report. Threads: one.
// Source: docs/rules.md "Usage".
#include "services/base/table.h"
#include "tools/kopeck/verify_counts.h"
#include "tools/kopeck/verify_lines.h"
#include "tools/kopeck/verify_runs.h"

enum { VERIFY_SUSPECTS_MAX = 8 };
#define VERIFY_LATE_US (72 * HOUR_US)
#define VERIFY_REMEMBERED_US (80 * HOUR_US)

typedef struct {
    verify_report_t *report;
    verify_runs_t runs;
    table_t accounts;
    verify_lines_t credits; // what was given back, and of which lines
    verify_counts_t counts;
    verify_rates_t rates;
    instant_t hour;      // the last closed
    uint64_t hour_lines; // of the hour that is being closed
    uint64_t lines, minutes;
    kopecks_t charged, credited;
    int64_t lost_carry;                     // of the loss account
    uint32_t suspects[VERIFY_SUSPECTS_MAX]; // meters of the stop or deletion that was just told
    size_t suspects_count;
} verify_metering_t;

void verify_metering_init(verify_metering_t *self, verify_report_t *report);
void verify_metering_release(verify_metering_t *self);
void verify_metering_feed(verify_metering_t *self, uint64_t sequence, const event_t *event);
