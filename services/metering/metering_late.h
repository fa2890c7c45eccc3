#pragma once
// metering_late - which hours hold something to post, and which meters have something fresh that no
// closing of an hour will post: of hours that are closed, and of resources that are deleted.
//
// Example: the hour from 10 is closed. A tick of 10:07 comes: its meter is late until the line of
// what came late is posted. What is counted (metering_counts.h) is late likewise.
// Ownership: changes the state. Failures: none. Threads: one. Source: docs/rules.md "Late minutes".
#include "services/metering/metering_rows.h"

// Something of an hour that is not closed is to be posted.
void late_note_hour(metering_state_t *self, uint32_t hour);

static inline bool late_is(const metering_state_t *self, const meter_t *meter, uint32_t hour)
{
    return meter->closed || hour < self->closed;
}

// The first hour in which a deletion may find minutes that are not posted: of open hours, and of
// those that were closed without evidence of what the resource runs. HOUR_NONE if there is none.
uint32_t late_first_hour(const metering_state_t *self, const resource_t *resource);

// Brings meter->late and the order of late meters in line with what is fresh.
void late_settle(metering_state_t *self, uint32_t number);

// Late minutes are looked for by cells, so minutes that only points speak of get an empty one.
void late_mark_hour(metering_state_t *self, replica_t *replica, uint32_t hour);
