#pragma once
// metering_evidence - up to when there is evidence that a run without a stop goes on.
//
// A run that is told with its stop, or with a deletion, is evidence in itself. Of one that is open
// the evidence is its producer's word: the `through` of who owns the resource, or, where that one
// was retired or never said any, of another producer of the same owner. As long as no hour is
// closed without that word nothing is to be remembered. Once one is (usage.bounded), the owner's
// row keeps `until`: minutes of its open runs from there on are not fresh. A later word of the
// producer raises it, and what became fresh of closed hours is late. What nobody vouches for beyond
// the policy's `late`, or when the producer is retired, ends there (usage.ended).
// Example: producer 101 said 10:40 and no more, and the hour from 10 is closed without it: its open
// run is billed for 40 minutes. At 13:00 it says 12:55: the minutes from 10:40 on are late.
//
// Ownership: the rows are the state's. Failures: none. Threads: one.
// Source: docs/rules.md "Evidence of a run".
#include "services/metering/metering_rows.h"

#define EVIDENCE_ALL INT64_MAX

static inline instant_t evidence_of_row(const metering_state_t *self, uint32_t row)
{
    const owner_t *owner = &self->owners.rows[row];
    return owner->vouching == VOUCHED ? EVIDENCE_ALL : owner->until;
}
// Up to when open runs of a resource that is not deleted are billable.
static inline instant_t evidence_until(const metering_state_t *self, const resource_t *resource)
{
    return evidence_of_row(self, resource->owner);
}

// Where the replica's open run begins to be billed, EVIDENCE_ALL if it has none: it stands, is
// deleted, or only its stop was heard of.
instant_t evidence_run(const metering_state_t *self, const replica_t *replica);
// The same, if what it runs is of that owner's row.
instant_t evidence_run_of(const metering_state_t *self, const replica_t *replica, uint32_t row);

// From when on a word at that instant changes what is fresh: it is evidence of the open run that it
// ends.
instant_t evidence_told_from(const metering_state_t *self, const replica_t *replica, instant_t at);

// The last word for what the row owns, INT64_MIN if there is none to be heard.
instant_t evidence_word(const metering_state_t *self, uint32_t row);
// The row for which that producer is not the only one to be heard: another of its owner has spoken.
bool evidence_is_shared(const metering_state_t *self, stream_t producer);

// --- the fold ---

void evidence_apply_bounded(metering_state_t *self, const event_usage_bounded_t *event);
// After the producer's word is noted.
void evidence_apply_through(metering_state_t *self, stream_t producer, instant_t through);
// After the resource has another owner.
void evidence_apply_moved(metering_state_t *self, const resource_t *resource, instant_t before);
