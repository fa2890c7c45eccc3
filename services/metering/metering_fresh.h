#pragma once
// metering_fresh - which minutes of a replica are fresh, that is, still to be charged, and under
// which version of a tariff a minute is known.
//
// Example: a replica that runs under version 2 from 10:58:00 on has two fresh minutes of the hour
// from 10 to 11, both under version 2, until they are billed.
//
// Units: minutes as masks of an hour (metering_minutes.h). Ownership: reads the state, keeps
// nothing. Failures: none. Threads: one. What fresh means: metering_rows.h.
#include "services/metering/metering_rows.h"

// At most one version a minute.
typedef struct {
    unsigned count;
    struct {
        uint16_t version;
        mask_t mask;
    } of[HOUR_MINUTES];
} fresh_t;

// The replica's fresh minutes of an hour that start before `before`, by tariff version.
void fresh_of_hour(const metering_state_t *self, const replica_t *replica, uint32_t hour,
                   instant_t before, fresh_t *out);

// The same with the minutes of an open run that nobody vouches for (metering_evidence.h).
void fresh_told_of_hour(const metering_state_t *self, const replica_t *replica, uint32_t hour,
                        instant_t before, fresh_t *out);

// The next hour, newest first, of which *cell and the cells after it tell and that has something
// fresh; false at the end. A walk begins with the replica's first cell.
bool fresh_next(const metering_state_t *self, const replica_t *replica, uint32_t *cell,
                uint32_t *ret_hour, fresh_t *out);

// The billed minutes of an hour, by tariff version.
void fresh_billed(const metering_state_t *self, const replica_t *replica, uint32_t hour,
                  fresh_t *out);

// The version that a minute was accepted under from ticks, and the one that it is billed under; 0
// if it is not.
uint16_t fresh_version_ticked(const metering_state_t *self, const replica_t *replica,
                              instant_t minute);
uint16_t fresh_version_billed(const metering_state_t *self, const replica_t *replica,
                              instant_t minute);
// The version that the points say it runs under at that minute, 0 if it stands.
uint16_t fresh_version_running(const metering_state_t *self, const replica_t *replica,
                               instant_t minute);
