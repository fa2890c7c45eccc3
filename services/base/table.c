#include "services/base/table.h"
#include <assert.h>
#include <stdlib.h>

enum { ROWS_FIRST = 64, SLOTS_FIRST = 128, CACHE_LINE = 64, PLACES_AHEAD = 16 };

static inline uint32_t mix(const uid_t16 *key)
{
    uint64_t a, b;
    memcpy(&a, key->bytes, sizeof a);
    memcpy(&b, key->bytes + sizeof a, sizeof b);
    uint64_t h = (a ^ (b << 32 | b >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
    h ^= h >> 29;
    h = (h ^ b) * UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(h >> 32);
}

// A slot names a row by its number + 1, which needs no more bits than the index does. The bits
// above are those of the key's hash, so hardly ever another row is looked at on the way to one.
static inline uint32_t number_in(const table_t *self, uint32_t slot)
{
    return (slot & (self->slots_cap - 1)) - 1;
}

static inline bool may_be(const table_t *self, uint32_t slot, uint32_t hash)
{
    return (slot ^ hash) < self->slots_cap;
}

void table_init(table_t *self, size_t row_size)
{
    assert(row_size >= sizeof(uid_t16) && row_size <= UINT32_MAX);
    *self = (table_t){.row_size = (uint32_t)row_size};
    self->slots_cap = SLOTS_FIRST;
    self->slots = calloc(self->slots_cap, sizeof *self->slots);
    assert(self->slots);
}

void table_release(table_t *self)
{
    free(self->rows);
    free(self->slots);
    *self = (table_t){0};
}

void table_clear(table_t *self)
{
    size_t row_size = self->row_size;
    table_release(self);
    table_init(self, row_size);
}

void table_prefetch(const table_t *self, const uid_t16 *key)
{
    __builtin_prefetch(&self->slots[mix(key) & (self->slots_cap - 1)]);
}

static uint32_t slot_of(const table_t *self, uint32_t number)
{
    uint32_t mask = self->slots_cap - 1;
    uint32_t i = mix(table_row(self, number)) & mask;
    while (self->slots[i] && number_in(self, self->slots[i]) != number)
        i = (i + 1) & mask;
    return i;
}

bool table_holds(const table_t *self, uint32_t number)
{
    return number < self->count && self->slots[slot_of(self, number)];
}

void table_prefetch_number(const table_t *self, uint64_t number)
{
    if (number >= self->count)
        return;
    const uint8_t *row = table_row(self, (uint32_t)number);
    for (size_t at = 0; at < self->row_size; at += CACHE_LINE)
        __builtin_prefetch(row + at);
    __builtin_prefetch(row + self->row_size - 1);
}

void table_prefetch_row(const table_t *self, const uid_t16 *key)
{
    uint32_t mask = self->slots_cap - 1, hash = mix(key), i = hash & mask;
    while (self->slots[i] && !may_be(self, self->slots[i], hash))
        i = (i + 1) & mask;
    if (self->slots[i])
        table_prefetch_number(self, number_in(self, self->slots[i]));
}

uint32_t table_find(const table_t *self, const uid_t16 *key)
{
    uint32_t mask = self->slots_cap - 1, hash = mix(key);
    for (uint32_t i = hash & mask; self->slots[i]; i = (i + 1) & mask) {
        uint32_t number = number_in(self, self->slots[i]);
        if (may_be(self, self->slots[i], hash) && uid_equal(table_row(self, number), key))
            return number;
    }
    return TABLE_NONE;
}

static void place(table_t *self, uint32_t number)
{
    uint32_t mask = self->slots_cap - 1, hash = mix(table_row(self, number));
    uint32_t i = hash & mask;
    while (self->slots[i])
        i = (i + 1) & mask;
    self->slots[i] = (hash & ~mask) | (number + 1);
}

static void grow_slots(table_t *self)
{
    uint32_t *old = self->slots, old_cap = self->slots_cap;
    self->slots_cap *= 2;
    self->slots = calloc(self->slots_cap, sizeof *self->slots);
    assert(self->slots);
    for (uint32_t i = 0; i < old_cap; i++)
        if (old[i])
            place(self, (old[i] & (old_cap - 1)) - 1);
    free(old);
}

uint32_t table_next(const table_t *self)
{
    return self->free ? self->free - 1 : self->count;
}

uint32_t table_after(const table_t *self, uint32_t number)
{
    if (number >= self->count)
        return number + 1;
    uint32_t next;
    memcpy(&next, table_row(self, number), sizeof next);
    return next ? next - 1 : self->count;
}

uint32_t table_insert(table_t *self, const uid_t16 *key)
{
    assert(self->count < UINT32_MAX / 2);
    uint32_t number = table_next(self);
    if (number == self->rows_cap) {
        // by half, not by doubling: a million rows of 100 bytes must not reserve twice that
        uint32_t cap = self->rows_cap ? self->rows_cap + self->rows_cap / 2 : ROWS_FIRST;
        uint8_t *rows = realloc(self->rows, (size_t)cap * self->row_size);
        assert(rows);
        self->rows = rows;
        self->rows_cap = cap;
    }
    if ((uint64_t)(table_used(self) + 1) * 8 > (uint64_t)self->slots_cap * 5)
        grow_slots(self);
    void *row = table_row(self, number);
    if (number == self->count)
        self->count++;
    else {
        memcpy(&self->free, row, sizeof self->free);
        self->removed--;
    }
    memset(row, 0, self->row_size);
    memcpy(row, key, sizeof *key);
    place(self, number);
    return number;
}

// --- walk ---

// Whether each of the rows that are not in use is so once; marks them in `removed`.
static bool mark_removed(const table_t *self, uint8_t *removed)
{
    uint32_t left = self->removed;
    for (uint32_t next = self->free; next; left--) {
        uint32_t number = next - 1;
        if (!left || number >= self->count || removed[number])
            return false;
        removed[number] = 1;
        memcpy(&next, table_row(self, number), sizeof next);
    }
    return left == 0;
}

// Slots lie anywhere in memory: those of the next rows are fetched meanwhile.
static bool make_index(table_t *self)
{
    uint8_t *removed = calloc(self->count + 1, 1);
    assert(removed);
    bool fits = self->removed <= self->count && mark_removed(self, removed);
    // As many as the numbers need: rows that are not in use have numbers too.
    while (fits && ((uint64_t)self->count + 1) * 8 > (uint64_t)self->slots_cap * 5)
        self->slots_cap *= 2;
    free(self->slots);
    self->slots = calloc(self->slots_cap, sizeof *self->slots);
    assert(self->slots);
    for (uint32_t i = 0; fits && i < self->count; i++) {
        if (i + PLACES_AHEAD < self->count)
            table_prefetch(self, table_row(self, i + PLACES_AHEAD));
        if (!removed[i])
            place(self, i);
    }
    free(removed);
    return fits;
}

void table_walk(table_t *self, walk_t *walk, walk_clear_fn *clear)
{
    WALK(walk, self->count);
    WALK(walk, self->removed);
    WALK(walk, self->free);
    WALK_SAME(walk, self->row_size);
    if (walk_loads(walk)) {
        if (!walk_fits(walk, self->count, self->row_size)) {
            self->count = self->removed = self->free = 0;
            return;
        }
        self->rows_cap = self->count > ROWS_FIRST ? self->count : ROWS_FIRST;
        self->rows = realloc(self->rows, (size_t)self->rows_cap * self->row_size);
        assert(self->rows);
    }
    walk_rows(walk, "rows", self->rows, self->row_size, self->count, clear);
    if (walk_loads(walk) && !walk->fail && !make_index(self))
        walk->fail = FAIL_CORRUPT;
    walk_pass(walk, self, sizeof *self);
}

// Closes the gap in the index by moving back whatever would no longer be found across it.
void table_remove(table_t *self, uint32_t number)
{
    uint32_t mask = self->slots_cap - 1, gap = slot_of(self, number);
    assert(number < self->count && self->slots[gap]);
    for (uint32_t i = (gap + 1) & mask; self->slots[i]; i = (i + 1) & mask) {
        uint32_t home = mix(table_row(self, number_in(self, self->slots[i]))) & mask;
        if (((i - home) & mask) >= ((i - gap) & mask)) {
            self->slots[gap] = self->slots[i];
            gap = i;
        }
    }
    self->slots[gap] = 0;
    void *row = table_row(self, number);
    memset(row, 0, self->row_size);
    memcpy(row, &self->free, sizeof self->free);
    self->free = number + 1;
    self->removed++;
}
