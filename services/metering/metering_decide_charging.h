#pragma once
// metering_decide_charging - which charge lines are due: of an hour that is over, of a deleted
// resource, of late minutes; and which rows may be forgotten. Reads the state, adds events, changes
// nothing.
//
// A line is one meter's minutes of one hour under one version of a tariff. Lines come in the order
// of account, resource, kind, tariff version, hour. Example: two replicas ran from 10:00 to 10:30;
// at the closing of that hour their meter has one line of 60 minutes.
//
// A decision has room for DECISION_EVENTS_MAX events. A tick that needs more sets `more`, and the
// next call goes on where the events have brought the state: late minutes that were posted are late
// no more, and an hour goes on behind the last meter posted. A deletion that needs more room closes
// the meter all the same; what was not posted is late from then on, and follows at the next tick.
// Other late minutes wait for each other until the next closing that the clock allows.
// Failures: none. Threads: one.
#include "proto/core.h"
#include "services/metering/metering_rows.h"

// Late lines first, then what may be forgotten, then the lines of the next hour if it is over,
// settled and passed by `through`.
void charging_tick(const metering_state_t *self, const input_t *input, decision_t *out);

// All fresh minutes before `at` of the resource's meters, and their closing.
void charging_deletion(const metering_state_t *self, const resource_t *resource, instant_t at,
                       decision_t *out);

// The resource turns out to have been deleted earlier than was said: its meters are closed anew.
void charging_deletion_earlier(const metering_state_t *self, const resource_t *resource,
                               instant_t at, decision_t *out);

// The next instant at which charging_tick would do something; INT64_MAX until `through` arrives.
instant_t charging_wake(const metering_state_t *self, instant_t now);
