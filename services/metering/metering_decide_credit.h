#pragma once
// metering_decide_credit - what was billed and turns out not to be billable is given back: after a
// stop or a deletion that was told late.
//
// Example: a replica was billed up to 04:00, and at 04:05 it is said to have stopped at 00:35. The
// minutes from 00:35 on are taken back at once (usage.overbilled). Of each hour the line that
// charged them is recalled, and usage.credited gives back what they cost. What lies further back
// than the policy's `late` is not given back (usage.uncredited).
//
// A deletion may take back more than one decision has room for: then usage.taking_back says so, and
// the next ticks go on until all is taken back (`more`).
//
// A stop takes back no minute that was accepted from a tick, a deletion takes back all after it. A
// start takes back what was billed after it under another tariff, a tick its minute; what they took
// back is charged anew as late minutes, so they take back before their own event is applied.
// Failures: none. Threads: one. Source: docs/rules.md "Corrections".
#include "proto/core.h"
#include "services/metering/metering_masks.h"
#include "services/metering/metering_rows.h"

// After interval.closed: the replica stands from `at` until its next start.
void credit_stop(const metering_state_t *self, uint32_t replica, instant_t at, decision_t *out);
// Before interval.opened: the replica runs under that tariff from `at` until its next point.
void credit_start(const metering_state_t *self, uint32_t replica, instant_t at, uint16_t code,
                  decision_t *out);
// Before usage.accepted: minutes of ticks that are billed under another tariff. Sorts the entries.
void credit_ticks(masks_entry_t *entries, size_t count, decision_t *out);
// After the closings of the resource's meters.
void credit_deletion(const metering_state_t *self, const resource_t *resource, instant_t at,
                     decision_t *out);
// Goes on with the deletion that waits longest (credits_taking_back is not NULL).
void credit_deletion_more(const metering_state_t *self, decision_t *out);
// A line that was asked for has come, or there is none.
void credit_recalled(const metering_state_t *self, const recalled_t *recalled, decision_t *out);
