#include "services/metering/feed.h"
#include "services/metering/charging.h"
#include "services/metering/masks.h"
#include <stdlib.h>

enum { KIND_COMPUTE = 1, KIND_BUILD = 2, KIND_LAST = 4 };

// Who and what an item names; numbers are 0 where the state does not know it yet.
typedef struct {
    const uid_t16 *resource, *replica, *account;
    uint64_t kind;
    instant_t at;
    uint16_t code, version;
    uint32_t meter, replica_number;
} named_t;

typedef struct {
    uid_t16 id, account;
    uint32_t meters[KIND_LAST + 1];
} new_resource_t;

typedef struct {
    uid_t16 id;
    uint32_t number, meter;
} new_replica_t;

typedef struct {
    uid_t16 key; // replica, minute
    uint16_t version;
} new_minute_t;

// What the items before this one will have opened and accepted once the decision is applied.
typedef struct {
    const metering_t *self;
    const feed_limits_t *limits;
    const input_t *input;
    decision_t *out;
    table_t resources, replicas, minutes;
    uint32_t next_meter, next_replica;     // numbers that the next ones opened get
    uint32_t meters_count, replicas_count; // in use
    masks_entry_t *entries;
    size_t entries_count;
} batch_t;

// --- what every item is checked for ---

static fail_t check_instant(const metering_t *self, instant_t at, instant_t now)
{
    if (at < 0 || at > INSTANT_LAST - HOUR_US)
        return FAIL_INVALID;
    if (at <= now + (instant_t)self->policy.ahead_us)
        return FAIL_NONE;
    return at > now + AHEAD_WAITS_US ? FAIL_FUTURE : FAIL_LATER;
}

// Before the window: of what is not known it may have been forgotten, or contradicts `through`.
static bool is_past(const metering_t *self, instant_t at)
{
    return at < hour_start(usage_oldest(self));
}

// `first` is the first minute it makes billable.
static fail_t check_named(const metering_t *self, instant_t now, text_t tariff, instant_t first,
                          named_t *named)
{
    if (uid_is_zero(named->resource) || uid_is_zero(named->replica) ||
        uid_is_zero(named->account) || named->kind > KIND_BUILD)
        return FAIL_INVALID;
    if (named->kind == 0)
        named->kind = KIND_COMPUTE;
    fail_t fail = check_instant(self, named->at, now);
    if (fail)
        return fail;
    named->code = tariff_code(&self->tariffs, tariff);
    named->version = named->code ? tariff_at(&self->tariffs, named->code, first) : 0;
    if (!named->version)
        return FAIL_TARIFF;
    uint32_t number = usage_find(&self->resources, named->resource);
    const resource_t *resource = number ? usage_resource(self, number) : NULL;
    named->replica_number = usage_find(&self->replicas, named->replica);
    if (resource) {
        if (resource->account &&
            !uid_equal(&usage_account(self, resource->account)->id, named->account))
            return FAIL_CONFLICT;
        named->meter = usage_meter_of(self, resource, named->kind);
    }
    if (named->replica_number && usage_replica(self, named->replica_number)->meter &&
        usage_replica(self, named->replica_number)->meter != named->meter)
        return FAIL_CONFLICT;
    return resource && named->at >= resource->deleted ? FAIL_DELETED : FAIL_NONE;
}

static fail_t check_start(const metering_t *self, instant_t now, const event_t *item,
                          named_t *named)
{
    const event_replica_started_t *e = &item->replica_started;
    *named = (named_t){.resource = &e->resource,
                       .replica = &e->replica,
                       .account = &e->account,
                       .kind = e->kind,
                       .at = item->at};
    instant_t first = check_instant(self, item->at, now) ? 0 : minute_ceil(item->at);
    fail_t fail = check_named(self, now, e->tariff, first, named);
    return !fail && !named->replica_number && is_past(self, item->at) ? FAIL_EXPIRED : fail;
}

