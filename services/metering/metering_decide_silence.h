#pragma once
// metering_decide_silence - what becomes of the runs of a producer that does not speak: they are
// billed as far as there is evidence (metering_evidence.h), and end when there will be none.
//
// Example: the hour from 10 is about to be closed, and 101 has said 10:40: usage.bounded comes
// before the hour's lines. Says it nothing until the policy's `late` is over, or is it retired:
// usage.ended, and what it runs has ended at 10:40.
// What was billed in hours that are closed stays: `until` is never before the hour's start.
//
// Ownership: reads the state, adds events. Failures: none. Threads: one.
// Source: docs/rules.md "Evidence of a run".
#include "proto/core.h"
#include "services/metering/metering_rows.h"

// Before the lines of that hour: every row that is not vouched for up to its end is bounded.
void silence_bound(const metering_state_t *self, uint32_t hour, decision_t *out);
// When the runs of some bounded row end, INT64_MAX if none will.
instant_t silence_ends_at(const metering_state_t *self);
void silence_end(const metering_state_t *self, instant_t now, decision_t *out);
// Before the producer is retired: nobody is left to vouch for what it runs.
void silence_retire(const metering_state_t *self, stream_t producer, instant_t now,
                    decision_t *out);
