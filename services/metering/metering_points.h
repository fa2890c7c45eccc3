#pragma once
// metering_points - what lifecycle events said of a replica, instant by instant, and which of
// several words about one instant or one minute holds.
//
// The order of words. It is total, and it is the greatest word that holds; so any words about an
// instant come to one value, in whatever order, how often and from whom they are heard (to take the
// greater is commutative, associative and idempotent):
//   stop < start under the tariff defined last < ... < start under the tariff defined first
// Example: started at 10:00, stopped at 10:20, started at 10:20. A stop at an instant ends a run
// before a start at that instant begins one, so this is a restart, and it runs from 10:20 on, also
// if the stop is heard last. Two starts at 10:20, under `nachalny` and under `ultra`, contradict
// each other: `nachalny` holds, which was defined first.
// Of several ticks of a minute the tariff is chosen by the same order, and a tick goes before what
// points say. Of several deletions the earliest holds.
//
// A start that was told too late is a point as any other, so that a stop behind it ends it however
// late that is told; but its minutes are billed only from `from` on.
//
// The list. A point says that from an instant on the replica runs under a tariff, or stands. The
// newest instant comes first; of points at one instant the one that the journal wrote last, which
// is the one that holds: a word that does not hold is not written (metering_decide_feed.h). In
// journals of before that rule the last one written holds as it did then.
//
// Units: instants in microseconds; codes are tariffs' numbers, 0 means a stop. Ownership: points
// lie in the pool that all replicas share. Failures: none. Threads: one.
// Source: docs/rules.md "Equal instants".
#include "services/base/pool.h"
#include "proto/types.h"

enum { POINTS_NOTHING = -1 };
#define POINTS_END INT64_MAX

typedef struct {
    instant_t at;
    instant_t from; // what lies before it came too late: later than `at`, or the same
    uint32_t next;
    uint16_t code; // the tariff's, 0 means stopped
} point_t;

static inline point_t points_stop(instant_t at)
{
    return (point_t){.at = at, .from = at};
}

// Is `said` the greater word than `known`, which is a code or POINTS_NOTHING? A word is not greater
// than itself.
bool points_holds(uint16_t said, int known);

// The code that holds at that very instant; POINTS_NOTHING if nothing was said of it.
int points_said(const pool_t *pool, uint32_t first, instant_t at);
// The instant at which the next point after `at` begins, POINTS_END if there is none.
instant_t points_until(const pool_t *pool, uint32_t first, instant_t at);

// Does the word that holds at `at` say that it runs, but not yet to be billed?
bool points_too_late(const pool_t *pool, uint32_t first, instant_t at);

// Writes a point down, before the others of its instant. Returns points_until of it.
instant_t points_add(pool_t *pool, uint32_t *first, point_t point);
// Gives back what a later point at or before `oldest` overrides.
void points_drop_before(pool_t *pool, uint32_t first, instant_t oldest);
void points_drop_all(pool_t *pool, uint32_t first);
