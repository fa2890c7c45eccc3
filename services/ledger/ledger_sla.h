#pragma once
// ledger_sla - how much bonus a customer is given where the service level was missed: a part of
// what the month's usage of the affected resources came to (docs/rules.md "Grant for a missed
// level").
//
// Whoever has the journal can compute it again: use and top-ups are sums of its postings. It is a
// bonus and never money.
//
// Example: 2345.67 of usage, 20 %: 469.13, for 469.134 is rounded down.
//
// Units      Kopecks; whole percents; minutes.
// Failures   false, and nothing written: a percent above 100, or sums below nought.
// Threads    Any.
#include "proto/money.h"

enum {
    LEDGER_SLA_UPTIME_PERCENT = 20, // of the use, where uptime was below 99.5 %
    LEDGER_SLA_LOSS_PERCENT = 50,   // where data was lost
};

typedef struct {
    kopecks_t use;     // of the affected resources in the month
    uint32_t percent;  // 0..100
    kopecks_t topups;  // all that the customer paid in earlier months
    kopecks_t granted; // such grants before
} ledger_sla_t;

// What is due for a month in which the affected resources were up for `up` of `all` minutes.
uint32_t ledger_sla_percent(uint64_t up, uint64_t all, bool data_lost);
// percent of the use, rounded down, and together with earlier grants no more than the top-ups.
bool ledger_sla_grant(const ledger_sla_t *self, kopecks_t *ret_grant);
