#pragma once
// payment_agenda - which rows want attention, ordered by the instant at which they want it, and
// which turn of a row that is.
//
// Each time a row is put in it gets a new turn, so an answer that belongs to an earlier turn is
// known to be late. Example: an invoice is asked about in its turn 4 and moved to a later instant,
// which begins turn 5; the answer to the question of turn 4 is then dropped.
//
// Cost       Putting in, moving and taking out: the logarithm of the rows that wait. Memory: 8
//            bytes for every row number ever used, 16 for every row that waits.
// Failures   None; ends the process by assert when memory is out.
// Threads    One.
#include "services/base/heap.h"

enum { PAYMENT_AGENDA_TAKE_MAX = HEAP_LIST_MAX, PAYMENT_AGENDA_TURN_MASK = 0x7fffffff };

typedef struct {
    heap_t rows;     // by instant
    uint32_t *turns; // by row
    uint32_t turns_cap;
} payment_agenda_t;

void payment_agenda_release(payment_agenda_t *self);
// Of rows below `numbers`.
void payment_agenda_walk(payment_agenda_t *self, walk_t *walk, uint32_t numbers);

// Puts the row in, or moves it: either way it has a new turn.
void payment_agenda_set(payment_agenda_t *self, uint32_t row, instant_t at);
void payment_agenda_remove(payment_agenda_t *self, uint32_t row); // also when it does not wait
// Takes out the earliest row of all; HEAP_NONE when nobody waits.
uint32_t payment_agenda_take(payment_agenda_t *self);

bool payment_agenda_has(const payment_agenda_t *self, uint32_t row);
uint32_t payment_agenda_turn(const payment_agenda_t *self,
                             uint32_t row); // 1..PAYMENT_AGENDA_TURN_MASK, 0 if never in
uint32_t payment_agenda_count(const payment_agenda_t *self);

// The earliest instant of all, INT64_MAX when nobody waits.
instant_t payment_agenda_first(const payment_agenda_t *self);

// The first rows whose instant is not after `now`, in order, at most `max` (and
// PAYMENT_AGENDA_TAKE_MAX). They stay in. *ret_next becomes the instant of the first row that was
// left out, INT64_MAX if there is none.
size_t payment_agenda_due(const payment_agenda_t *self, instant_t now, size_t max, uint32_t *rows,
                          instant_t *ret_next);