static fail_t check_tick(const metering_t *self, instant_t now, const event_t *item, named_t *named)
{
    const event_usage_ticked_t *e = &item->usage_ticked;
    instant_t minute = item->at < 0 ? item->at : minute_floor(item->at);
    *named = (named_t){.resource = &e->resource,
                       .replica = &e->replica,
                       .account = &e->account,
                       .kind = e->kind,
                       .at = item->at};
    fail_t fail = check_instant(self, item->at, now);
    named->at = fail ? item->at : minute;
    return check_named(self, now, e->tariff, minute, named);
}

static fail_t check_stop(const metering_t *self, instant_t now, const event_t *item)
{
    const event_replica_stopped_t *e = &item->replica_stopped;
    if (uid_is_zero(&e->resource) || uid_is_zero(&e->replica))
        return FAIL_INVALID;
    fail_t fail = check_instant(self, item->at, now);
    uint32_t number = usage_find(&self->replicas, &e->replica);
    uint32_t meter = number ? usage_replica(self, number)->meter : 0;
    if (!fail && meter &&
        usage_meter(self, meter)->resource != usage_find(&self->resources, &e->resource))
        return FAIL_CONFLICT;
    return fail;
}

static fail_t check_created(const metering_t *self, instant_t now, const event_t *item)
{
    const event_resource_created_t *e = &item->resource_created;
    if (uid_is_zero(&e->resource) || uid_is_zero(&e->account) || e->kind > KIND_LAST)
        return FAIL_INVALID;
    fail_t fail = check_instant(self, item->at, now);
    if (fail)
        return fail;
    uint32_t number = usage_find(&self->resources, &e->resource);
    uint32_t account = number ? usage_resource(self, number)->account : 0;
    return account && !uid_equal(&usage_account(self, account)->id, &e->account) ? FAIL_CONFLICT
                                                                                 : FAIL_NONE;
}

static fail_t check_deleted(const metering_t *self, instant_t now, const event_t *item)
{
    return uid_is_zero(&item->resource_deleted.resource) ? FAIL_INVALID
                                                         : check_instant(self, item->at, now);
}

// --- opening what an item names for the first time ---

static fail_t check_room(const batch_t *b, bool meter, bool replica)
{
    return (meter && b->meters_count >= b->limits->meters_max) ||
                   (replica && b->replicas_count >= b->limits->replicas_max)
               ? FAIL_FULL
               : FAIL_NONE;
}

static uint32_t open_meter(batch_t *b, const uid_t16 *account, const uid_t16 *resource,
                           uint64_t kind)
{
    uint32_t number = b->next_meter;
    b->next_meter = pool_after(&b->self->meters, number);
    b->meters_count++;
    decision_add(b->out, EVENT_meter_opened)->meter_opened =
        (event_meter_opened_t){number, *account, *resource, kind};
    return number;
}

static uint32_t open_replica(batch_t *b, uint32_t number, uint32_t meter, const uid_t16 *id)
{
    if (!number) {
        number = b->next_replica;
        b->next_replica = table_after(&b->self->replicas, number - 1) + 1;
        b->replicas_count++;
    }
    decision_add(b->out, EVENT_replica_opened)->replica_opened =
        (event_replica_opened_t){number, meter, *id};
    return number;
}

// Gives the named meter and replica their numbers, opening them if need be.
static fail_t open_named(batch_t *b, named_t *named)
{
    bool bound = named->replica_number && usage_replica(b->self, named->replica_number)->meter;
    if (bound)
        return FAIL_NONE; // then its meter is known too
    new_resource_t *resource = NULL;
    uint32_t row = table_find(&b->resources, named->resource);
    if (row != TABLE_NONE) {
        resource = table_row(&b->resources, row);
        if (!uid_equal(&resource->account, named->account))
            return FAIL_CONFLICT;
        if (!named->meter)
            named->meter = resource->meters[named->kind];
    }
    row = table_find(&b->replicas, named->replica);
    if (row != TABLE_NONE) {
        const new_replica_t *replica = table_row(&b->replicas, row);
        if (replica->meter != named->meter)
            return FAIL_CONFLICT;
        named->replica_number = replica->number;
        return FAIL_NONE;
    }
    fail_t fail = check_room(b, !named->meter, !named->replica_number);
    if (fail)
        return fail;
    if (!named->meter) {
        named->meter = open_meter(b, named->account, named->resource, named->kind);
        if (!resource) {
            row = table_insert(&b->resources, named->resource);
            resource = table_row(&b->resources, row);
            resource->account = *named->account;
        }
        resource->meters[named->kind] = named->meter;
    }
    named->replica_number = open_replica(b, named->replica_number, named->meter, named->replica);
    new_replica_t *replica = table_row(&b->replicas, table_insert(&b->replicas, named->replica));
    replica->number = named->replica_number;
    replica->meter = named->meter;
    return FAIL_NONE;
}

