#pragma once
// opened_hour - an hour of a resource with its minutes and its charge lines: asked of metering, or
// read from its journal alone.
//
// From the journal, metering's state is built from the first event on and asked at the last moment
// at which it remembers the hour; all of the journal is checked on the way, up to its root. So both
// give the same where both can be had, and the journal also has hours of years ago.
// Carries are in 1/27 648 000 000 kopeck. Ownership: rows and lines are the value's own. Failures:
// said on stderr; an exit status. Threads: one. Source: docs/rules.md "The minutes of a line".
#include "proto/event.h"
#include "services/metering/metering_tariff.h"
#include "tools/kopeck/session.h"

typedef struct {
    uint64_t kind, version;
    char tariff[TARIFF_CODE_MAX + 1];
    kopecks_t price;
    uid_t16 replica;
    uint64_t billed, waiting; // masks, bit 0 the hour's first minute
} opened_row_t;

typedef struct {
    uint64_t sequence;
    uint64_t left;   // minutes that were not given back
    kopecks_t given; // given back
    instant_t at;
    event_usage_charged_t charged; // its tariff is the text here
    char tariff[TARIFF_CODE_MAX + 1];
} opened_line_t;

typedef struct {
    request_minutes_t asked; // account, resource, hour
    bool closed;
    instant_t vouched; // what waits from then on waits for the word of `producer`; 0 if none does
    uint64_t producer;
    opened_row_t *rows;
    size_t rows_count, rows_cap;
    opened_line_t *lines; // by sequence
    size_t lines_count, lines_cap;
} opened_hour_t;

int opened_hour_live(opened_hour_t *self, session_t *session);
int opened_hour_offline(opened_hour_t *self, const char *directory);
void opened_hour_release(opened_hour_t *self);

// The carry before a line, from what stands in it.
int64_t opened_hour_carry_before(const event_usage_charged_t *line);
// price x minutes in units of a carry.
int64_t opened_hour_cost(const event_usage_charged_t *line);
