#include "services/metering/metering_state.h"
#include "services/metering/metering_burn.h"
#include "services/metering/metering_core.h"
#include "services/metering/metering_counts.h"
#include "services/metering/metering_credits.h"
#include "services/metering/metering_evidence.h"
#include "services/metering/metering_forget.h"
#include "services/metering/metering_fresh.h"
#include "services/metering/metering_hours.h"
#include "services/metering/metering_late.h"
#include "services/metering/metering_losses.h"
#include "services/metering/metering_masks.h"
#include "services/metering/metering_quotas.h"
#include <assert.h>
#include <stdlib.h>

// The order of charge lines: account, resource, kind (docs/rules.md "Meters and lines").
static int meters_compare(const void *context, uint32_t a, uint32_t b)
{
    const metering_state_t *self = context;
    const meter_t *x = rows_meter(self, a), *y = rows_meter(self, b);
    if (x->account != y->account)
        return memcmp(rows_account(self, x->account)->id.bytes,
                      rows_account(self, y->account)->id.bytes, sizeof(uid_t16));
    if (x->resource != y->resource)
        return memcmp(rows_resource(self, x->resource)->id.bytes,
                      rows_resource(self, y->resource)->id.bytes, sizeof(uid_t16));
    return x->kind - y->kind;
}

void *metering_state_create(const void *settings)
{
    const metering_settings_t *given = settings;
    metering_state_t *self = calloc(1, sizeof *self);
    assert(self);
    self->limits = (metering_limits_t){METERING_REPLICAS_DEFAULT, METERING_METERS_DEFAULT};
    if (given && given->replicas_max)
        self->limits.replicas_max = given->replicas_max;
    if (given && given->meters_max)
        self->limits.meters_max = given->meters_max;
    table_init(&self->accounts, sizeof(metering_account_t));
    table_init(&self->resources, sizeof(resource_t));
    table_init(&self->replicas, sizeof(replica_t));
    pool_init(&self->meters, sizeof(meter_t));
    pool_init(&self->points, sizeof(point_t));
    pool_init(&self->cells, sizeof(cell_t));
    order_init(&self->live, meters_compare, self);
    order_init(&self->late, meters_compare, self);
    credits_init(&self->credits);
    counts_init(&self->counts);
    owners_init(&self->owners);
    self->quotas = quotas_default; // until the journal says otherwise
    self->low = HOUR_NONE;
    self->late_since = INT64_MAX;
    return self;
}

void metering_state_destroy(void *state)
{
    metering_state_t *self = state;
    if (!self)
        return;
    table_release(&self->accounts);
    table_release(&self->resources);
    table_release(&self->replicas);
    pool_release(&self->meters);
    pool_release(&self->points);
    pool_release(&self->cells);
    order_release(&self->live);
    order_release(&self->late);
    credits_release(&self->credits);
    counts_release(&self->counts);
    free(self);
}

// --- busy and idle replicas ---

static bool runs_by_newest_point(const metering_state_t *self, const replica_t *replica)
{
    return replica->points && replica->meter && !rows_meter(self, replica->meter)->closed &&
           ((const point_t *)pool_row(&self->points, replica->points))->code;
}

// Drops what lies before the window: old cells, and points that a later point before it overrides.
static void drop_before_window(metering_state_t *self, replica_t *replica)
{
    uint32_t oldest = rows_oldest_hour(self);
    cells_drop_before(&replica->cells, &self->cells, oldest);
    points_drop_before(&self->points, replica->points, hour_start(oldest));
}

static void make_busy(metering_state_t *self, uint32_t number)
{
    replica_t *replica = rows_replica(self, number);
    if (replica->since == HOUR_NONE)
        return;
    drop_before_window(self, replica);
    replica->since = HOUR_NONE;
    chain_remove(&self->idle, rows_replicas_links(self), number);
    chain_append(&self->busy, rows_replicas_links(self), number);
    if (replica->meter) {
        chain_t *of_meter = &rows_meter(self, replica->meter)->replicas;
        chain_remove(of_meter, rows_of_meter_links(self), number);
        chain_prepend(of_meter, rows_of_meter_links(self), number);
        quotas_busy(self, replica->meter, 1);
    }
}

