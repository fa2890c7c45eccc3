#pragma once
// agenda - which rows want attention, ordered by the instant at which they want it: a binary heap
// that knows the place of every row, so a row can be moved and taken out at once.
//
// Rows of the same instant come in the order of their numbers, so what an agenda says depends only
// on what was put in. Each time a row is put in it gets a new turn: an answer that belongs to an
// earlier turn is thereby known to be late.
//
// Cost       Putting in, moving and taking out: the logarithm of the rows that wait. Memory: 8
//            bytes for every row number ever used, 16 for every row that waits.
// Failures   None; ends the process by assert when memory is out.
// Threads    One.
#include "proto/types.h"

enum { AGENDA_TAKE_MAX = 64, AGENDA_TURN_MASK = 0x7fffffff };

typedef struct {
    instant_t at;
    uint32_t row;
} agenda_entry_t;

typedef struct {
    uint32_t place, turn; // place in the heap + 1, 0 when the row does not wait
} agenda_place_t;

typedef struct {
    agenda_entry_t *heap;
    agenda_place_t *places; // by row
    uint32_t count, heap_cap, places_cap;
} agenda_t;

void agenda_release(agenda_t *self);

// Puts the row in, or moves it: either way it has a new turn.
void agenda_set(agenda_t *self, uint32_t row, instant_t at);
void agenda_remove(agenda_t *self, uint32_t row); // also when it does not wait

bool agenda_has(const agenda_t *self, uint32_t row);
uint32_t agenda_turn(const agenda_t *self, uint32_t row); // 1..AGENDA_TURN_MASK, 0 if never in

// The earliest instant of all, INT64_MAX when nobody waits.
instant_t agenda_first(const agenda_t *self);

// The first rows whose instant is not after `now`, in order, at most `max` (and AGENDA_TAKE_MAX).
// They stay in. *ret_next becomes the instant of the first row that was left out, INT64_MAX if
// there is none.
size_t agenda_due(const agenda_t *self, instant_t now, size_t max, uint32_t *rows,
                  instant_t *ret_next);
