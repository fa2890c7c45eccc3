#pragma once
// feed - what metering decides on the platform's feed: lifecycle events, ticks, `through`.
//
// What is ahead of now by more than the policy allows, and by less than AHEAD_WAITS_US, is
// FAIL_LATER: our clock may be behind, and such usage must not be lost. The feed waits.
// A refusal never stops a feed: it is FAIL_… as the item's result and a usage.refused event. The
// refusals of an item, in their order:
//   FAIL_INVALID   a zero id, a kind that has no replicas, an instant out of range, another type
//   FAIL_FUTURE    its instant is ahead of now by more than AHEAD_WAITS_US
//   FAIL_TARIFF    no such tariff, or no version of it valid yet at its first minute
//   FAIL_CONFLICT  the resource is another account's, or the replica another meter's
//   FAIL_DELETED   the resource was deleted at or before that instant
//   FAIL_EXPIRED   a start of an unknown replica before the window of what is remembered
//   FAIL_BILLED    that minute is accepted under another tariff version
//   FAIL_FULL      a limit of the settings was reached
// A minute older than the policy's `late` is no refusal but usage.expired.
//
// What is said of forgotten rows (usage.h): minutes of theirs are too late and expire; so are those
// of a start, which is refused whole, since where it ended is not known any more; a stop, creation
// or deletion before the window says nothing and is taken without a trace. A new instant with an
// id that was forgotten opens a new meter or replica, as any unknown id does.
// Source: the billing rules, (d) and (h).
#include "proto/core.h"
#include "services/metering/usage.h"

typedef struct {
    uint32_t replicas_max, meters_max;
} feed_limits_t;

// Decides on one item or on a batch of ticks, and gives each its result.
void feed_items(const metering_t *self, const feed_limits_t *limits, const input_t *input,
                const event_t *items, size_t count, uint8_t *results, decision_t *out);
fail_t feed_check(const metering_t *self, const feed_limits_t *limits, const input_t *input);
void feed_through(const metering_t *self, const input_t *input, decision_t *out);
