#pragma once
// verify_lines - the lines that usage.credited events name: each must be there as the credit says,
// a charge of the same meter, resource, account, hour, tariff version and price, and may give back
// no more than it charged.
//
// A credit names a line by its sequence, and that lies anywhere before it. So credits are noted
// while the journal is read, and their lines looked at in a second reading, from the first one on,
// which is only made where something was given back.
// Example: a credit of line 120 says that it charged 40 kopecks; in the second reading event 120 is
// a line of 41: a violation.
//
// Ownership: plain data. Memory: 160 bytes a line that gave back. Failures: in the report. Threads:
// one. Source: docs/rules.md "Corrections".
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    uint64_t line; // its sequence
    uint32_t row;  // of `claims`
} verify_line_t;

typedef struct {
    verify_report_t *report;
    table_t claims;        // a row a line that gave back
    verify_line_t *sorted; // by sequence, once the second reading has begun
    uint32_t next;         // of `sorted`: the next line to be looked at
} verify_lines_t;

void verify_lines_init(verify_lines_t *self, verify_report_t *report);
void verify_lines_release(verify_lines_t *self);

// Notes a credit, which has the sequence `sequence`.
void verify_lines_claim(verify_lines_t *self, uint64_t sequence,
                        const event_usage_credited_t *credit);

// Begins the second reading.
void verify_lines_begin(verify_lines_t *self);
// The sequence of the next line that is to be looked at; 0 when there is none.
uint64_t verify_lines_wanted(const verify_lines_t *self);
// The event of the sequence that is wanted; NULL if the journal has none that decodes.
void verify_lines_take(verify_lines_t *self, const event_t *event);
