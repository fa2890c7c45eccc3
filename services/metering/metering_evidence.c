#include "services/metering/metering_evidence.h"
#include "services/metering/metering_hours.h"
#include "services/metering/metering_late.h"

instant_t evidence_run(const metering_state_t *self, const replica_t *replica)
{
    if (!replica->points || !replica->meter || rows_meter(self, replica->meter)->closed)
        return EVIDENCE_ALL;
    const point_t *newest = pool_row(&self->points, replica->points);
    return newest->code ? newest->from : EVIDENCE_ALL;
}

instant_t evidence_run_of(const metering_state_t *self, const replica_t *replica, uint32_t row)
{
    instant_t from = evidence_run(self, replica);
    bool owned = from != EVIDENCE_ALL &&
                 rows_resource(self, rows_meter(self, replica->meter)->resource)->owner == row;
    return owned ? from : EVIDENCE_ALL;
}

instant_t evidence_told_from(const metering_state_t *self, const replica_t *replica, instant_t at)
{
    instant_t began = evidence_run(self, replica);
    if (began >= at) // nothing is open, or it began later
        return at;
    instant_t until =
        evidence_until(self, rows_resource(self, rows_meter(self, replica->meter)->resource));
    until = until > began ? until : began;
    return until < at ? until : at;
}

// Do the rows of two producers have one owner? A producer without a row owns nothing.
static bool is_one_owner(const metering_state_t *self, uint32_t a, uint32_t b)
{
    const owner_t *owner = &self->owners.rows[b];
    return a && b && owners_share(&self->owners, a, b, (text_t){owner->name, owner->size});
}

instant_t evidence_word(const metering_state_t *self, uint32_t row)
{
    instant_t own = hours_producer_through(self, self->owners.rows[row].producer);
    instant_t word = INT64_MIN;
    for (size_t i = 0; own == INT64_MIN && i < self->producers_count; i++) {
        const producer_t *other = &self->producers[i];
        if (other->through > word &&
            is_one_owner(self, row, owners_find(&self->owners, other->producer)))
            word = other->through;
    }
    return own == INT64_MIN ? word : own;
}

bool evidence_is_shared(const metering_state_t *self, stream_t producer)
{
    uint32_t row = owners_find(&self->owners, producer);
    for (size_t i = 0; i < self->producers_count; i++) {
        stream_t other = self->producers[i].producer;
        if (other != producer && is_one_owner(self, row, owners_find(&self->owners, other)))
            return true;
    }
    return false;
}

// --- the fold ---

// Minutes of [from, to) have become fresh, or are no more. What of them lies in closed hours will
// be posted by no closing.
static void mark_run(metering_state_t *self, replica_t *replica, instant_t from, instant_t to)
{
    instant_t began = evidence_run(self, replica), closed = hour_start(self->closed);
    if (began == EVIDENCE_ALL)
        return;
    from = from < began ? began : from;
    to = to < closed ? to : closed;
    if (from >= to)
        return;
    uint32_t oldest = rows_oldest_hour(self);
    for (uint32_t h = hour_of(from) > oldest ? hour_of(from) : oldest; hour_start(h) < to; h++)
        late_mark_hour(self, replica, h);
}

// Raises what is known of a row. Each of its meters is settled once, when its first replica comes.
static void raise_row(metering_state_t *self, uint32_t row, instant_t through)
{
    owner_t *owner = &self->owners.rows[row];
    instant_t before = owner->until;
    if (owner->vouching == VOUCHED || through <= before)
        return;
    owner->until = through;
    owner->vouching = through < hour_start(self->closed) ? BOUNDED : VOUCHED;
    for (uint32_t r = self->busy.first; r; r = rows_replica(self, r)->link.after)
        if (evidence_run_of(self, rows_replica(self, r), row) != EVIDENCE_ALL)
            mark_run(self, rows_replica(self, r), before, through);
    for (uint32_t r = self->busy.first; r; r = rows_replica(self, r)->link.after) {
        uint32_t number = rows_replica(self, r)->meter;
        const meter_t *meter = number ? rows_meter(self, number) : NULL;
        if (meter && rows_busy_first(self, meter) == r &&
            rows_resource(self, meter->resource)->owner == row)
            late_settle(self, number);
    }
}

void evidence_apply_bounded(metering_state_t *self, const event_usage_bounded_t *event)
{
    owner_t *owner = &self->owners.rows[owners_need(&self->owners, event->producer)];
    owner->vouching = BOUNDED;
    owner->until = event->until;
}

void evidence_apply_through(metering_state_t *self, stream_t producer, instant_t through)
{
    uint32_t own = owners_find(&self->owners, producer);
    for (uint32_t i = 1; own && i < self->owners.count; i++)
        if (i == own || (self->owners.rows[i].vouching != VOUCHED && is_one_owner(self, i, own) &&
                         hours_producer_through(self, self->owners.rows[i].producer) == INT64_MIN))
            raise_row(self, i, through);
}

void evidence_apply_moved(metering_state_t *self, const resource_t *resource, instant_t before)
{
    instant_t now = evidence_until(self, resource);
    if (before == now)
        return;
    for (uint32_t m = resource->meters; m; m = rows_meter(self, m)->next_of_resource) {
        const meter_t *meter = rows_meter(self, m);
        for (uint32_t r = rows_busy_first(self, meter); r; r = rows_busy_next(self, r))
            mark_run(self, rows_replica(self, r), before, now);
        late_settle(self, m);
    }
}
