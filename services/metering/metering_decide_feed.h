#pragma once
// metering_decide_feed - what metering decides on the platform's feed: lifecycle events, ticks,
// `through`.
//
// An item may lie ahead of our clock. Up to the policy's `ahead` it is taken. Beyond that, and up
// to AHEAD_WAITS_US, it is FAIL_LATER and the feed waits, since it may be our clock that is behind,
// and the usage must not be lost. Example: with `ahead` at 2 minutes, an item of 10:05 that comes
// at 10:00 waits until 10:03.
//
// A refused item does not stop the feed. Its result is the failure, and a usage.refused event keeps
// it visible. The refusals, in the order in which they are looked for:
//   FAIL_INVALID   a zero id, a kind that has no replicas, an instant out of range, another type
//   FAIL_FUTURE    its instant is ahead of now by more than AHEAD_WAITS_US
//   FAIL_TARIFF    no such tariff, or no version of it valid yet at its first minute
//   FAIL_OWNER     the resource or the replica is another owner's (metering_owners.h)
//   FAIL_CONFLICT  the resource is another account's, or the replica another meter's
//   FAIL_DELETED   the resource was deleted at or before that instant
//   FAIL_EXPIRED   a start of an unknown replica before the window of what is remembered
//   FAIL_BILLED    a tick of that minute names a tariff whose word is greater (metering_points.h)
//   FAIL_LIMIT     there is no row for a further producer
//   FAIL_QUOTA     the account has as many busy replicas as one may have
// What is beyond any other quota or a table's size waits (FAIL_LATER). Refusals beyond their quota
// are counted by usage.refused_more, one a decision, type and cause.
// A minute older than the policy's `late` is no refusal but usage.expired.
//
// What an item says of an instant is written down if it is the greatest word of that instant
// (metering_points.h); else it changes nothing. What was billed by a lesser word is taken back in
// the same decision (metering_decide_credit.h). So the order of arrival does not matter.
//
// Items may speak of rows that were forgotten (metering_rows.h). Their minutes are too late and
// expire. A start before the window is refused as a whole, since where that run ended is not known
// any more. A stop, a creation or a deletion before the window changes nothing and leaves no trace.
// An item within the window opens a new meter or replica, as with any unknown id.
// Failures: as results of items only. Threads: one.
// Source: docs/rules.md "Each minute once", "Late minutes", "Ahead of the clock",
// "Whose resource it is".
#include "proto/core.h"
#include "services/metering/metering_rows.h"

// Decides on one item or on a batch of ticks, and gives each its result. From a FAIL_LATER on all
// are FAIL_LATER.
void feed_items(const metering_state_t *self, const input_t *input, const event_t *items,
                size_t count, uint8_t *results, decision_t *out);
// The item's result, whatever acceptable items come before it in its batch.
fail_t feed_check(const metering_state_t *self, const input_t *input);
// A producer has sent all up to an instant; an event only if it vouches for another minute.
void feed_through(const metering_state_t *self, const input_t *input, decision_t *out);
