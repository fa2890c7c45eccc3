#pragma once
// verify_counts - recomputes what is counted and not timed: each sample's part beyond its quota,
// each request's tokens, and that a line takes no more of its hour than was counted of it.
//
// A disk's hour is, after each sample, what the newest of them has beyond the quota, for 60
// minutes; a request counts once for what it brought and once for its answer.
// Memory: 48 bytes for each meter, hour and version, and 48 a request, of the last four to eight
// days. Failures: in the report. Threads: one. Source: docs/rules.md "Files beyond the quota",
// "Tokens".
#include "proto/event.h"
#include "services/base/table.h"
#include "tools/kopeck/verify_rates.h"

typedef struct {
    verify_report_t *report;
    table_t rows[2], requests[2]; // those of the last days, and of the days before
    instant_t since;              // of the first ones
} verify_counts_t;

void verify_counts_init(verify_counts_t *self, verify_report_t *report);
void verify_counts_release(verify_counts_t *self);

// `kind` is the meter's. Units of a carry that a price of 1 makes for one of what it counts.
int64_t verify_counts_unit(uint64_t kind);
void verify_counts_feed(verify_counts_t *self, uint64_t sequence,
                        const event_usage_counted_t *counted, uint64_t kind,
                        const verify_rate_t *rate);
void verify_counts_line(verify_counts_t *self, uint64_t sequence,
                        const event_usage_charged_t *line);
// An hour is closed: what is long past is let go.
void verify_counts_pass(verify_counts_t *self, instant_t hour);
