#include "services/metering/metering_hours.h"

instant_t hours_through(const metering_state_t *self)
{
    instant_t through = INT64_MAX;
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].through < through)
            through = self->producers[i].through;
    return self->producers_count ? through : INT64_MIN;
}

instant_t hours_producer_through(const metering_state_t *self, stream_t producer)
{
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].producer == producer)
            return self->producers[i].through;
    return INT64_MIN;
}

stream_t hours_producer_waited_for(const metering_state_t *self)
{
    uint32_t hour = hours_next(self);
    instant_t through = hours_through(self);
    if (hour == HOUR_NONE || through >= hour_start(hour) + HOUR_US)
        return STREAM_NONE;
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].through == through)
            return self->producers[i].producer;
    return STREAM_NONE;
}

// Has one who is of another owner passed the instant that this one has not?
static bool has_passed(const metering_state_t *self, const producer_t *behind, instant_t end)
{
    const owners_t *owners = &self->owners;
    uint32_t row = owners_find(owners, behind->producer);
    text_t name = {owners->rows[row].name, owners->rows[row].size};
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].through >= end) {
            uint32_t other = owners_find(owners, self->producers[i].producer);
            if (!row || !other || !owners_share(owners, other, row, name))
                return true;
        }
    return false;
}

instant_t hours_closes_at(const metering_state_t *self, uint32_t hour)
{
    instant_t end = hour_start(hour) + HOUR_US;
    instant_t settle = (instant_t)self->policy.settle_us, wait = (instant_t)self->quotas.wait_us;
    if (!self->producers_count)
        return INT64_MAX;
    bool waits = false;
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].through < end) {
            if (!has_passed(self, &self->producers[i], end))
                return INT64_MAX;
            waits = true;
        }
    return end + (waits && wait > settle ? wait : settle);
}

instant_t hours_late_at(const metering_state_t *self)
{
    if (order_empty(&self->late))
        return INT64_MAX;
    return (self->late_since / HOUR_US + 1) * HOUR_US + (instant_t)self->policy.settle_us;
}

bool hours_is_passed_over(const metering_state_t *self, const producer_t *producer)
{
    return producer->through < hour_start(self->closed);
}

uint32_t hours_next(const metering_state_t *self)
{
    return self->low <= self->high || (self->running && self->low != HOUR_NONE) ? self->low
                                                                                : HOUR_NONE;
}
