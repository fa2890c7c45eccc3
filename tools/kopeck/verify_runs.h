#pragma once
// verify_runs - what ran, as a journal of metering tells it: meters and replicas by their numbers,
// what is forgotten of them, and the minutes that there is evidence of.
//
// Evidence: minutes of closed and running intervals, and of accepted ticks. A running interval
// counts up to the newest hour billed, and no further than its producer vouches for
// (verify_evidence.h). Where a replica's intervals were told out of order the meter's evidence is
// not counted up (they may be less than they look). A stop that lies before what is billed of an
// interval, and behind its beginning, ends it: then there is no evidence of any of it.
// Memory: 108 bytes a meter, 40 a replica. Failures: in the report. Threads: one.
// Source: docs/rules.md "Billable minute", "Evidence of a run".
#include "services/base/table.h"
#include "tools/kopeck/verify_evidence.h"

typedef struct {
    verify_report_t *report;
    table_t meters, replicas; // numbered densely from 1: number n is row n - 1
    verify_evidence_t evidence;
    struct { // what came too late of the item that is being told
        uint64_t replica, minutes;
        cause_t item;
    } lost;
} verify_runs_t;

typedef struct {
    uid_t16 key; // made of its number
    uid_t16 account, resource;
    int64_t carry;
    uint64_t kind, replicas;
    instant_t hour;        // the newest billed
    uint64_t hour_minutes; // billed of it
    uint64_t billed;       // minutes, of all hours
    uint64_t evidence;     // minutes of ended intervals and of ticks
    uint64_t running;      // replicas with an open interval
    int64_t running_from;  // sum of their first minutes
    instant_t newest;      // start of them all
    instant_t reach;       // end of the newest hour billed: what runs counts up to it
    uint64_t owed;         // taken back and not given back yet, minutes
    bool closed, unordered;
    bool forgotten; // its number is free
} verify_meter_t;

typedef struct {
    uid_t16 key; // made of its number
    uint32_t meter;
    bool running;
    bool forgotten;  // its number is free
    instant_t from;  // of the open interval, as it is billed
    instant_t began; // where it was told too late: before `from`
} verify_replica_t;

void verify_runs_init(verify_runs_t *self, verify_report_t *report);
void verify_runs_release(verify_runs_t *self);
// What is no charge, credit or closing.
void verify_runs_feed(verify_runs_t *self, uint64_t sequence, const event_t *event);
// A deletion ends what runs.
void verify_runs_end_all(verify_meter_t *meter, instant_t at);

// NULL after a violation.
verify_meter_t *verify_runs_meter(verify_runs_t *self, uint64_t sequence, uint64_t number);
verify_replica_t *verify_runs_replica(verify_runs_t *self, uint64_t sequence, uint64_t number);
// Where what is billed of the replica ended by a stop at that instant: there, or later where its
// start was told too late.
instant_t verify_runs_stopped(const verify_replica_t *replica, instant_t at);
// Of instants within it every sum of minutes fits.
bool verify_runs_is_instant(verify_runs_t *self, uint64_t sequence, instant_t at);
// Is no more billed than there is evidence of? `told`: the resource is deleted, which is evidence.
bool verify_runs_has_evidence(const verify_runs_t *self, const verify_meter_t *meter, bool told);
