#pragma once
// page_chart - what was debited on each of the last thirty days of Moscow: bars, and the same as a
// table for those who read it.
//
// The day that runs is the last one. A day is what its two ends say: the sum of credits less the
// balance has grown by what was debited between them; where an end is a posting from before credits
// were added up, the day is not known and has no bar. Units: kopecks, microseconds; coordinates of
// a picture of 300 by 100. Ownership: below. Failures: false for an answer that is
// not one. Threads: any. Pure. Source: docs/rules.md "Statement of an account", "Month".
#include "proto/request.h"
#include "services/web/page_made.h"

enum { CHART_DAYS = 30, CHART_TIMES = CHART_DAYS + 1, CHART_TIMES_BYTES = 10 * CHART_TIMES + 8 };

// The instants to ask for: the last one there is, and the ends of the days before, back in time.
bytes_t page_chart_times(instant_t now, uint8_t buffer[CHART_TIMES_BYTES]);
typedef struct {
    page_chart_bars_t bars[CHART_DAYS];
    page_chart_days_t days[CHART_DAYS];
} page_chart_rows_t;

// The chart borrows its rows.
bool page_chart_fill(const answer_as_of_many_t *answer, instant_t now, page_chart_rows_t *rows,
                     page_chart_t *ret_chart);
