#include "services/metering/metering_cells.h"
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

static bool ring_holds(const uint32_t *ring, uint32_t hour)
{
    uint32_t bit = hour % CELLS_RING_HOURS;
    return ring[bit / 32] >> bit % 32 & 1;
}

static void ring_set(uint32_t *ring, uint32_t hour, bool holds)
{
    uint32_t bit = hour % CELLS_RING_HOURS, mask = UINT32_C(1) << bit % 32;
    ring[bit / 32] = holds ? ring[bit / 32] | mask : ring[bit / 32] & ~mask;
}

bool cells_full(const cells_t *self, uint32_t hour)
{
    return hour >= self->from && hour - self->from < CELLS_RING_HOURS &&
           ring_holds(self->full, hour);
}

mask_t cells_ticked(const cells_t *self, const pool_t *pool, uint32_t hour)
{
    if (cells_full(self, hour))
        return ring_holds(self->ticked, hour) ? MASK_FULL : 0;
    mask_t ticked = 0;
    for (uint32_t n = cells_seek(self, pool, hour); n && cell_hour(cells_at(pool, n)) == hour;
         n = cells_at(pool, n)->next)
        if (!cell_billed(cells_at(pool, n)))
            ticked |= cell_mask(cells_at(pool, n));
    return ticked;
}

// Makes room for younger hours where the ring spoke of hours that matter no more.
static void turn_ring(cells_t *self, uint32_t oldest)
{
    for (uint32_t h = self->from; h < oldest && h - self->from < CELLS_RING_HOURS; h++)
        ring_set(self->full, h, false);
    if (self->from < oldest)
        self->from = oldest;
}

// --- changes ---

static cell_t *find_or_add_cell(cells_t *self, pool_t *pool, uint32_t hour, uint16_t version,
                                bool billed)
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

typedef enum { CELLS_EMPTY, CELLS_EMPTY_BILLED, CELLS_ALL } drop_t;

// Gives cells of the hour back.
static void drop_cells(cells_t *self, pool_t *pool, uint32_t hour, drop_t which)
{
    uint32_t *link = &self->first;
    while (*link && cell_hour(cells_at(pool, *link)) > hour)
        link = &((cell_t *)pool_row(pool, *link))->next;
    while (*link && cell_hour(cells_at(pool, *link)) == hour) {
        uint32_t number = *link;
        cell_t *cell = pool_row(pool, number);
        bool empty = !cell_mask(cell) && (which == CELLS_EMPTY || cell_billed(cell));
        if (empty || which == CELLS_ALL) {
            *link = cell->next;
            pool_give(pool, number);
        } else
            link = &cell->next;
    }
}

void cells_mark(cells_t *self, pool_t *pool, uint32_t hour, uint16_t version)
{
    (void)find_or_add_cell(self, pool, hour, version, false);
}

// The tariff of the hour's billed cells, 0 if they are of several.
static uint16_t code_of_hour(const cells_t *self, const pool_t *pool, const tariffs_t *tariffs,
                             uint32_t hour)
{
    uint16_t code = 0;
    for (uint32_t n = cells_seek(self, pool, hour); n && cell_hour(cells_at(pool, n)) == hour;
         n = cells_at(pool, n)->next) {
        if (!cell_billed(cells_at(pool, n)))
            continue;
        uint16_t of_cell = tariff_version(tariffs, cell_version(cells_at(pool, n)))->code;
        if (code && code != of_cell)
            return 0;
        code = of_cell;
    }
    return code;
}

static bool ring_is_empty(const cells_t *self)
{
    for (size_t i = 0; i < CELLS_RING_HOURS / 32; i++)
        if (self->full[i])
            return false;
    return true;
}

// May the ring tell all that the hour's cells tell?
static bool may_be_full(const cells_t *self, const pool_t *pool, uint32_t hour, uint16_t code)
{
    mask_t ticked = cells_ticked(self, pool, hour);
    return cells_billed(pool, cells_seek(self, pool, hour), hour) == MASK_FULL && code &&
           (ring_is_empty(self) || code == self->code) && (!ticked || ticked == MASK_FULL) &&
           hour >= self->from && hour - self->from < CELLS_RING_HOURS;
}

// Gives a full hour its cells again.
static void unfold(cells_t *self, pool_t *pool, const tariffs_t *tariffs, uint32_t hour)
{
    bool ticked = cells_ticked(self, pool, hour) == MASK_FULL;
    ring_set(self->full, hour, false);
    for (unsigned i = 0; i < HOUR_MINUTES; i++) {
        instant_t minute = hour_start(hour) + i * MINUTE_US;
        uint16_t version = tariff_at(tariffs, self->code, minute);
        find_or_add_cell(self, pool, hour, version, true)->bits |= mask_of(minute);
        if (ticked)
            find_or_add_cell(self, pool, hour, version, false)->bits |= mask_of(minute);
    }
}

// Lets the ring tell of the hour if it may; else gives back its empty cells.
static void fold_hour(cells_t *self, pool_t *pool, const tariffs_t *tariffs, uint32_t hour)
{
    uint16_t code = code_of_hour(self, pool, tariffs, hour);
    bool full = may_be_full(self, pool, hour, code);
    if (full) {
        ring_set(self->ticked, hour, cells_ticked(self, pool, hour) == MASK_FULL);
        ring_set(self->full, hour, true);
        self->code = code;
    }
    drop_cells(self, pool, hour, full ? CELLS_ALL : CELLS_EMPTY);
}

void cells_bill(cells_t *self, pool_t *pool, const tariffs_t *tariffs, uint32_t oldest,
                uint32_t hour, uint16_t version, mask_t mask)
{
    find_or_add_cell(self, pool, hour, version, true)->bits |= mask;
    turn_ring(self, oldest);
    fold_hour(self, pool, tariffs, hour);
}

void cells_accept(cells_t *self, pool_t *pool, const tariffs_t *tariffs, uint32_t hour,
                  uint16_t version, mask_t mask)
{
    if (cells_full(self, hour))
        unfold(self, pool, tariffs, hour);
    cell_t *accepted = find_or_add_cell(self, pool, hour, version, false);
    for (uint32_t n = cells_seek(self, pool, hour); n && cell_hour(cells_at(pool, n)) == hour;
         n = cells_at(pool, n)->next)
        if (!cell_billed(cells_at(pool, n)))
            ((cell_t *)pool_row(pool, n))->bits &= ~mask;
    accepted->bits |= mask;
    if (cells_billed(pool, cells_seek(self, pool, hour), hour) == MASK_FULL)
        fold_hour(self, pool, tariffs, hour); // told of after it was billed
}

void cells_take_back(cells_t *self, pool_t *pool, const tariffs_t *tariffs, uint32_t hour,
                     uint16_t version, mask_t mask)
{
    if (cells_full(self, hour))
        unfold(self, pool, tariffs, hour);
    find_or_add_cell(self, pool, hour, version, true)->bits &= ~mask;
    drop_cells(self, pool, hour, CELLS_EMPTY_BILLED); // a mark may have something to post still
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
