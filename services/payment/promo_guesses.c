#include "services/payment/promo_guesses.h"

enum { FORGET_MAX = 2 }; // accounts with each refusal: they leave faster than they come

typedef struct {
    uid_t16 key;
    instant_t at[PROMO_GUESSES_DAY]; // a ring
    uint32_t count;                  // of all, so that count % PROMO_GUESSES_DAY is the oldest
} guesser_t;

void promo_guesses_init(promo_guesses_t *self)
{
    *self = (promo_guesses_t){.ends = {0}};
    table_init(&self->rows, sizeof(guesser_t));
}

void promo_guesses_release(promo_guesses_t *self)
{
    table_release(&self->rows);
    heap_release(&self->ends);
}

WALK_ROW(guesser_t)

void promo_guesses_walk(promo_guesses_t *self, walk_t *walk)
{
    table_walk(&self->rows, walk, walk_clear_guesser_t);
    heap_walk(&self->ends, walk, self->rows.count);
    WALK_WHOLE(walk, promo_guesses_t, self);
}

static unsigned count_since(const guesser_t *row, instant_t now, int64_t window)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < PROMO_GUESSES_DAY && i < row->count; i++)
        count += now - row->at[i] < window;
    return count;
}

bool promo_guesses_may(const promo_guesses_t *self, const uid_t16 *account, instant_t now)
{
    uint32_t number = table_find(&self->rows, account);
    if (number == TABLE_NONE)
        return true;
    const guesser_t *row = table_row(&self->rows, number);
    return count_since(row, now, HOUR_US) < PROMO_GUESSES_HOUR &&
           count_since(row, now, DAY_US) < PROMO_GUESSES_DAY;
}

static void forget(promo_guesses_t *self, instant_t now)
{
    for (unsigned i = 0; i < FORGET_MAX; i++) {
        uint32_t number = heap_take(&self->ends, now);
        if (number == HEAP_NONE)
            return;
        table_remove(&self->rows, number);
    }
}

static uint32_t row_of(promo_guesses_t *self, const uid_t16 *account)
{
    uint32_t number = table_find(&self->rows, account);
    if (number != TABLE_NONE)
        return number;
    if (table_used(&self->rows) == PROMO_GUESSERS_MAX)
        table_remove(&self->rows, heap_take(&self->ends, INT64_MAX));
    return table_insert(&self->rows, account);
}

void promo_guesses_note(promo_guesses_t *self, const uid_t16 *account, instant_t at)
{
    forget(self, at);
    uint32_t number = row_of(self, account);
    guesser_t *row = table_row(&self->rows, number);
    row->at[row->count++ % PROMO_GUESSES_DAY] = at;
    heap_set(&self->ends, number, at + DAY_US);
}
