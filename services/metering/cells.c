#include "services/metering/cells.h"
#include "services/metering/tariff.h"
#include <assert.h>

#define BILLED (UINT64_C(1) << 63)
static_assert(TARIFF_VERSIONS_MAX <= 1 << CELLS_VERSION_BITS, "a cell holds any version");
static_assert(INSTANT_LAST / HOUR_US < INT64_C(1) << (32 - CELLS_VERSION_BITS),
              "a cell holds any hour");

uint32_t cells_seek(const cells_t *self, const pool_t *pool, uint32_t hour)
{
    uint32_t n = self->first;
    while (n && cell_hour(cells_at(pool, n)) > hour)
        n = cells_at(pool, n)->next;
    return n;
}

mask_t cells_billed(const pool_t *pool, uint32_t first, uint32_t hour)
{
    mask_t billed = 0;
    for (uint32_t n = first; n && cell_hour(cells_at(pool, n)) == hour; n = cells_at(pool, n)->next)
        if (cell_billed(cells_at(pool, n)))
            billed |= cell_mask(cells_at(pool, n));
    return billed;
}

// --- the ring of full hours ---

bool cells_full(const cells_t *self, uint32_t hour)
{
    uint32_t bit = hour % CELLS_RING_HOURS;
    return hour >= self->from && hour - self->from < CELLS_RING_HOURS &&
           self->full[bit / 32] >> bit % 32 & 1;
}

// Makes room for younger hours where the ring spoke of hours that matter no more.
static void turn_ring(cells_t *self, uint32_t oldest)
{
    for (uint32_t h = self->from; h < oldest && h - self->from < CELLS_RING_HOURS; h++)
        self->full[h % CELLS_RING_HOURS / 32] &= ~(UINT32_C(1) << h % 32);
    if (self->from < oldest)
        self->from = oldest;
}

// --- changes ---

static cell_t *need(cells_t *self, pool_t *pool, uint32_t hour, uint16_t version, bool billed)
{
    assert(version && version <= TARIFF_VERSIONS_MAX);
    uint32_t when = hour << CELLS_VERSION_BITS | (version - 1u);
    uint32_t before = 0, n = self->first;
    for (; n && cells_at(pool, n)->when >= when; before = n, n = cells_at(pool, n)->next)
        if (cells_at(pool, n)->when == when && cell_billed(cells_at(pool, n)) == billed)
            return pool_row(pool, n);
    uint32_t number = pool_take(pool);
    cell_t *cell = pool_row(pool, number);
    *cell = (cell_t){.bits = billed ? BILLED : 0, .when = when, .next = n};
    if (before)
        ((cell_t *)pool_row(pool, before))->next = number;
    else
        self->first = number;
    return cell;
}

// Gives back the hour's accepted cells that hold nothing but billed minutes, or all its cells.
static void drop(cells_t *self, pool_t *pool, uint32_t hour, mask_t billed, bool all)
{
    uint32_t *link = &self->first;
    while (*link && cell_hour(cells_at(pool, *link)) > hour)
        link = &((cell_t *)pool_row(pool, *link))->next;
    while (*link && cell_hour(cells_at(pool, *link)) == hour) {
        uint32_t number = *link;
        cell_t *cell = pool_row(pool, number);
        if (all || (!cell_billed(cell) && !(cell_mask(cell) & ~billed))) {
            *link = cell->next;
            pool_give(pool, number);
        } else
            link = &cell->next;
    }
}

void cells_accept(cells_t *self, pool_t *pool, uint32_t hour, uint16_t version, mask_t mask)
{
    need(self, pool, hour, version, false)->bits |= mask;
}

void cells_bill(cells_t *self, pool_t *pool, uint32_t oldest, uint32_t hour, uint16_t version,
                mask_t mask)
{
    need(self, pool, hour, version, true)->bits |= mask;
    mask_t billed = cells_billed(pool, cells_seek(self, pool, hour), hour);
    turn_ring(self, oldest);
    bool full = billed == MASK_FULL && hour >= self->from && hour - self->from < CELLS_RING_HOURS;
    if (full)
        self->full[hour % CELLS_RING_HOURS / 32] |= UINT32_C(1) << hour % 32;
    drop(self, pool, hour, billed, full);
}

void cells_drop_before(cells_t *self, pool_t *pool, uint32_t hour)
{
    uint32_t *link = &self->first;
    while (*link && cell_hour(cells_at(pool, *link)) >= hour)
        link = &((cell_t *)pool_row(pool, *link))->next;
    uint32_t n = *link;
    *link = 0;
    while (n) {
        uint32_t next = cells_at(pool, n)->next;
        pool_give(pool, n);
        n = next;
    }
}