// --- items ---

static void expire(decision_t *out, uint32_t replica, uint16_t version, instant_t from,
                   uint64_t minutes)
{
    if (minutes)
        decision_add(out, EVENT_usage_expired)->usage_expired =
            (event_usage_expired_t){replica, version, hour_start(hour_of(from)), minutes};
}

static const point_t *newest_point(const metering_t *self, uint32_t replica)
{
    uint32_t point = replica ? usage_replica(self, replica)->points : 0;
    return point ? pool_row(&self->points, point) : NULL;
}

// Until when a start at `from` holds by what is known: the next point, or the deletion.
static instant_t start_holds(const metering_t *self, const named_t *named, instant_t from)
{
    instant_t to = DELETED_NEVER;
    uint32_t resource = usage_find(&self->resources, named->resource);
    if (resource)
        to = usage_resource(self, resource)->deleted;
    for (uint32_t n = named->replica_number ? usage_replica(self, named->replica_number)->points
                                            : 0;
         n;) {
        const point_t *point = pool_row(&self->points, n);
        if (point->at <= from)
            break;
        to = point->at < to ? point->at : to;
        n = point->next;
    }
    return to;
}

static fail_t decide_start(batch_t *b, const event_t *item)
{
    const metering_t *self = b->self;
    named_t named;
    fail_t fail = check_start(self, b->input->now, item, &named);
    if (fail)
        return fail;
    const point_t *point = newest_point(self, named.replica_number);
    if (point && point->at == item->at && point->code == named.code)
        return FAIL_NONE;
    instant_t from = item->at, to = start_holds(self, &named, from);
    instant_t oldest = minute_ceil(b->input->now) - (instant_t)self->policy.late_us;
    if (to > oldest && (fail = open_named(b, &named)))
        return fail;
    if (from < oldest) { // what of it came too late is lost, the rest is billed
        expire(b->out, named.replica_number, named.version, minute_ceil(from),
               minutes_between(from, to < oldest ? to : oldest));
        if (to <= oldest)
            return FAIL_NONE; // all of it
        from = oldest;
    }
    decision_add(b->out, EVENT_interval_opened)->interval_opened =
        (event_interval_opened_t){named.replica_number, named.version, from};
    return FAIL_NONE;
}

static fail_t decide_stop(batch_t *b, const event_t *item)
{
    const metering_t *self = b->self;
    const event_replica_stopped_t *e = &item->replica_stopped;
    fail_t fail = check_stop(self, b->input->now, item);
    if (fail)
        return fail;
    uint32_t resource = usage_find(&self->resources, &e->resource);
    if (resource && item->at >= usage_resource(self, resource)->deleted)
        return FAIL_NONE; // it stopped when its resource was deleted
    uint32_t number = usage_find(&self->replicas, &e->replica);
    const point_t *point = newest_point(self, number);
    if (point && point->at == item->at && !point->code)
        return FAIL_NONE;
    if (!number && is_past(self, item->at))
        return FAIL_NONE; // all it could end is too late anyway
    if (!number) {        // its start is still to come
        if ((fail = check_room(b, false, true)))
            return fail;
        number = open_replica(b, 0, 0, &e->replica);
    }
    decision_add(b->out, EVENT_interval_closed)->interval_closed =
        (event_interval_closed_t){number, item->at};
    return FAIL_NONE;
}

