#pragma once
// verify_rates - the versions of tariffs and rates that a journal of metering defines, which are
// numbered densely from 1 over both.
//
// Memory: 40 bytes a version. Failures: in the report. Threads: one.
// Source: docs/rules.md "Tariff versions".
#include "proto/event.h"
#include "tools/kopeck/verify_report.h"

enum { VERIFY_TARIFFS_MAX = 1 << 16 };

// A version of a tariff, whose kind is 0, or of a rate.
typedef struct {
    kopecks_t price;
    uint64_t kind, included;
    instant_t effective;
    bool withdrawn;
} verify_rate_t;

typedef struct {
    verify_report_t *report;
    verify_rate_t *of; // by version - 1
    size_t count;
} verify_rates_t;

void verify_rates_release(verify_rates_t *self);
// What defines, withdraws or announces a version; nothing else. What is withdrawn had not begun,
// and prices nothing; what is announced is what was defined or withdrawn just before.
void verify_rates_feed(verify_rates_t *self, uint64_t sequence, const event_t *event);
// The version's, NULL if it was never defined.
const verify_rate_t *verify_rates_find(const verify_rates_t *self, uint64_t version);
// A line, and what is lost, have a version that is defined, and its price.
void verify_rates_line(const verify_rates_t *self, uint64_t sequence,
                       const event_usage_charged_t *line);
bool verify_rates_lost(const verify_rates_t *self, uint64_t sequence,
                       const event_usage_expired_t *lost); // false if it cannot be reckoned with
