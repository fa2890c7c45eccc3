#include "services/payment/payment_agenda.h"
#include <assert.h>
#include <stdlib.h>

enum { PAYMENT_AGENDA_FIRST = 64 };

static bool is_before(payment_agenda_entry_t a, payment_agenda_entry_t b)
{
    return a.at < b.at || (a.at == b.at && a.row < b.row);
}

static void put(payment_agenda_t *self, uint32_t at, payment_agenda_entry_t entry)
{
    self->heap[at] = entry;
    self->places[entry.row].place = at + 1;
}

static void rise(payment_agenda_t *self, uint32_t at, payment_agenda_entry_t entry)
{
    while (at > 0 && is_before(entry, self->heap[(at - 1) / 2])) {
        put(self, at, self->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(self, at, entry);
}

static void sink(payment_agenda_t *self, uint32_t at, payment_agenda_entry_t entry)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < self->count && is_before(self->heap[child + 1], self->heap[child]))
            child++;
        if (child >= self->count || !is_before(self->heap[child], entry))
            break;
        put(self, at, self->heap[child]);
        at = child;
    }
    put(self, at, entry);
}

static void make_room(payment_agenda_t *self, uint32_t row)
{
    assert(row < UINT32_MAX / 2);
    if (row >= self->places_cap) {
        uint32_t cap = self->places_cap ? self->places_cap : PAYMENT_AGENDA_FIRST;
        while (cap <= row)
            cap += cap / 2;
        self->places = realloc(self->places, cap * sizeof *self->places);
        assert(self->places);
        memset(self->places + self->places_cap, 0, (cap - self->places_cap) * sizeof *self->places);
        self->places_cap = cap;
    }
    if (self->count == self->heap_cap) {
        self->heap_cap = self->heap_cap ? 2 * self->heap_cap : PAYMENT_AGENDA_FIRST;
        self->heap = realloc(self->heap, self->heap_cap * sizeof *self->heap);
        assert(self->heap);
    }
}

void payment_agenda_release(payment_agenda_t *self)
{
    free(self->heap);
    free(self->places);
    *self = (payment_agenda_t){.count = 0};
}

void payment_agenda_set(payment_agenda_t *self, uint32_t row, instant_t at)
{
    payment_agenda_remove(self, row);
    make_room(self, row);
    uint32_t turn = (self->places[row].turn + 1) & PAYMENT_AGENDA_TURN_MASK;
    self->places[row].turn = turn ? turn : 1;
    rise(self, self->count++, (payment_agenda_entry_t){at, row});
}

void payment_agenda_remove(payment_agenda_t *self, uint32_t row)
{
    if (!payment_agenda_has(self, row))
        return;
    uint32_t at = self->places[row].place - 1;
    self->places[row].place = 0;
    payment_agenda_entry_t last = self->heap[--self->count];
    if (at == self->count)
        return;
    if (at > 0 && is_before(last, self->heap[(at - 1) / 2]))
        rise(self, at, last);
    else
        sink(self, at, last);
}

bool payment_agenda_has(const payment_agenda_t *self, uint32_t row)
{
    return row < self->places_cap && self->places[row].place != 0;
}

uint32_t payment_agenda_turn(const payment_agenda_t *self, uint32_t row)
{
    return row < self->places_cap ? self->places[row].turn : 0;
}

instant_t payment_agenda_first(const payment_agenda_t *self)
{
    return self->count ? self->heap[0].at : INT64_MAX;
}

// Walks the heap from its top: the next in order is always the least of the entries whose parent
// has been taken, and of these there is one more with each step.
size_t payment_agenda_due(const payment_agenda_t *self, instant_t now, size_t max, uint32_t *rows,
                          instant_t *ret_next)
{
    uint32_t open[PAYMENT_AGENDA_TAKE_MAX + 1] = {0};
    size_t open_count = self->count ? 1 : 0, taken = 0;
    max = max < PAYMENT_AGENDA_TAKE_MAX ? max : PAYMENT_AGENDA_TAKE_MAX;
    *ret_next = INT64_MAX;
    while (open_count > 0) {
        size_t least = 0;
        for (size_t i = 1; i < open_count; i++) {
            if (is_before(self->heap[open[i]], self->heap[open[least]]))
                least = i;
        }
        uint32_t at = open[least];
        if (taken == max || self->heap[at].at > now) {
            *ret_next = self->heap[at].at;
            break;
        }
        rows[taken++] = self->heap[at].row;
        open[least] = open[--open_count];
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < self->count; child++)
            open[open_count++] = child;
    }
    return taken;
}
