#pragma once
// verify_people - recomputes what persons did by hand in one journal: that nobody moved more alone
// than the policy of then says, at once or in a day of Moscow; that what is above was proposed and
// agreed to by another, once, within its 72 hours, and came to what was proposed; and that the
// limits themselves were changed by two.
//
// Shares no code with the node: the rules stand here a second time, from docs/rules.md "Two
// persons". A journal that began before them is held to them from the first event on that knows
// them. What importers moved is not counted.
// Units: kopecks. Failures: in the report. Threads: one.
#include "proto/money.h"
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    stream_t stream;
    kopecks_t alone_max, day_max;
    table_t days;      // what each person moved, by name
    table_t proposals; // by sequence
    table_t pushers;   // persons who push, by producer
    bool counts;       // an event that knows the rules was met
    bool changed;      // the limits, by the command that is being read
    bool rules;        // prices, policies and histories are changed by two
    bool ruled;        // one of those was, by the command that is being read
    kopecks_t moved;   // by it
    cause_t cause;
    kopecks_t pushed; // by items since they were counted last
} verify_people_t;

void verify_people_init(verify_people_t *self, verify_report_t *report, stream_t stream);
void verify_people_release(verify_people_t *self);
void verify_people_feed(verify_people_t *self, uint64_t sequence, const event_t *event);
void verify_people_finish(verify_people_t *self, uint64_t last);