// Puts a replica to rest if it may: at the closing of an hour.
static void make_idle(metering_state_t *self, uint32_t number)
{
    replica_t *replica = rows_replica(self, number);
    meter_t *meter = replica->meter ? rows_meter(self, replica->meter) : NULL;
    const point_t *point = replica->points ? pool_row(&self->points, replica->points) : NULL;
    uint32_t cell = replica->cells.first;
    if (runs_by_newest_point(self, replica) || (meter && meter->late) ||
        (point && point->at >= hour_start(self->closed)) ||
        (cell && cell_hour(cells_at(&self->cells, cell)) >= self->closed))
        return;
    replica->since = self->closed - 1;
    chain_remove(&self->busy, rows_replicas_links(self), number);
    chain_append(&self->idle, rows_replicas_links(self), number);
    if (meter) {
        chain_remove(&meter->replicas, rows_of_meter_links(self), number);
        chain_append(&meter->replicas, rows_of_meter_links(self), number);
        quotas_busy(self, replica->meter, -1);
    }
}

// --- the fold ---

// A closed meter is forgotten no earlier than a window after its deletion, and after that was
// heard.
static void queue_for_forgetting(metering_state_t *self, uint32_t number, instant_t heard)
{
    meter_t *meter = rows_meter(self, number);
    meter->since = hour_of(heard + AHEAD_MAX_US);
    chain_append(&self->gone, rows_meters_links(self), number);
}

static uint32_t need_account(metering_state_t *self, const uid_t16 *id)
{
    uint32_t number = rows_find(&self->accounts, id);
    return number ? number : table_insert(&self->accounts, id) + 1;
}

static uint32_t need_resource(metering_state_t *self, const uid_t16 *id, stream_t producer)
{
    uint32_t number = rows_find(&self->resources, id);
    if (!number) {
        number = table_insert(&self->resources, id) + 1;
        rows_resource(self, number)->deleted = DELETED_NEVER;
        uint32_t owner = owners_need(&self->owners, producer);
        self->owners.rows[owner].resources++;
        rows_resource(self, number)->owner = (uint16_t)owner;
    }
    return number;
}

// What opened a resource was an item: the event's cause says whose.
static void apply_meter_opened(metering_state_t *self, const event_meter_opened_t *event,
                               instant_t heard, stream_t producer)
{
    owner_t *teller = quotas_hour(self, owners_need(&self->owners, producer), heard);
    bool named = !uid_is_zero(&event->account);
    teller->hour_meters++;
    teller->hour_accounts += named && !rows_find(&self->accounts, &event->account);
    uint32_t account = named ? need_account(self, &event->account) : 0;
    uint32_t resource = need_resource(self, &event->resource, producer);
    uint32_t number = pool_take(&self->meters);
    assert(number == event->meter);
    resource_t *owner = rows_resource(self, resource);
    meter_t *meter = rows_meter(self, number);
    *meter = (meter_t){.account = account,
                       .resource = resource,
                       .next_of_resource = owner->meters,
                       .kind = (uint8_t)event->kind,
                       .closed = owner->deleted != DELETED_NEVER};
    owner->meters = number;
    self->owners.rows[owner->owner].meters++;
    if (meter->closed)
        queue_for_forgetting(self, number, heard);
    if (!account)
        return; // only its deletion was heard of: nothing can be billed on it
    owner->account = account;
    rows_account(self, account)->meters_count++;
    if (meter->closed)
        return;
    chain_append(&rows_account(self, account)->meters, rows_meters_links(self), number);
    order_add(&self->live, number);
}

