#include "services/base/heap.h"
#include <assert.h>
#include <stdlib.h>

enum { CAP_FIRST = 64 };

void heap_release(heap_t *self)
{
    free(self->items);
    free(self->places);
    *self = (heap_t){0};
}

// By half, as tables grow: what is reserved stays near what is used.
static uint32_t grown(uint32_t cap, uint32_t want)
{
    uint32_t next = cap ? cap + cap / 2 : CAP_FIRST;
    return next < want ? want : next;
}

static void reserve(heap_t *self, uint32_t number)
{
    assert(number < UINT32_MAX - 1); // HEAP_NONE is no row
    if (number >= self->places_cap) {
        uint32_t cap = grown(self->places_cap, number + 1);
        self->places = realloc(self->places, cap * sizeof *self->places);
        assert(self->places);
        memset(self->places + self->places_cap, 0, (cap - self->places_cap) * sizeof *self->places);
        self->places_cap = cap;
    }
    if (self->count == self->items_cap) {
        self->items_cap = grown(self->items_cap, self->count + 1);
        self->items = realloc(self->items, self->items_cap * sizeof *self->items);
        assert(self->items);
    }
}

static bool before(heap_item_t a, heap_item_t b)
{
    return a.key != b.key ? a.key < b.key : a.number < b.number;
}

static void place(heap_t *self, uint32_t i, heap_item_t item)
{
    self->items[i] = item;
    self->places[item.number] = i + 1;
}

// Puts an item where it belongs, up or down from the free place i.
static void settle(heap_t *self, uint32_t i, heap_item_t item)
{
    for (; i > 0 && before(item, self->items[(i - 1) / 2]); i = (i - 1) / 2)
        place(self, i, self->items[(i - 1) / 2]);
    for (uint32_t child; (child = 2 * i + 1) < self->count; i = child) {
        if (child + 1 < self->count && before(self->items[child + 1], self->items[child]))
            child++;
        if (!before(self->items[child], item))
            break;
        place(self, i, self->items[child]);
    }
    place(self, i, item);
}

void heap_set(heap_t *self, uint32_t number, int64_t key)
{
    reserve(self, number);
    uint32_t i = self->places[number] ? self->places[number] - 1 : self->count++;
    settle(self, i, (heap_item_t){key, number});
}

void heap_remove(heap_t *self, uint32_t number)
{
    if (!heap_has(self, number))
        return;
    uint32_t i = self->places[number] - 1;
    self->places[number] = 0;
    heap_item_t last = self->items[--self->count];
    if (i < self->count)
        settle(self, i, last);
}

bool heap_has(const heap_t *self, uint32_t number)
{
    return number < self->places_cap && self->places[number];
}

WALK_ROW(heap_item_t)

static bool make_places(heap_t *self, uint32_t numbers)
{
    free(self->places);
    self->places_cap = numbers;
    self->places = calloc((size_t)numbers + 1, sizeof *self->places);
    assert(self->places);
    for (uint32_t i = 0; i < self->count; i++) {
        uint32_t number = self->items[i].number;
        if (number >= numbers || self->places[number])
            return false;
        self->places[number] = i + 1;
    }
    return true;
}

void heap_walk(heap_t *self, walk_t *walk, uint32_t numbers)
{
    WALK(walk, self->count);
    if (walk_loads(walk)) {
        if (!walk_fits(walk, self->count, sizeof *self->items)) {
            self->count = 0;
            return;
        }
        self->items_cap = grown(0, self->count);
        self->items = realloc(self->items, self->items_cap * sizeof *self->items);
        assert(self->items);
    }
    walk_rows(walk, "items", self->items, sizeof *self->items, self->count, walk_clear_heap_item_t);
    if (walk_loads(walk) && !walk->fail && !make_places(self, numbers))
        walk->fail = FAIL_CORRUPT;
    walk_pass(walk, self, sizeof *self);
}

int64_t heap_least(const heap_t *self)
{
    return self->count ? self->items[0].key : INT64_MAX;
}

uint32_t heap_take(heap_t *self, int64_t key)
{
    if (!self->count || self->items[0].key > key)
        return HEAP_NONE;
    uint32_t number = self->items[0].number;
    heap_remove(self, number);
    return number;
}

// Walks the heap from its top: the next in order is always the least of the items whose parent has
// been listed, and of these there is one more with each step.
size_t heap_list(const heap_t *self, int64_t key, size_t max, uint32_t *numbers, int64_t *ret_next)
{
    uint32_t open[HEAP_LIST_MAX + 1] = {0};
    size_t open_count = self->count ? 1 : 0, listed = 0;
    max = max < HEAP_LIST_MAX ? max : HEAP_LIST_MAX;
    *ret_next = INT64_MAX;
    while (open_count > 0) {
        size_t least = 0;
        for (size_t i = 1; i < open_count; i++)
            if (before(self->items[open[i]], self->items[open[least]]))
                least = i;
        uint32_t at = open[least];
        if (listed == max || self->items[at].key > key) {
            *ret_next = self->items[at].key;
            break;
        }
        numbers[listed++] = self->items[at].number;
        open[least] = open[--open_count];
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < self->count; child++)
            open[open_count++] = child;
    }
    return listed;
}
