#include "services/payment/payment_agenda.h"
#include <assert.h>
#include <stdlib.h>

enum { TURNS_FIRST = 64 };

void payment_agenda_release(payment_agenda_t *self)
{
    heap_release(&self->rows);
    free(self->turns);
    *self = (payment_agenda_t){.turns_cap = 0};
}

static void make_room(payment_agenda_t *self, uint32_t row)
{
    assert(row < UINT32_MAX / 2);
    if (row < self->turns_cap)
        return;
    uint32_t cap = self->turns_cap ? self->turns_cap : TURNS_FIRST;
    while (cap <= row)
        cap += cap / 2;
    self->turns = realloc(self->turns, cap * sizeof *self->turns);
    assert(self->turns);
    memset(self->turns + self->turns_cap, 0, (cap - self->turns_cap) * sizeof *self->turns);
    self->turns_cap = cap;
}

void payment_agenda_walk(payment_agenda_t *self, walk_t *walk, uint32_t numbers)
{
    heap_walk(&self->rows, walk, numbers);
    if (numbers && walk_fits(walk, 0, 1))
        make_room(self, numbers - 1);
    if (!walk->fail)
        walk_rows(walk, "turns", self->turns, sizeof *self->turns, numbers, NULL);
    walk_pass(walk, self, sizeof *self);
}

void payment_agenda_set(payment_agenda_t *self, uint32_t row, instant_t at)
{
    make_room(self, row);
    uint32_t turn = (self->turns[row] + 1) & PAYMENT_AGENDA_TURN_MASK;
    self->turns[row] = turn ? turn : 1;
    heap_set(&self->rows, row, at);
}

void payment_agenda_remove(payment_agenda_t *self, uint32_t row)
{
    heap_remove(&self->rows, row);
}

uint32_t payment_agenda_take(payment_agenda_t *self)
{
    return heap_take(&self->rows, INT64_MAX);
}

bool payment_agenda_has(const payment_agenda_t *self, uint32_t row)
{
    return heap_has(&self->rows, row);
}

uint32_t payment_agenda_turn(const payment_agenda_t *self, uint32_t row)
{
    return row < self->turns_cap ? self->turns[row] : 0;
}

uint32_t payment_agenda_count(const payment_agenda_t *self)
{
    return self->rows.count;
}

instant_t payment_agenda_first(const payment_agenda_t *self)
{
    return heap_least(&self->rows);
}

size_t payment_agenda_due(const payment_agenda_t *self, instant_t now, size_t max, uint32_t *rows,
                          instant_t *ret_next)
{
    return heap_list(&self->rows, now, max, rows, ret_next);
}
