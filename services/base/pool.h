#pragma once
// pool - small equal rows handed out and taken back by number, for lists that hang on the rows of a
// table. Numbers count from 1, so 0 ends a list. A row pointer is valid until the next pool_take.
// The number handed out depends only on the order of calls. Memory: grows by half; ends the
// process by assert when memory is out.
#include "proto/types.h"
#include "services/base/walk.h"

typedef struct {
    uint8_t *rows;
    uint32_t row_size, cap;
    uint32_t count, used; // rows ever taken, of these not given back
    uint32_t free;        // a free row begins with the number of the next free one
} pool_t;

void pool_init(pool_t *self, size_t row_size);
void pool_release(pool_t *self);
uint32_t pool_take(pool_t *self); // a zeroed row
void pool_give(pool_t *self, uint32_t number);
// All rows, also free ones. The first four bytes of a row are no padding. A new pool is loaded.
void pool_walk(pool_t *self, walk_t *walk, walk_clear_fn *clear);
// The number the next pool_take hands out, and the one handed out after that number.
uint32_t pool_next(const pool_t *self);
uint32_t pool_after(const pool_t *self, uint32_t number);

static inline void *pool_row(const pool_t *self, uint32_t number)
{
    return self->rows + (size_t)(number - 1) * self->row_size;
}
