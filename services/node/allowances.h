#pragma once
// allowances - how much one person may move alone: by one command or item, and in a day of Moscow;
// and what each has moved today. Example: with 10 000 rubles at once and 30 000 a day, the fourth
// posting of 9 000 needs a second person.
//
// A value, folded from the journal like all that a node knows. The certificate's name is the
// person. Failures: none; what cannot be counted is not allowed. Threads: one.
// Source: docs/rules.md "Two persons".
#include "proto/event.h"
#include "proto/money.h"
#include "services/base/walk.h"

#define ALLOWANCE_ALONE_MAX INT64_C(1000000) // kopecks; where no policy was ever set
#define ALLOWANCE_DAY_MAX INT64_C(3000000)

enum { ALLOWANCES_MAX = 256, CERTIFICATE_NAME_MAX = 48 };

// A name that is kept, ended by a zero; what is longer than any is cut.
void certificate_name_copy(char out[CERTIFICATE_NAME_MAX + 1], text_t name);

typedef struct {
    int64_t day;
    kopecks_t moved;
    size_t size;
    char name[CERTIFICATE_NAME_MAX];
} allowance_t;

typedef struct {
    kopecks_t alone_max, day_max;
    bool rules; // two change prices, policies and histories
    allowance_t rows[ALLOWANCES_MAX];
    size_t count;
} allowances_t;

void allowances_init(allowances_t *self);
// What that person moved alone on that day; the largest number if it could not be counted.
kopecks_t allowances_moved(const allowances_t *self, text_t name, instant_t at);
// May that person move it alone, after `before` on that day?
/*@ requires \valid_read(self);
  @ assigns \nothing;
  @ ensures \result ==> amount <= self->alone_max; */
bool allowances_allow(const allowances_t *self, kopecks_t before, kopecks_t amount);
void allowances_walk(allowances_t *self, walk_t *walk);
void allowances_note(allowances_t *self, const event_t *event);
