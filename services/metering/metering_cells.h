#pragma once
// metering_cells - what is known of a replica's minutes hour by hour: accepted from ticks, or
// billed.
//
//   cells  A cell is a mask of minutes of one hour under one tariff version. The minutes are either
//          accepted or billed. A minute is accepted under one version at most, and billed under
//          one at most. An accepted cell may be empty: it marks an hour that has something to
//          post.
//   full   A ring with one bit an hour says that all 60 minutes are billed, under one tariff;
//          such an hour has no cells. A second ring says of such an hour that all its minutes were
//          accepted from ticks too; without that bit none was. The ring covers CELLS_RING_HOURS
//          from the oldest hour that matters on. Hours beyond it, of another tariff, and those that
//          ticks tell of in part keep their cells.
// Example: a replica that ran for a whole day has 24 bits set and no cell. One that stopped at
// 10:20 has one billed cell of 20 minutes for that hour. Of an hour that is not full the accepted
// cells stay, since what ticks told of no late stop takes back. Cells of a replica form a list,
// newest hour first. A cell is 16 bytes: what a closed hour costs that was not full. Cells lie in a
// pool that all replicas share; pointers to them are valid until the next call that changes any.
// Hours are whole hours since the epoch. Source: docs/rules.md "Each minute once".
#include "services/metering/metering_minutes.h"
#include "services/metering/metering_tariff.h"
#include "services/base/pool.h"

enum { CELLS_RING_HOURS = 96, CELLS_VERSION_BITS = 10 };

typedef struct {
    uint64_t bits; // the mask; the top bit says billed
    uint32_t when; // hour and version, so that cells compare by it
    uint32_t next;
} cell_t;

typedef struct {
    uint32_t first; // cell
    uint32_t from;  // the ring speaks of the hours from this one on
    uint32_t full[CELLS_RING_HOURS / 32];
    uint32_t ticked[CELLS_RING_HOURS / 32];
    uint16_t code; // the tariff of the full hours
} cells_t;

static inline const cell_t *cells_at(const pool_t *pool, uint32_t number)
{
    return pool_row(pool, number);
}
static inline uint32_t cell_hour(const cell_t *self)
{
    return self->when >> CELLS_VERSION_BITS;
}
static inline uint16_t cell_version(const cell_t *self)
{
    return (uint16_t)((self->when & ((1u << CELLS_VERSION_BITS) - 1)) + 1);
}
static inline mask_t cell_mask(const cell_t *self)
{
    return self->bits & MASK_FULL;
}
static inline bool cell_billed(const cell_t *self)
{
    return self->bits >> 63;
}

// The first cell of an hour or, if it has none, of the next older one; 0 if there is none.
uint32_t cells_seek(const cells_t *self, const pool_t *pool, uint32_t hour);
bool cells_full(const cells_t *self, uint32_t hour);
// Billed minutes of the hour that has its first cell there.
mask_t cells_billed(const pool_t *pool, uint32_t first, uint32_t hour);
// Minutes of an hour that were accepted from ticks.
mask_t cells_ticked(const cells_t *self, const pool_t *pool, uint32_t hour);

// These minutes are accepted from ticks; of other versions they are taken away.
void cells_accept(cells_t *self, pool_t *pool, const tariffs_t *tariffs, uint32_t hour,
                  uint16_t version, mask_t mask);
// The hour has something to post.
void cells_mark(cells_t *self, pool_t *pool, uint32_t hour, uint16_t version);
// `oldest` is the oldest hour that matters from now on; it never goes back.
void cells_bill(cells_t *self, pool_t *pool, const tariffs_t *tariffs, uint32_t oldest,
                uint32_t hour, uint16_t version, mask_t mask);
// These minutes of the hour, billed under that version, are billed no more.
void cells_take_back(cells_t *self, pool_t *pool, const tariffs_t *tariffs, uint32_t hour,
                     uint16_t version, mask_t mask);
// Gives back the cells of all hours before that one: UINT32_MAX leaves none.
void cells_drop_before(cells_t *self, pool_t *pool, uint32_t hour);
