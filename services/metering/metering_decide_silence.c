#include "services/metering/metering_decide_silence.h"
#include "services/metering/metering_evidence.h"
#include "services/metering/metering_hours.h"

static instant_t later(instant_t a, instant_t b)
{
    return a > b ? a : b;
}

// Open runs by the row that owns them.
static void count_runs(const metering_state_t *self, uint32_t ret_runs[OWNERS_MAX])
{
    memset(ret_runs, 0, OWNERS_MAX * sizeof ret_runs[0]);
    for (uint32_t r = self->busy.first; r; r = rows_replica(self, r)->link.after) {
        const replica_t *replica = rows_replica(self, r);
        if (evidence_run(self, replica) != EVIDENCE_ALL)
            ret_runs[rows_resource(self, rows_meter(self, replica->meter)->resource)->owner]++;
    }
}

// Is anything to be said of a row that is not vouched for? Where nobody's word was ever heard, or
// its runs have ended, only while something of it runs: ticks need nobody's word.
static bool is_to_be_bounded(const owner_t *owner, instant_t word, uint32_t runs)
{
    if (owner->vouching == VOUCHED && word != INT64_MIN)
        return true;
    return owner->vouching != BOUNDED && runs > 0;
}

void silence_bound(const metering_state_t *self, uint32_t hour, decision_t *out)
{
    uint32_t runs[OWNERS_MAX];
    instant_t start = hour_start(hour);
    bool counted = false;
    for (uint32_t i = 1; i < self->owners.count && out->count < DECISION_EVENTS_MAX; i++) {
        const owner_t *owner = &self->owners.rows[i];
        instant_t word = evidence_word(self, i);
        if (word >= start + HOUR_US || owner->vouching == BOUNDED)
            continue;
        if (!counted)
            count_runs(self, runs);
        counted = true;
        if (is_to_be_bounded(owner, word, runs[i]))
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

static void end_row(const metering_state_t *self, uint32_t row, instant_t until, uint32_t runs,
                    decision_t *out)
{
    decision_add(out, EVENT_usage_ended)->usage_ended =
        (event_usage_ended_t){self->owners.rows[row].producer, until, runs};
}

void silence_end(const metering_state_t *self, instant_t now, decision_t *out)
{
    uint32_t runs[OWNERS_MAX];
    count_runs(self, runs);
    for (uint32_t i = 1; i < self->owners.count && out->count < DECISION_EVENTS_MAX; i++)
        if (row_ends_at(self, i) <= now)
            end_row(self, i, self->owners.rows[i].until, runs[i], out);
}

void silence_retire(const metering_state_t *self, stream_t producer, instant_t now, decision_t *out)
{
    uint32_t row = owners_find(&self->owners, producer);
    if (!row || evidence_is_shared(self, producer))
        return;
    uint32_t runs[OWNERS_MAX];
    count_runs(self, runs);
    if (!runs[row])
        return;
    const owner_t *owner = &self->owners.rows[row];
    instant_t until = later(evidence_word(self, row), hour_start(self->closed));
    if (owner->vouching != VOUCHED)
        until = owner->until;
    end_row(self, row, until < now ? until : now, runs[row],
            out); // a word about what is to come is none
}
