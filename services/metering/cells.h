#pragma once
// cells - what is known of a replica's minutes hour by hour: accepted from ticks, or billed.
//
//   cells  a mask of minutes of one hour under one tariff version, either accepted or billed. A
//          minute that is billed counts as accepted too. An accepted cell may be empty: it marks an
//          hour that has something to post.
//   full   a ring of one bit an hour: all 60 minutes are billed; such an hour has no cells. It
//          speaks of CELLS_RING_HOURS from the oldest hour that matters on; beyond it cells are
//          kept.
// Cells of a replica form a list, newest hour first. A cell is 16 bytes: what a closed hour costs
// that was not full. Cells lie in a pool that all replicas share; pointers to them are valid until
// the next call that changes any.
// Hours are whole hours since the epoch. Source: the billing rules, (d) "Representation".
#include "services/metering/minutes.h"
#include "services/metering/pool.h"

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

void cells_accept(cells_t *self, pool_t *pool, uint32_t hour, uint16_t version, mask_t mask);
// `oldest` is the oldest hour that matters from now on; it never goes back.
void cells_bill(cells_t *self, pool_t *pool, uint32_t oldest, uint32_t hour, uint16_t version,
                mask_t mask);
// Gives back the cells of all hours before that one: UINT32_MAX leaves none.
void cells_drop_before(cells_t *self, pool_t *pool, uint32_t hour);
