#pragma once
// payment_agenda - which rows want attention, ordered by the instant at which they want it: a
// binary heap that knows the place of every row, so a row can be moved and taken out at once.
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

enum { PAYMENT_AGENDA_TAKE_MAX = 64, PAYMENT_AGENDA_TURN_MASK = 0x7fffffff };

typedef struct {
    instant_t at;
    uint32_t row;
} payment_agenda_entry_t;

typedef struct {
    uint32_t place, turn; // place in the heap + 1, 0 when the row does not wait
} payment_agenda_place_t;

typedef struct {
    payment_agenda_entry_t *heap;
    payment_agenda_place_t *places; // by row
    uint32_t count, heap_cap, places_cap;
} payment_agenda_t;

void payment_agenda_release(payment_agenda_t *self);

// Puts the row in, or moves it: either way it has a new turn.
void payment_agenda_set(payment_agenda_t *self, uint32_t row, instant_t at);
void payment_agenda_remove(payment_agenda_t *self, uint32_t row); // also when it does not wait

bool payment_agenda_has(const payment_agenda_t *self, uint32_t row);
uint32_t payment_agenda_turn(const payment_agenda_t *self,
                             uint32_t row); // 1..PAYMENT_AGENDA_TURN_MASK, 0 if never in

// The earliest instant of all, INT64_MAX when nobody waits.
instant_t payment_agenda_first(const payment_agenda_t *self);

// The first rows whose instant is not after `now`, in order, at most `max` (and
// PAYMENT_AGENDA_TAKE_MAX). They stay in. *ret_next becomes the instant of the first row that was
// left out, INT64_MAX if there is none.
size_t payment_agenda_due(const payment_agenda_t *self, instant_t now, size_t max, uint32_t *rows,
                          instant_t *ret_next);
