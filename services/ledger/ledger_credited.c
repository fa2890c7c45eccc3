#include "services/ledger/ledger_credited.h"
#include <assert.h>
#include <stdlib.h>

enum { CREDITED_FIRST = 64 }; // numbers

void ledger_credited_release(ledger_credited_t *self)
{
    free(self->numbers);
    *self = (ledger_credited_t){0};
}

// Those in use alone; where in the memory they stand is nobody's matter.
void ledger_credited_walk(ledger_credited_t *self, walk_t *walk)
{
    uint64_t count = self->end - self->first;
    WALK(walk, count);
    if (walk_loads(walk)) {
        if (!walk_fits(walk, count, sizeof *self->numbers))
            return;
        self->first = 0;
        self->end = count;
        self->cap = count < CREDITED_FIRST ? CREDITED_FIRST : count;
        self->numbers = realloc(self->numbers, self->cap * sizeof *self->numbers);
        assert(self->numbers);
    }
    uint64_t *first = self->numbers ? self->numbers + self->first : NULL;
    walk_rows(walk, "numbers", first, sizeof *first, count, NULL);
    walk_pass(walk, self, sizeof *self);
}

// Where the number is, or would be.
static size_t place_of(const ledger_credited_t *self, uint64_t number)
{
    size_t low = self->first, high = self->end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ledger_credited_has(const ledger_credited_t *self, uint64_t number)
{
    size_t place = place_of(self, number);
    return place < self->end && self->numbers[place] == number;
}

// Room for one more at the end: first that of the forgotten ones, where they are half of all.
static void make_room(ledger_credited_t *self)
{
    if (self->end < self->cap)
        return;
    if (self->first > self->cap / 2) {
        memmove(self->numbers, self->numbers + self->first,
                (self->end - self->first) * sizeof *self->numbers);
        self->end -= self->first;
        self->first = 0;
        return;
    }
    self->cap = self->cap ? self->cap * 2 : CREDITED_FIRST;
    self->numbers = realloc(self->numbers, self->cap * sizeof *self->numbers);
    assert(self->numbers);
}

void ledger_credited_add(ledger_credited_t *self, uint64_t number)
{
    if (ledger_credited_has(self, number))
        return;
    make_room(self);
    size_t place = place_of(self, number);
    memmove(self->numbers + place + 1, self->numbers + place,
            (self->end - place) * sizeof *self->numbers);
    self->numbers[place] = number;
    self->end++;
}

void ledger_credited_forget(ledger_credited_t *self, instant_t now)
{
    while (self->first < self->end && ledger_credited_is_past(self->numbers[self->first], now))
        self->first++;
}