static void apply_replica_opened(metering_state_t *self, const event_replica_opened_t *event,
                                 stream_t producer)
{
    uint32_t number = rows_find(&self->replicas, &event->id), loose = 0;
    if (number)
        loose = rows_replica(self, number)->owner;
    else {
        number = table_insert(&self->replicas, &event->id) + 1;
        rows_replica(self, number)->since = HOUR_NONE;
        chain_append(&self->busy, rows_replicas_links(self), number);
    }
    replica_t *replica = rows_replica(self, number);
    assert(number == event->replica && !replica->meter);
    make_busy(self, number);
    self->owners.rows[loose].loose -= loose > 0;
    replica->owner = 0;
    if (!event->meter) {
        replica->owner = (uint16_t)owners_need(&self->owners, producer);
        self->owners.rows[replica->owner].loose++;
        return;
    }
    meter_t *meter = rows_meter(self, (uint32_t)event->meter);
    assert(!meter->due); // nothing that early is accepted
    replica->meter = (uint32_t)event->meter;
    meter->replicas_count++;
    chain_prepend(&meter->replicas, rows_of_meter_links(self), number);
    self->owners.rows[rows_resource(self, meter->resource)->owner].replicas++;
    quotas_busy(self, replica->meter, 1);
}

static void apply_accepted(metering_state_t *self, const event_usage_accepted_t *event)
{
    masks_reader_t reader;
    masks_entry_t entry;
    masks_start(&reader, event->masks, event->count);
    while (masks_next(&reader, &entry)) {
        replica_t *replica = rows_replica(self, entry.replica);
        make_busy(self, entry.replica);
        cells_accept(&replica->cells, &self->cells, &self->tariffs, entry.hour, entry.version,
                     entry.mask);
        if (late_is(self, rows_meter(self, replica->meter), entry.hour))
            late_settle(self, replica->meter);
        else
            late_note_hour(self, entry.hour);
    }
    assert(!masks_end(&reader)); // our own journal's bytes, checked by its hash
}

// Hours in which a new point changes something that no closing of an hour will post.
static void mark_hours_of_point(metering_state_t *self, uint32_t number, instant_t from,
                                instant_t to)
{
    replica_t *replica = rows_replica(self, number);
    const meter_t *meter = rows_meter(self, replica->meter);
    instant_t deleted = rows_resource(self, meter->resource)->deleted;
    instant_t end = meter->closed ? deleted : hour_start(self->closed);
    end = to < end ? to : end;
    uint32_t oldest = rows_oldest_hour(self);
    uint32_t hour = hour_of(from) > oldest ? hour_of(from) : oldest;
    for (; hour_start(hour) < end; hour++)
        late_mark_hour(self, replica, hour);
    late_settle(self, replica->meter);
}

static void apply_point(metering_state_t *self, uint32_t number, point_t point)
{
    make_busy(self, number);
    replica_t *replica = rows_replica(self, number);
    bool ran = runs_by_newest_point(self, replica);
    instant_t from = evidence_told_from(self, replica, point.at);
    instant_t to = points_add(&self->points, &replica->points, point);
    bool runs_after = runs_by_newest_point(self, replica);
    if (!replica->meter)
        return; // its start has not been heard of
    if (!rows_meter(self, replica->meter)->closed && to > hour_start(self->closed)) {
        late_note_hour(self, hour_of(point.at) > self->closed ? hour_of(point.at) : self->closed);
        if (point.code && to != POINTS_END) // its end was heard of first, and noted no hour then
            late_note_hour(self, hour_of(to - 1));
    }
    self->running += (uint32_t)runs_after - (uint32_t)ran;
    if (hour_of(from) < self->closed || rows_meter(self, replica->meter)->closed)
        mark_hours_of_point(self, number, from, to);
}

static void apply_start(metering_state_t *self, const event_interval_opened_t *event)
{
    instant_t at = event->began ? event->began : event->from;
    uint16_t code = tariff_version(&self->tariffs, (uint16_t)event->version)->code;
    apply_point(self, (uint32_t)event->replica, (point_t){at, event->from, 0, code});
}

