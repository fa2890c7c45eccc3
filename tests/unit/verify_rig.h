#pragma once
// verify_rig - histories made by the real cores, and faults planted into them: each checker must be
// silent about the history as it is, and must name each fault by the rule that it breaks.
//
// A fault changes a copy. Every rule that the checker checks must be broken by some fault, so a
// check that cannot fail does not pass. After the planted faults come fields overwritten at random:
// no journal, however wrong, may end the checker.
// Ownership: events' slices are the maker's. Threads: one.
#include "proto/event.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    event_t *events; // event i has the sequence i + 1
    size_t count, cap;
} history_t;

typedef struct {
    history_t of[STREAM_END]; // by stream
} histories_t;

typedef struct {
    const char *rule; // that it breaks
    void (*plant)(histories_t *histories);
} fault_t;

typedef void verify_rig_run_fn(const histories_t *histories, verify_report_t *report);

void history_add(history_t *self, const event_t *event);
// The n-th event of that type, from 0; the test fails if there is none.
event_t *history_event(const history_t *self, event_type_t type, size_t n);
uint64_t history_sequence(const history_t *self, const event_t *event);
// Takes an event away and leaves its place: one that says nothing.
void history_blank(event_t *event);
void histories_release(histories_t *self);

// Runs the checker on the history, then on a copy with each fault.
void verify_rig_faults(const histories_t *histories, verify_rig_run_fn *run, const fault_t *faults,
                       size_t count);
