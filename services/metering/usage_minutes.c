#include "services/metering/usage.h"
#include <assert.h>

// The part of usage that reads: what is fresh, and which hour is to be closed next.

// --- what is fresh ---

static void fresh_add(fresh_t *self, uint16_t version, mask_t mask)
{
    if (!mask)
        return;
    for (unsigned i = 0; i < self->count; i++)
        if (self->of[i].version == version) {
            self->of[i].mask |= mask;
            return;
        }
    self->of[self->count].version = version;
    self->of[self->count++].mask = mask;
}

// Minutes under one tariff, split by the versions that price them.
static void fresh_add_code(const metering_t *self, fresh_t *out, uint16_t code, uint32_t hour,
                           mask_t mask)
{
    while (mask) {
        instant_t first = hour_start(hour) + __builtin_ctzll(mask) * MINUTE_US;
        instant_t last = hour_start(hour) + (63 - __builtin_clzll(mask)) * MINUTE_US;
        uint16_t version = tariff_at(&self->tariffs, code, first);
        mask_t part = mask;
        if (tariff_at(&self->tariffs, code, last) != version) // rare: a minute at a time
            part = mask_of(first);
        if (version)
            fresh_add(out, version, part);
        mask &= ~part;
    }
}

// `first` is the hour's first cell, or one of an older hour if it has none.
static void fresh_at(const metering_t *self, const replica_t *replica, uint32_t first,
                     uint32_t hour, instant_t before, fresh_t *out)
{
    out->count = 0;
    if (!replica->meter || cells_full(&replica->cells, hour))
        return;
    instant_t deleted = usage_resource(self, usage_meter(self, replica->meter)->resource)->deleted;
    instant_t upper = before < deleted ? before : deleted;
    mask_t billed = cells_billed(&self->cells, first, hour), taken = billed;
    mask_t allowed = mask_below(hour, upper) & ~billed;
    for (uint32_t n = first; n;) {
        const cell_t *cell = cells_at(&self->cells, n);
        if (cell_hour(cell) != hour)
            break;
        if (!cell_billed(cell))
            fresh_add(out, cell_version(cell), cell_mask(cell) & allowed);
        taken |= cell_mask(cell);
        n = cell->next;
    }
    for (uint32_t n = replica->points; n && upper > hour_start(hour);) {
        const point_t *point = pool_row(&self->points, n);
        if (point->code)
            fresh_add_code(self, out, point->code, hour,
                           mask_between(hour, point->at, upper) & ~taken);
        if (point->at < upper)
            upper = point->at;
        n = point->next;
    }
}

void usage_fresh(const metering_t *self, const replica_t *replica, uint32_t hour, instant_t before,
                 fresh_t *out)
{
    fresh_at(self, replica, cells_seek(&replica->cells, &self->cells, hour), hour, before, out);
}

bool usage_fresh_next(const metering_t *self, const replica_t *replica, uint32_t *cell,
                      uint32_t *ret_hour, fresh_t *out)
{
    while (*cell) {
        uint32_t first = *cell, hour = cell_hour(cells_at(&self->cells, first));
        while (*cell && cell_hour(cells_at(&self->cells, *cell)) == hour)
            *cell = cells_at(&self->cells, *cell)->next;
        fresh_at(self, replica, first, hour, DELETED_NEVER, out);
        if (out->count) {
            *ret_hour = hour;
            return true;
        }
    }
    return false;
}

uint16_t usage_accepted_under(const metering_t *self, const replica_t *replica, instant_t minute)
{
    uint32_t hour = hour_of(minute);
    if (cells_full(&replica->cells, hour))
        return UINT16_MAX;
    for (uint32_t n = cells_seek(&replica->cells, &self->cells, hour); n;) {
        const cell_t *cell = cells_at(&self->cells, n);
        if (cell_hour(cell) != hour)
            break;
        if (cell_mask(cell) & mask_of(minute))
            return cell_version(cell);
        n = cell->next;
    }
    return 0;
}

uint16_t usage_runs_under(const metering_t *self, const replica_t *replica, instant_t minute)
{
    for (uint32_t n = replica->points; n;) {
        const point_t *point = pool_row(&self->points, n);
        if (point->at <= minute)
            return point->code ? tariff_at(&self->tariffs, point->code, minute) : 0;
        n = point->next;
    }
    return 0;
}

// --- hours to close ---

instant_t usage_through(const metering_t *self)
{
    instant_t through = INT64_MAX;
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].through < through)
            through = self->producers[i].through;
    return self->producers_count ? through : INT64_MIN;
}

instant_t usage_producer_through(const metering_t *self, stream_t producer)
{
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].producer == producer)
            return self->producers[i].through;
    return INT64_MIN;
}

stream_t usage_waits_for(const metering_t *self)
{
    uint32_t hour = usage_next_hour(self);
    instant_t through = usage_through(self);
    if (hour == HOUR_NONE || through >= hour_start(hour) + HOUR_US)
        return STREAM_NONE;
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].through == through)
            return self->producers[i].producer;
    return STREAM_NONE;
}

uint32_t usage_next_hour(const metering_t *self)
{
    return self->low <= self->high || (self->running && self->low != HOUR_NONE) ? self->low
                                                                                : HOUR_NONE;
}