// `told`: a deletion, which the line stands before, is the evidence of what runs.
static void bill_hour(metering_state_t *self, replica_t *replica, uint32_t hour, uint16_t version,
                      bool told)
{
    fresh_t fresh;
    if (told)
        fresh_told_of_hour(self, replica, hour, DELETED_NEVER, &fresh);
    else
        fresh_of_hour(self, replica, hour, DELETED_NEVER, &fresh);
    for (unsigned i = 0; i < fresh.count; i++)
        if (fresh.of[i].version == version)
            cells_bill(&replica->cells, &self->cells, &self->tariffs, rows_oldest_hour(self), hour,
                       version, fresh.of[i].mask);
}

// A line takes all fresh minutes of its meter, version and hour. One of a deletion took only those
// before it; the others of the hour are called billed here as well, which changes nothing: minutes
// at or after the deletion are never fresh again.
static void apply_charged(metering_state_t *self, const event_usage_charged_t *event,
                          uint64_t sequence)
{
    uint32_t number = (uint32_t)event->meter, hour = hour_of(event->hour);
    meter_t *meter = rows_meter(self, number);
    if (meter->closed)
        rows_account(self, meter->account)->carry = event->remainder;
    else
        meter->carry = event->remainder;
    for (uint32_t r = rows_busy_first(self, meter); r; r = rows_busy_next(self, r))
        bill_hour(self, rows_replica(self, r), hour, (uint16_t)event->version,
                  event->reason == CHARGED_DELETION);
    counts_bill(self, meter, hour, (uint16_t)event->version);
    if (meter->late)
        late_settle(self, number);
    if (event->reason == CHARGED_HOUR) {
        burn_note_line(rows_account(self, meter->account), event, sequence);
        credits_note_line(&self->credits, hour, sequence, self->lines == 0);
        self->cursor = number;
        self->lines++;
    } else
        credits_keep(&self->credits, event, sequence, self->closed);
    self->charged++;
}

// --- what was billed and is not billable ---

static void apply_overbilled(metering_state_t *self, const event_usage_overbilled_t *event)
{
    masks_reader_t reader;
    masks_entry_t entry;
    masks_start(&reader, event->masks, event->count);
    while (masks_next(&reader, &entry)) {
        replica_t *replica = rows_replica(self, entry.replica);
        make_busy(self, entry.replica);
        cells_take_back(&replica->cells, &self->cells, &self->tariffs, entry.hour, entry.version,
                        entry.mask);
        credits_owe(&self->credits, replica->meter, entry.hour, entry.version,
                    mask_count(entry.mask));
    }
    assert(!masks_end(&reader)); // our own journal's bytes, checked by its hash
}

static void apply_credited(metering_state_t *self, const event_usage_credited_t *event)
{
    meter_t *meter = rows_meter(self, (uint32_t)event->meter);
    *(meter->closed ? &rows_account(self, meter->account)->carry : &meter->carry) =
        event->remainder;
    credits_give(&self->credits, event, self->closed);
    self->credits.given += event->minutes;
}

static void apply_uncredited(metering_state_t *self, const event_usage_uncredited_t *event)
{
    if (event->failure != FAIL_EXPIRED) // those were never owed
        credits_settle(&self->credits, (uint32_t)event->meter, hour_of(event->hour),
                       (uint16_t)event->version, event->minutes);
    self->credits.refused += event->minutes;
}

static void apply_meter_closed(metering_state_t *self, const event_meter_closed_t *event,
                               instant_t heard)
{
    uint32_t number = (uint32_t)event->meter;
    meter_t *meter = rows_meter(self, number);
    resource_t *resource = rows_resource(self, meter->resource);
    uint32_t first = late_first_hour(self, resource);
    resource->deleted = event->at;
    for (uint32_t r = rows_busy_first(self, meter); r; r = rows_busy_next(self, r))
        self->running -= runs_by_newest_point(self, rows_replica(self, r));
    bool again = meter->closed;
    if (!meter->closed && meter->account) {
        order_remove(&self->live, number);
        chain_remove(&rows_account(self, meter->account)->meters, rows_meters_links(self), number);
    }
    if (!meter->closed)
        queue_for_forgetting(self, number, heard);
    meter->closed = true;
    meter->carry = 0;
    if (!meter->account)
        return;
    rows_account(self, meter->account)->carry = event->remainder;
    // What one decision had no room to post is late from now on.
    for (uint32_t r = rows_busy_first(self, meter); r; r = rows_busy_next(self, r))
        for (uint32_t h = first; h != HOUR_NONE && hour_start(h) < event->at; h++)
            late_mark_hour(self, rows_replica(self, r), h);
    late_settle(self, number);
    if (meter->late && !again)
        self->late_since = LATE_AT_ONCE;
}

