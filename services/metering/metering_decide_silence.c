#include "services/metering/metering_decide_silence.h"
#include "services/metering/metering_evidence.h"
#include "services/metering/metering_hours.h"

static instant_t later(instant_t a, instant_t b)
{
    return a > b ? a : b;
}

// Must it be said up to where the row's runs are billed? A row that nobody vouched for, or whose
// runs have ended, matters only while something of it may run.
static bool is_to_be_bounded(const metering_state_t *self, uint32_t row, instant_t word)
{
    const owner_t *owner = &self->owners.rows[row];
    if (owner->vouching == BOUNDED)
        return false;
    return owner->busy > 0 || (owner->vouching == VOUCHED && word != INT64_MIN);
}

void silence_bound(const metering_state_t *self, uint32_t hour, decision_t *out)
{
    instant_t start = hour_start(hour);
    for (uint32_t i = 1; i < self->owners.count && out->count < DECISION_EVENTS_MAX; i++) {
        const owner_t *owner = &self->owners.rows[i];
        instant_t word = evidence_word(self, i);
        if (word >= start + HOUR_US || !is_to_be_bounded(self, i, word))
            continue;
        decision_add(out, EVENT_usage_bounded)->usage_bounded = (event_usage_bounded_t){
            owner->producer, later(later(word, start), owner->vouching ? owner->until : 0)};
    }
}

static instant_t row_ends_at(const metering_state_t *self, uint32_t row)
{
    const owner_t *owner = &self->owners.rows[row];
    return owner->vouching == BOUNDED && owner->busy > 0
               ? owner->until + (instant_t)self->policy.late_us
               : INT64_MAX;
}

instant_t silence_ends_at(const metering_state_t *self)
{
    instant_t first = INT64_MAX;
    for (uint32_t i = 1; i < self->owners.count; i++)
        if (row_ends_at(self, i) < first)
            first = row_ends_at(self, i);
    return first;
}

static uint64_t runs_of(const metering_state_t *self, uint32_t row)
{
    uint64_t runs = 0;
    for (uint32_t r = self->busy.first; r; r = rows_replica(self, r)->link.after)
        runs += evidence_run_of(self, rows_replica(self, r), row) != EVIDENCE_ALL;
    return runs;
}

static void end_row(const metering_state_t *self, uint32_t row, instant_t until, decision_t *out)
{
    decision_add(out, EVENT_usage_ended)->usage_ended =
        (event_usage_ended_t){self->owners.rows[row].producer, until, runs_of(self, row)};
}

void silence_end(const metering_state_t *self, instant_t now, decision_t *out)
{
    for (uint32_t i = 1; i < self->owners.count && out->count < DECISION_EVENTS_MAX; i++)
        if (row_ends_at(self, i) <= now)
            end_row(self, i, self->owners.rows[i].until, out);
}

void silence_retire(const metering_state_t *self, stream_t producer, instant_t now, decision_t *out)
{
    uint32_t row = owners_find(&self->owners, producer);
    if (!row || evidence_is_shared(self, producer) || !runs_of(self, row))
        return;
    const owner_t *owner = &self->owners.rows[row];
    instant_t until = later(evidence_word(self, row), hour_start(self->closed));
    if (owner->vouching != VOUCHED)
        until = owner->until;
    end_row(self, row, until < now ? until : now, out); // a word about what is to come is none
}
