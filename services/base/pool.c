#include "services/base/pool.h"
#include <assert.h>
#include <stdlib.h>

enum { ROWS_FIRST = 64 };

void pool_init(pool_t *self, size_t row_size)
{
    assert(row_size >= sizeof self->free);
    *self = (pool_t){.row_size = (uint32_t)row_size};
}

void pool_release(pool_t *self)
{
    free(self->rows);
    *self = (pool_t){0};
}

uint32_t pool_take(pool_t *self)
{
    uint32_t number = self->free;
    if (number)
        memcpy(&self->free, pool_row(self, number), sizeof self->free);
    else {
        if (self->count == self->cap) {
            assert(self->cap < UINT32_MAX / 2);
            self->cap = self->cap ? self->cap + self->cap / 2 : ROWS_FIRST;
            self->rows = realloc(self->rows, (size_t)self->cap * self->row_size);
            assert(self->rows);
        }
        number = ++self->count;
    }
    memset(pool_row(self, number), 0, self->row_size);
    self->used++;
    return number;
}

void pool_give(pool_t *self, uint32_t number)
{
    memcpy(pool_row(self, number), &self->free, sizeof self->free);
    self->free = number;
    self->used--;
}

void pool_walk(pool_t *self, walk_t *walk, walk_clear_fn *clear)
{
    WALK(walk, self->count);
    WALK(walk, self->used);
    WALK(walk, self->free);
    WALK_SAME(walk, self->row_size);
    if (walk_loads(walk)) {
        if (!walk_fits(walk, self->count, self->row_size)) {
            self->count = self->used = self->free = 0;
            return;
        }
        self->cap = self->count > ROWS_FIRST ? self->count : ROWS_FIRST;
        self->rows = realloc(self->rows, (size_t)self->cap * self->row_size);
        assert(self->rows);
    }
    walk_rows(walk, "rows", self->rows, self->row_size, self->count, clear);
    walk_pass(walk, self, sizeof *self);
}

uint32_t pool_next(const pool_t *self)
{
    return self->free ? self->free : self->count + 1;
}

uint32_t pool_after(const pool_t *self, uint32_t number)
{
    if (number > self->count)
        return number + 1;
    uint32_t next;
    memcpy(&next, pool_row(self, number), sizeof next);
    return next ? next : self->count + 1;
}
