#pragma once
// metering_minutes - the minutes of an hour as a mask of 60 bits, bit k being the instant k minutes
// after the hour's start.
//
// Minute m is billable iff the replica is billable at the instant m:00 UTC, so the half-open
// interval [from, to) holds the minutes with from <= m:00 < to. Hours are numbered from the epoch;
// instants before the epoch are no part of usage and are never passed here.
// Source: docs/rules.md "Billable minute".
#include "proto/types.h"
#include <assert.h>

typedef uint64_t mask_t;
enum { HOUR_MINUTES = 60 };
#define MASK_FULL ((UINT64_C(1) << HOUR_MINUTES) - 1)

// The latest instant that metering understands: year 2255; its hour fits 32 bits.
#define INSTANT_LAST (INT64_C(9000000000) * SECOND_US)

static inline uint32_t hour_of(instant_t at)
{
    assert(at >= 0 && at <= INSTANT_LAST);
    return (uint32_t)(at / HOUR_US);
}

static inline instant_t hour_start(uint32_t hour)
{
    return (instant_t)hour * HOUR_US;
}

// The first whole minute at or after an instant.
static inline instant_t minute_ceil(instant_t at)
{
    assert(at >= 0 && at <= INSTANT_LAST);
    return (at + MINUTE_US - 1) / MINUTE_US * MINUTE_US;
}

static inline instant_t minute_floor(instant_t at)
{
    return at - at % MINUTE_US;
}

static inline unsigned mask_count(mask_t mask)
{
    return (unsigned)__builtin_popcountll(mask);
}

// The bit of the minute that holds the instant, in that instant's hour.
static inline mask_t mask_of(instant_t at)
{
    return UINT64_C(1) << (at % HOUR_US / MINUTE_US);
}

mask_t mask_below(uint32_t hour, instant_t to); // minutes of the hour that start before `to`
mask_t mask_between(uint32_t hour, instant_t from, instant_t to); // from <= m:00 < to
uint64_t minutes_between(instant_t from, instant_t to);           // over any number of hours
