#pragma once
// payment_number - the number of a payment (Robokassa's InvId): how it is made, when, and how the
// numbers of a journal are ordered.
//
// A new number is max(last + 1, 1024 a second since 2025-01-01T00:00:00Z) x 256 + partition. It has
// 15 digits until 2145, and stays below 2^53, above which JavaScript and spreadsheets lose digits,
// for a thousand years. A journal that was put back in an older state begins above all it ever
// gave, since its new name is the time at which it was. Example: the first payment of 1 January
// 2026, 00:00 UTC, has the number 8266973184000.
//
// Numbers of the old kind are the epoch of the journal (in production seconds since 1970) x 10^9
// plus a counter: above 2^53, and valid for ever. They tell of no time of their own.
//
// Units      Numbers as they stand in events; instants in microseconds.
// Failures   payment_number_next is 0 when no number is left.
// Threads    Any. Source: docs/rules.md "Numbers of payments".
#include "proto/types.h"

#define PAYMENT_NUMBER_MAX ((UINT64_C(1) << 53) - 1) // of the new kind

enum { PAYMENT_NUMBER_RATE = 1024, PAYMENT_PARTITIONS = 256 }; // a second; that share numbers

static inline bool payment_number_is_old(uint64_t number)
{
    return number > PAYMENT_NUMBER_MAX;
}

// The next one of partition 0 after `last`, the last of the new kind (0: none yet).
uint64_t payment_number_next(uint64_t last, instant_t now);

// When a number of the new kind was made, at the earliest; INT64_MAX for one of the old kind, which
// is never known to be old.
instant_t payment_number_time(uint64_t number);

// The last one that any journal may have given before it got that name, where the name is a second
// since 1970, as `kopeck restore` says it; 0 for another name. Beyond 2145 it is another one.
uint64_t payment_number_of_epoch(uint64_t epoch);

// Ascends over a journal's numbers, the old kind's first: what a search goes by (core_t's number).
static inline uint64_t payment_number_order(uint64_t number)
{
    return payment_number_is_old(number) ? number : number + (UINT64_C(1) << 63);
}
