#pragma once
// verify_evidence - up to when there is evidence of what a producer runs, recomputed from who said
// `through`, who was retired and who owns what; and that usage.bounded and usage.ended say it.
//
// A producer is bounded at the last word for it, its own or, once it is retired or where it never
// said any, another's of its owner; or at the start of the hour that is closed without it. What it
// runs ends no earlier than `late` after that, or as it is retired.
// Memory: 40 bytes a resource, 100 a producer. Failures: in the report. Threads: one.
// Source: docs/rules.md "Evidence of a run".
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    table_t producers, resources;
    size_t bounded; // producers
    instant_t closed, late_us;
    stream_t ended; // what it runs ended too early, unless it is retired now; 0 for none
    uint64_t ended_sequence;
} verify_evidence_t;

void verify_evidence_init(verify_evidence_t *self, verify_report_t *report);
void verify_evidence_release(verify_evidence_t *self);
void verify_evidence_feed(verify_evidence_t *self, uint64_t sequence, const event_t *event);
// The last meter of a resource is forgotten: nobody owns it.
void verify_evidence_forget(verify_evidence_t *self, const uid_t16 *resource);

stream_t verify_evidence_owner(const verify_evidence_t *self, const uid_t16 *resource); // or 0
// Up to when an open run of the resource may be billed; INT64_MAX if there is no bound.
instant_t verify_evidence_until(const verify_evidence_t *self, const uid_t16 *resource);