static fail_t decide_created(batch_t *b, const event_t *item)
{
    const event_resource_created_t *e = &item->resource_created;
    fail_t fail = check_created(b->self, b->input->now, item);
    if (fail)
        return fail;
    uint64_t kind = e->kind ? e->kind : KIND_COMPUTE;
    uint32_t number = usage_find(&b->self->resources, &e->resource);
    if (number && usage_meter_of(b->self, usage_resource(b->self, number), kind))
        return FAIL_NONE;
    if (!number && is_past(b->self, item->at))
        return FAIL_NONE; // it may be gone again; if it is not, its usage opens it
    if ((fail = check_room(b, true, false)))
        return fail;
    (void)open_meter(b, &e->account, &e->resource, kind);
    return FAIL_NONE;
}

static fail_t decide_deleted(batch_t *b, const event_t *item)
{
    static const uid_t16 unknown;
    const uid_t16 *id = &item->resource_deleted.resource;
    fail_t fail = check_deleted(b->self, b->input->now, item);
    if (fail)
        return fail;
    uint32_t number = usage_find(&b->self->resources, id);
    if (!number && is_past(b->self, item->at))
        return FAIL_NONE; // all before it is too late, and what is new is another resource
    if (!number) { // remembered on a meter without account, so that nothing after it is billed
        if ((fail = check_room(b, true, false)))
            return fail;
        uint32_t meter = open_meter(b, &unknown, id, 0);
        decision_add(b->out, EVENT_meter_closed)->meter_closed =
            (event_meter_closed_t){.meter = meter, .at = item->at};
        return FAIL_NONE;
    }
    const resource_t *resource = usage_resource(b->self, number);
    if (resource->deleted == DELETED_NEVER)
        charging_deletion(b->self, resource, item->at, b->out);
    return FAIL_NONE; // deleted before: the first word holds
}

static fail_t decide_tick(batch_t *b, const event_t *item)
{
    const metering_t *self = b->self;
    named_t named;
    fail_t fail = check_tick(self, b->input->now, item, &named);
    if (fail)
        return fail;
    instant_t minute = named.at;
    const replica_t *replica =
        named.replica_number ? usage_replica(self, named.replica_number) : NULL;
    if (minute < b->input->now - (instant_t)self->policy.late_us) {
        expire(b->out, named.replica_number, named.version, minute, 1);
        return FAIL_NONE;
    }
    if (replica) {
        uint16_t under = usage_accepted_under(self, replica, minute);
        bool sure = under || minute < usage_through(self);
        if (!under)
            under = usage_runs_under(self, replica, minute);
        if (under == UINT16_MAX || (under == named.version && sure))
            return FAIL_NONE; // nothing new
        if (under && under != named.version)
            return FAIL_BILLED;
    }
    if ((fail = open_named(b, &named)))
        return fail;
    uid_t16 key = table_key(named.replica_number, (uint64_t)minute);
    uint32_t row = table_find(&b->minutes, &key);
    if (row != TABLE_NONE)
        return ((new_minute_t *)table_row(&b->minutes, row))->version == named.version
                   ? FAIL_NONE
                   : FAIL_BILLED;
    ((new_minute_t *)table_row(&b->minutes, table_insert(&b->minutes, &key)))->version =
        named.version;
    b->entries[b->entries_count++] =
        (masks_entry_t){named.replica_number, hour_of(minute), mask_of(minute), named.version};
    return FAIL_NONE;
}

static fail_t decide_item(batch_t *b, const event_t *item)
{
    switch (item->type) {
    case EVENT_resource_created:
        return decide_created(b, item);
    case EVENT_resource_scaled:
        return FAIL_NONE; // billed is what runs, not what is wanted
    case EVENT_resource_deleted:
        return decide_deleted(b, item);
    case EVENT_replica_started:
        return decide_start(b, item);
    case EVENT_replica_stopped:
        return decide_stop(b, item);
    case EVENT_usage_ticked:
        return decide_tick(b, item);
    default:
        return FAIL_INVALID;
    }
}