// Meters whose window is over; those that have replicas left follow with the last of them.
static void mark_meters_due(metering_state_t *self)
{
    for (uint32_t n;
         (n = self->gone.first) && rows_meter(self, n)->since < rows_oldest_hour(self);) {
        meter_t *meter = rows_meter(self, n);
        meter->due = true;
        chain_remove(&self->gone, rows_meters_links(self), n);
        if (!meter->replicas_count)
            chain_append(&self->spent, rows_meters_links(self), n);
    }
}

static void apply_hour_closed(metering_state_t *self, uint32_t hour, uint64_t sequence)
{
    assert(hour >= self->closed);
    credits_note_closing(&self->credits, hour, sequence);
    self->closed = hour + 1;
    self->low = hour + 1;
    self->cursor = 0;
    self->lines = 0;
    for (uint32_t r = self->busy.first, next; r; r = next) {
        replica_t *replica = rows_replica(self, r);
        next = replica->link.after;
        drop_before_window(self, replica);
        // Minutes that came for a meter after its turn in this hour are late now.
        if (replica->meter && !cells_full(&replica->cells, hour)) {
            fresh_t fresh;
            fresh_of_hour(self, replica, hour, DELETED_NEVER, &fresh);
            if (fresh.count) {
                late_mark_hour(self, replica, hour);
                late_settle(self, replica->meter);
            }
        }
        make_idle(self, r);
    }
    counts_close(self, hour);
    mark_meters_due(self);
    credits_forget_before(&self->credits, rows_oldest_hour(self));
}

static void apply_through(metering_state_t *self, stream_t producer, instant_t through)
{
    size_t i = 0;
    while (i < self->producers_count && self->producers[i].producer != producer)
        i++;
    assert(i < PRODUCERS_MAX);
    self->producers_count += i == self->producers_count;
    self->producers[i] = (producer_t){producer, through};
    evidence_apply_through(self, producer, through);
}

// Of each open run, where the evidence of it ends.
static void apply_ended(metering_state_t *self, const event_usage_ended_t *event)
{
    uint32_t row = owners_find(&self->owners, event->producer);
    for (uint32_t r = self->busy.first; r; r = rows_replica(self, r)->link.after) {
        instant_t began = evidence_run_of(self, rows_replica(self, r), row);
        if (began != EVIDENCE_ALL)
            apply_point(self, r, points_stop(event->until > began ? event->until : began));
    }
    self->owners.rows[row].vouching = ENDED;
    self->owners.rows[row].until = event->until;
}

static void apply_retired(metering_state_t *self, stream_t producer)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].producer != producer)
            self->producers[kept++] = self->producers[i];
    self->producers_count = kept;
}

// --- whose it is ---

static void apply_owned(metering_state_t *self, const event_producer_owned_t *event)
{
    owners_name(&self->owners, owners_need(&self->owners, event->producer), event->owner);
}

static void apply_moved(metering_state_t *self, const event_resource_moved_t *event)
{
    resource_t *resource = rows_resource(self, rows_find(&self->resources, &event->resource));
    uint32_t owner = owners_need(&self->owners, event->producer);
    instant_t before = evidence_until(self, resource);
    quotas_move(self, resource, owner);
    resource->owner = (uint16_t)owner;
    evidence_apply_moved(self, resource, before);
}

