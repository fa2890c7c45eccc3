#pragma once
// web_metrics - what all processes tell of themselves, as OpenMetrics: the counters of their
// answers to `status` under the names of proto/counters.def, and whether they answer at all. Pure.
//
// Each process is asked at each request and nothing is kept: a number that is shown was true then.
// Of one that is silent there is `kopeck_up 0`, and nothing that it said before. Labels name
// processes, streams, system accounts, alarms and HTTP statuses, and never an account.
// Whoever does not ask for OpenMetrics gets Prometheus's older text, which has the same samples.
// Ownership: borrows. Failures: what is malformed in an answer is left out and counted. Threads:
// any. Source: docs/metrics.md.
#include "services/web/web_visit.h"

enum { METRICS_ASK_MS = 2500, METRICS_LINES_MAX = 4096 };

// What one process says: lines `name value`, those that are made here and its own.
typedef struct {
    const char *process;
    text_t made, told;
} web_metrics_source_t;

// Makes the lines of what an answer says beside its counters; NULL: it did not answer.
void web_metrics_light(const answer_status_t *status, writer_t *out);
void web_metrics_print(const web_metrics_source_t *sources, size_t count, bool open_metrics,
                       writer_t *out);

web_step_fn web_metrics_show;