static int entries_compare(const void *a, const void *b)
{
    return masks_compare(a, b);
}

// One usage.accepted of all that the batch brought.
static void accept_entries(batch_t *b)
{
    if (!b->entries_count)
        return;
    qsort(b->entries, b->entries_count, sizeof b->entries[0], entries_compare);
    size_t count = 0;
    for (size_t i = 0; i < b->entries_count; i++) {
        if (count && masks_compare(&b->entries[count - 1], &b->entries[i]) == 0)
            b->entries[count - 1].mask |= b->entries[i].mask;
        else
            b->entries[count++] = b->entries[i];
    }
    size_t cap = count * MASKS_ENTRY_BYTES_MAX;
    uint8_t *bytes = decision_scratch(b->out, cap);
    assert(bytes); // DECISION_BATCH_MAX entries are a tenth of the scratch
    size_t size = masks_encode(b->entries, count, bytes, cap);
    decision_add(b->out, EVENT_usage_accepted)->usage_accepted =
        (event_usage_accepted_t){count, {bytes, (uint32_t)size}};
}

void feed_items(const metering_t *self, const feed_limits_t *limits, const input_t *input,
                const event_t *items, size_t count, uint8_t *results, decision_t *out)
{
    assert(count <= DECISION_BATCH_MAX);
    batch_t b = {.self = self,
                 .limits = limits,
                 .input = input,
                 .out = out,
                 .next_meter = pool_next(&self->meters),
                 .next_replica = table_next(&self->replicas) + 1,
                 .meters_count = self->meters.used,
                 .replicas_count = table_used(&self->replicas)};
    table_init(&b.resources, sizeof(new_resource_t));
    table_init(&b.replicas, sizeof(new_replica_t));
    table_init(&b.minutes, sizeof(new_minute_t));
    b.entries = decision_scratch(out, count * sizeof b.entries[0]);
    assert(b.entries);
    for (size_t i = 0; i < count; i++) {
        fail_t fail = decide_item(&b, &items[i]);
        if (fail == FAIL_LATER) {
            memset(&results[i], FAIL_LATER, count - i);
            break;
        }
        if (fail)
            decision_add(out, EVENT_usage_refused)->usage_refused = (event_usage_refused_t){
                input->stream, input->sequence + i, (uint64_t)fail, (uint64_t)items[i].type};
        results[i] = (uint8_t)fail;
    }
    accept_entries(&b);
    table_release(&b.resources);
    table_release(&b.replicas);
    table_release(&b.minutes);
}

fail_t feed_check(const metering_t *self, const feed_limits_t *limits, const input_t *input)
{
    named_t named;
    instant_t now = input->now;
    if (self->meters.used + DECISION_BATCH_MAX > limits->meters_max ||
        table_used(&self->replicas) + DECISION_BATCH_MAX > limits->replicas_max)
        return FAIL_FULL;
    switch (input->event->type) {
    case EVENT_resource_created:
        return check_created(self, now, input->event);
    case EVENT_resource_scaled:
        return FAIL_NONE;
    case EVENT_resource_deleted:
        return check_deleted(self, now, input->event);
    case EVENT_replica_started:
        return check_start(self, now, input->event, &named);
    case EVENT_replica_stopped:
        return check_stop(self, now, input->event);
    case EVENT_usage_ticked:
        return check_tick(self, now, input->event, &named);
    default:
        return FAIL_INVALID;
    }
}

// Only a through that passes an hour's end lets an hour be closed, and only if there is one to
// close; all others would fill the journal for nothing.
void feed_through(const metering_t *self, const input_t *input, decision_t *out)
{
    instant_t before = usage_producer_through(self, input->stream);
    if (input->through < 0 || input->through > INSTANT_LAST || usage_next_hour(self) == HOUR_NONE)
        return;
    if (before == INT64_MIN ? self->producers_count == PRODUCERS_MAX
                            : hour_of(input->through) <= hour_of(before))
        return;
    decision_add(out, EVENT_usage_through)->usage_through =
        (event_usage_through_t){input->stream, input->through};
}
