#pragma once
// report - what a run of a trace came to, as files and tables for people and programs.
// Failures: false with errno. Threads: any.
#include "tools/tracing/reckoning.h"

typedef struct {
    double read_s, start_s, openings_s, feed_s, rest_s, reckoning_s, verify_s, total_s;
    uint64_t events_sent, batches_resent, windows, settles, moves, rounds, unanswered;
    unsigned kills;
    instant_t end;        // of the driven clock
    const char *verified; // what `kopeck verify` said: "passed", "failed", "not there"
} report_run_t;

// DIR/balances.csv: account,charged_kopecks,topped_up_kopecks,balance_kopecks,autopays
bool report_balances(const reckoning_t *reckoning, const char *path);
void report_table(const reckoning_t *reckoning, const report_run_t *run, FILE *out);
void report_json(const reckoning_t *reckoning, const report_run_t *run, FILE *out);
