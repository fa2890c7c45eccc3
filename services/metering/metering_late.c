#include "services/metering/metering_late.h"
#include <assert.h>
#include "services/metering/metering_counts.h"
#include "services/metering/metering_evidence.h"
#include "services/metering/metering_fresh.h"
#include "services/metering/metering_hours.h"

void late_note_hour(metering_state_t *self, uint32_t hour)
{
    assert(hour >= self->closed);
    if (hours_next(self) == HOUR_NONE)
        self->low = self->high = hour;
    if (hour < self->low)
        self->low = hour;
    if (hour > self->high)
        self->high = hour;
}

uint32_t late_first_hour(const metering_state_t *self, const resource_t *resource)
{
    instant_t until = evidence_until(self, resource);
    uint32_t first = self->low, oldest = rows_oldest_hour(self);
    if (until < EVIDENCE_ALL && hour_of(until) < first)
        first = hour_of(until) > oldest ? hour_of(until) : oldest;
    return first;
}

static bool has_late(const metering_state_t *self, const meter_t *meter)
{
    fresh_t fresh;
    uint32_t hour;
    if (!meter->closed && self->closed == 0)
        return false;
    for (uint32_t r = rows_busy_first(self, meter); r; r = rows_busy_next(self, r)) {
        const replica_t *replica = rows_replica(self, r);
        uint32_t cell = meter->closed ? replica->cells.first
                                      : cells_seek(&replica->cells, &self->cells, self->closed - 1);
        if (fresh_next(self, replica, &cell, &hour, &fresh))
            return true;
    }
    for (uint32_t n = meter->counts; n; n = rows_count(self, n)->next_of_meter)
        if (counts_fresh(rows_count(self, n)) && late_is(self, meter, rows_count(self, n)->hour))
            return true;
    return false;
}

void late_settle(metering_state_t *self, uint32_t number)
{
    meter_t *meter = rows_meter(self, number);
    bool late = has_late(self, meter);
    if (late == meter->late)
        return;
    meter->late = late;
    if (late)
        order_add(&self->late, number);
    else
        order_remove(&self->late, number);
}

void late_mark_hour(metering_state_t *self, replica_t *replica, uint32_t hour)
{
    fresh_t fresh;
    fresh_of_hour(self, replica, hour, DELETED_NEVER, &fresh);
    for (unsigned i = 0; i < fresh.count; i++)
        cells_mark(&replica->cells, &self->cells, hour, fresh.of[i].version);
}
