#pragma once
// charging - which charge lines are due: of an hour that is over, of a deleted resource, of late
// minutes; and which rows may be forgotten. Reads the state, adds events, changes nothing.
//
// Lines of one pass come in the order (account, resource, kind, tariff version, hour). A decision
// has room for DECISION_EVENTS_MAX events; a tick that needs more sets `more`, and goes on from
// what the events before it changed: late minutes that are posted are late no more, and an hour's
// walk stands at the last meter posted. A deletion that needs more closes the meter all the same;
// the rest is then late and follows at the next tick.
#include "proto/core.h"
#include "services/metering/usage.h"

// Late lines first, then what may be forgotten, then the lines of the next hour if it is over,
// settled and passed by `through`.
void charging_tick(const metering_t *self, instant_t now, decision_t *out);

// All fresh minutes before `at` of the resource's meters, and their closing.
void charging_deletion(const metering_t *self, const resource_t *resource, instant_t at,
                       decision_t *out);

// The next instant at which charging_tick would do something; INT64_MAX until `through` arrives.
instant_t charging_wake(const metering_t *self, instant_t now);