static void apply_refused(metering_state_t *self, const event_t *event)
{
    const event_usage_refused_t *e = &event->usage_refused;
    self->refused++;
    quotas_hour(self, owners_need(&self->owners, e->producer), event->at)->hour_refusals++;
    if (e->failure == FAIL_QUOTA)
        self->quota_refused = event->at;
}

// --- every event ---

static void apply(metering_state_t *self, const event_t *event, uint64_t sequence)
{
    switch (event->type) {
    case EVENT_tariff_defined:
        tariff_define(&self->tariffs, event->tariff_defined.code, event->tariff_defined.price,
                      event->tariff_defined.effective);
        break;
    case EVENT_rate_defined:
        tariff_define_rate(&self->tariffs, (uint8_t)event->rate_defined.kind,
                           event->rate_defined.code, event->rate_defined.price,
                           (uint32_t)event->rate_defined.included, event->rate_defined.effective);
        break;
    case EVENT_tariff_withdrawn:
        tariff_withdraw(&self->tariffs, (uint16_t)event->tariff_withdrawn.version);
        break;
    case EVENT_usage_counted:
        counts_apply(self, &event->usage_counted);
        break;
    case EVENT_meter_opened:
        apply_meter_opened(self, &event->meter_opened, event->at, event->cause.stream);
        break;
    case EVENT_replica_opened:
        apply_replica_opened(self, &event->replica_opened, event->cause.stream);
        break;
    case EVENT_usage_accepted:
        apply_accepted(self, &event->usage_accepted);
        break;
    case EVENT_interval_opened:
        apply_start(self, &event->interval_opened);
        break;
    case EVENT_interval_closed:
        apply_point(self, (uint32_t)event->interval_closed.replica,
                    points_stop(event->interval_closed.to));
        break;
    case EVENT_meter_closed:
        apply_meter_closed(self, &event->meter_closed, event->at);
        break;
    case EVENT_usage_through:
        apply_through(self, event->usage_through.producer, event->usage_through.through);
        break;
    case EVENT_hour_closed:
        apply_hour_closed(self, hour_of(event->hour_closed.hour), sequence);
        break;
    case EVENT_usage_charged:
        apply_charged(self, &event->usage_charged, sequence);
        break;
    case EVENT_usage_overbilled:
        apply_overbilled(self, &event->usage_overbilled);
        break;
    case EVENT_usage_taking_back:
        credits_take_back(&self->credits, &event->usage_taking_back);
        break;
    case EVENT_usage_credited:
        apply_credited(self, &event->usage_credited);
        break;
    case EVENT_usage_uncredited:
        apply_uncredited(self, &event->usage_uncredited);
        break;
    case EVENT_usage_refused:
        apply_refused(self, event);
        break;
    case EVENT_usage_refused_more:
        self->refused += event->usage_refused_more.count;
        break;
    case EVENT_quotas_changed:
        self->quotas = event->quotas_changed;
        self->quotas_changed = sequence;
        break;
    case EVENT_usage_expired:
        losses_apply(&self->losses, &event->usage_expired, event->at);
        break;
    case EVENT_usage_forgotten:
        forget_apply(self, &event->usage_forgotten);
        break;
    case EVENT_producer_retired:
        apply_retired(self, event->producer_retired.producer);
        break;
    case EVENT_usage_bounded:
        evidence_apply_bounded(self, &event->usage_bounded);
        break;
    case EVENT_usage_ended:
        apply_ended(self, &event->usage_ended);
        break;
    case EVENT_producer_owned:
        apply_owned(self, &event->producer_owned);
        break;
    case EVENT_resource_moved:
        apply_moved(self, &event->resource_moved);
        break;
    case EVENT_metering_policy_changed:
        self->policy = event->metering_policy_changed;
        break;
    default:
        break; // the node's own events
    }
}

void metering_state_apply(void *state, const event_t *event, uint64_t sequence)
{
    metering_state_t *self = state;
    apply(self, event, sequence);
    if (order_empty(&self->late) || self->late_since == INT64_MAX)
        self->late_since = order_empty(&self->late) ? INT64_MAX : event->at;
}
