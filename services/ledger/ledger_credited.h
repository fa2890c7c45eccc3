#pragma once
// ledger_credited - the numbers of payments that were credited, or put into suspense, so that none
// of them ever is again, whatever history payment has.
//
// Kept is what is younger than 400 days by its own time; what is older is not credited at all
// (ledger_decide_fact). Numbers of the old kind tell no time and are kept for ever: no more of them
// are made. Example: a million payments a month are 13 million numbers, 105 MB.
//
// The numbers stand in their order. Nearly all come in ascending, so adding one moves few of them.
//
// Cost       8 bytes each. Finding: the logarithm; adding: the numbers above it.
// Failures   None; ends the process by assert when memory is out.
// Threads    One. Source: docs/rules.md "Credited once".
#include "proto/payment_number.h"
#include "services/base/walk.h"

#define LEDGER_CREDITED_US (400 * DAY_US) // so old, by its own time, a number is forgotten

typedef struct {
    uint64_t *numbers; // those from `first` to `end` are in use
    size_t first, end, cap;
} ledger_credited_t;

void ledger_credited_release(ledger_credited_t *self);
void ledger_credited_walk(ledger_credited_t *self, walk_t *walk);
bool ledger_credited_has(const ledger_credited_t *self, uint64_t number);
void ledger_credited_add(ledger_credited_t *self, uint64_t number); // once more is no other
void ledger_credited_forget(ledger_credited_t *self, instant_t now);
static inline size_t ledger_credited_count(const ledger_credited_t *self)
{
    return self->end - self->first;
}
// Too old to be known: one that is not here may have been credited and forgotten.
static inline bool ledger_credited_is_past(uint64_t number, instant_t now)
{
    return payment_number_time(number) < now - LEDGER_CREDITED_US;
}
