#pragma once
// draws - a ring of account numbers drawn beforehand, uniform or Zipf (exponent 0.99), so that
// drawing costs the measured loop one load. The seed is fixed: every run draws the same.
#include "proto/types.h"

enum { DRAWS = 1 << 22 };

typedef struct {
    uint32_t *numbers; // DRAWS of them, below `accounts`
    uint32_t accounts, next;
} draws_t;

void draws_init(draws_t *self, uint32_t accounts, bool zipf);
void draws_release(draws_t *self);
uid_t16 draws_account(uint32_t number); // its id: looks random, is always the same

static inline uint32_t draws_next(draws_t *self)
{
    return self->numbers[self->next++ % DRAWS];
}
