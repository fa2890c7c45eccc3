#include "services/metering/metering_fresh.h"
#include "services/metering/metering_evidence.h"

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
static void fresh_add_code(const metering_state_t *self, fresh_t *out, uint16_t code, uint32_t hour,
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

// `first` is the hour's first cell, or one of an older hour if it has none. `vouched`: an open run
// counts as far as there is evidence of it.
static void fresh_at(const metering_state_t *self, const replica_t *replica, uint32_t first,
                     uint32_t hour, instant_t before, bool vouched, fresh_t *out)
{
    out->count = 0;
    if (!replica->meter || cells_full(&replica->cells, hour))
        return;
    const resource_t *resource = rows_resource(self, rows_meter(self, replica->meter)->resource);
    instant_t deleted = resource->deleted, upper = before < deleted ? before : deleted;
    instant_t until = vouched && deleted == DELETED_NEVER ? evidence_until(self, resource) : upper;
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
        instant_t to = n == replica->points && until < upper ? until : upper; // the newest is open
        if (point->code && to > hour_start(hour))
            fresh_add_code(self, out, point->code, hour,
                           mask_between(hour, point->from, to) & ~taken);
        if (point->at < upper)
            upper = point->at;
        n = point->next;
    }
}

void fresh_of_hour(const metering_state_t *self, const replica_t *replica, uint32_t hour,
                   instant_t before, fresh_t *out)
{
    fresh_at(self, replica, cells_seek(&replica->cells, &self->cells, hour), hour, before, true,
             out);
}

void fresh_told_of_hour(const metering_state_t *self, const replica_t *replica, uint32_t hour,
                        instant_t before, fresh_t *out)
{
    fresh_at(self, replica, cells_seek(&replica->cells, &self->cells, hour), hour, before, false,
             out);
}

bool fresh_next(const metering_state_t *self, const replica_t *replica, uint32_t *cell,
                uint32_t *ret_hour, fresh_t *out)
{
    while (*cell) {
        uint32_t first = *cell, hour = cell_hour(cells_at(&self->cells, first));
        while (*cell && cell_hour(cells_at(&self->cells, *cell)) == hour)
            *cell = cells_at(&self->cells, *cell)->next;
        fresh_at(self, replica, first, hour, DELETED_NEVER, true, out);
        if (out->count) {
            *ret_hour = hour;
            return true;
        }
    }
    return false;
}

void fresh_billed(const metering_state_t *self, const replica_t *replica, uint32_t hour,
                  fresh_t *out)
{
    out->count = 0;
    if (cells_full(&replica->cells, hour)) {
        fresh_add_code(self, out, replica->cells.code, hour, MASK_FULL);
        return;
    }
    for (uint32_t n = cells_seek(&replica->cells, &self->cells, hour);
         n && cell_hour(cells_at(&self->cells, n)) == hour; n = cells_at(&self->cells, n)->next)
        if (cell_billed(cells_at(&self->cells, n)))
            fresh_add(out, cell_version(cells_at(&self->cells, n)),
                      cell_mask(cells_at(&self->cells, n)));
}

static uint16_t version_in_cells(const metering_state_t *self, const replica_t *replica,
                                 instant_t minute, bool billed)
{
    uint32_t hour = hour_of(minute);
    for (uint32_t n = cells_seek(&replica->cells, &self->cells, hour); n;) {
        const cell_t *cell = cells_at(&self->cells, n);
        if (cell_hour(cell) != hour)
            break;
        if (cell_billed(cell) == billed && (cell_mask(cell) & mask_of(minute)))
            return cell_version(cell);
        n = cell->next;
    }
    return 0;
}

uint16_t fresh_version_ticked(const metering_state_t *self, const replica_t *replica,
                              instant_t minute)
{
    if (!cells_full(&replica->cells, hour_of(minute)))
        return version_in_cells(self, replica, minute, false);
    return cells_ticked(&replica->cells, &self->cells, hour_of(minute))
               ? tariff_at(&self->tariffs, replica->cells.code, minute)
               : 0;
}

uint16_t fresh_version_billed(const metering_state_t *self, const replica_t *replica,
                              instant_t minute)
{
    return cells_full(&replica->cells, hour_of(minute))
               ? tariff_at(&self->tariffs, replica->cells.code, minute)
               : version_in_cells(self, replica, minute, true);
}

uint16_t fresh_version_running(const metering_state_t *self, const replica_t *replica,
                               instant_t minute)
{
    for (uint32_t n = replica->points; n;) {
        const point_t *point = pool_row(&self->points, n);
        if (point->at <= minute)
            return point->code ? tariff_at(&self->tariffs, point->code, minute) : 0;
        n = point->next;
    }
    return 0;
}
