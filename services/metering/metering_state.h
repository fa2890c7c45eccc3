#pragma once
// metering_state - metering's state as a whole: made, changed by the events of the journal,
// released.
//
// metering_state_apply stores and adds what an event says and knows no rule. Example: for a
// usage.charged it marks the line's minutes as billed and takes over the remainder that the event
// states; it computes no price.
//
// Ownership: metering_state_create gives, metering_state_destroy takes (also NULL). Failures: ends
// the process by assert when memory is out, or when the journal does not fold. Threads: one.
#include "services/metering/metering_rows.h"

void *metering_state_create(const void *settings);
void metering_state_destroy(void *state);
void metering_state_apply(void *state, const event_t *event, uint64_t sequence);
// All of it that is the fold (services/base/walk.h).
void metering_state_walk(void *state, walk_t *walk);
