#pragma once
// promo_guesses - refused promo codes of each account: 10 within an hour or 30 within a day, and no
// further one is looked at (docs/rules.md "Guessed promo codes").
//
// The windows slide: a refusal counts for 60 minutes, or 24 hours, from its own instant on. A code
// that is accepted takes none away. What refused nothing for a day is forgotten.
//
// Memory     290 bytes an account, at most PROMO_GUESSERS_MAX accounts; where there are more, the
//            one that would be forgotten first is.
// Failures   None. Threads: one.
#include "services/base/heap.h"
#include "services/base/table.h"

enum { PROMO_GUESSES_HOUR = 10, PROMO_GUESSES_DAY = 30, PROMO_GUESSERS_MAX = 100000 };

typedef struct {
    table_t rows;
    heap_t ends; // by row: when the account is forgotten
} promo_guesses_t;

void promo_guesses_init(promo_guesses_t *self);
void promo_guesses_release(promo_guesses_t *self);
void promo_guesses_walk(promo_guesses_t *self, walk_t *walk);
bool promo_guesses_may(const promo_guesses_t *self, const uid_t16 *account, instant_t now);
void promo_guesses_note(promo_guesses_t *self, const uid_t16 *account, instant_t at);
