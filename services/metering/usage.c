#include "services/metering/usage.h"
#include "services/metering/masks.h"
#include <assert.h>
#include <stddef.h>

// The order of charge lines: account, resource, kind (the billing rules, (h)).
static int meters_compare(const void *context, uint32_t a, uint32_t b)
{
    const metering_t *self = context;
    const meter_t *x = usage_meter(self, a), *y = usage_meter(self, b);
    if (x->account != y->account)
        return memcmp(usage_account(self, x->account)->id.bytes,
                      usage_account(self, y->account)->id.bytes, sizeof(uid_t16));
    if (x->resource != y->resource)
        return memcmp(usage_resource(self, x->resource)->id.bytes,
                      usage_resource(self, y->resource)->id.bytes, sizeof(uid_t16));
    return x->kind - y->kind;
}

void usage_init(metering_t *self)
{
    table_init(&self->accounts, sizeof(account_t));
    table_init(&self->resources, sizeof(resource_t));
    table_init(&self->replicas, sizeof(replica_t));
    pool_init(&self->meters, sizeof(meter_t));
    pool_init(&self->points, sizeof(point_t));
    pool_init(&self->cells, sizeof(cell_t));
    order_init(&self->live, meters_compare, self);
    order_init(&self->late, meters_compare, self);
    self->low = HOUR_NONE;
}

void usage_release(metering_t *self)
{
    table_release(&self->accounts);
    table_release(&self->resources);
    table_release(&self->replicas);
    pool_release(&self->meters);
    pool_release(&self->points);
    pool_release(&self->cells);
    order_release(&self->live);
    order_release(&self->late);
}

uint32_t usage_meter_of(const metering_t *self, const resource_t *resource, uint64_t kind)
{
    uint32_t number = resource->meters;
    while (number && usage_meter(self, number)->kind != kind)
        number = usage_meter(self, number)->next_of_resource;
    return number;
}

static void touch(metering_t *self, uint32_t hour)
{
    assert(hour >= self->closed);
    if (usage_next_hour(self) == HOUR_NONE)
        self->low = self->high = hour;
    if (hour < self->low)
        self->low = hour;
    if (hour > self->high)
        self->high = hour;
}

// --- late minutes ---

static bool is_late(const metering_t *self, const meter_t *meter, uint32_t hour)
{
    return meter->closed || hour < self->closed;
}

static bool has_late(const metering_t *self, const meter_t *meter)
{
    fresh_t fresh;
    uint32_t hour;
    if (!meter->closed && self->closed == 0)
        return false;
    for (uint32_t r = meter->replicas.first; r; r = usage_replica(self, r)->of_meter.after) {
        const replica_t *replica = usage_replica(self, r);
        uint32_t cell = meter->closed ? replica->cells.first
                                      : cells_seek(&replica->cells, &self->cells, self->closed - 1);
        if (usage_fresh_next(self, replica, &cell, &hour, &fresh))
            return true;
    }
    return false;
}

// Brings meter->late and the order of late meters in line with what is fresh.
static void settle_late(metering_t *self, uint32_t number)
{
    meter_t *meter = usage_meter(self, number);
    bool late = has_late(self, meter);
    if (late == meter->late)
        return;
    meter->late = late;
    if (late)
        order_add(&self->late, number);
    else
        order_remove(&self->late, number);
}

// Late minutes are looked for by cells, so minutes that only points speak of get an empty one.
static void mark(metering_t *self, replica_t *replica, uint32_t hour)
{
    fresh_t fresh;
    usage_fresh(self, replica, hour, DELETED_NEVER, &fresh);
    for (unsigned i = 0; i < fresh.count; i++)
        cells_accept(&replica->cells, &self->cells, hour, fresh.of[i].version, 0);
}

// --- busy and idle replicas ---

static links_t replicas_links(const metering_t *self)
{
    return (links_t){self->replicas.rows + offsetof(replica_t, link), sizeof(replica_t)};
}

static links_t busy_links(const metering_t *self) // a meter's
{
    return (links_t){self->replicas.rows + offsetof(replica_t, of_meter), sizeof(replica_t)};
}

static links_t meters_links(const metering_t *self)
{
    return (links_t){self->meters.rows + offsetof(meter_t, link), sizeof(meter_t)};
}

static bool runs(const metering_t *self, const replica_t *replica)
{
    return replica->points && replica->meter && !usage_meter(self, replica->meter)->closed &&
           ((const point_t *)pool_row(&self->points, replica->points))->code;
}

// Drops what lies before the window: old cells, and points that a later point before it overrides.
static void trim(metering_t *self, replica_t *replica)
{
    uint32_t oldest = usage_oldest(self);
    cells_drop_before(&replica->cells, &self->cells, oldest);
    for (uint32_t n = replica->points; n;) {
        point_t *point = pool_row(&self->points, n);
        n = point->next;
        if (point->at > hour_start(oldest))
            continue;
        point->next = 0;
        while (n) {
            uint32_t next = ((point_t *)pool_row(&self->points, n))->next;
            pool_give(&self->points, n);
            n = next;
        }
    }
}

static void wake(metering_t *self, uint32_t number)
{
    replica_t *replica = usage_replica(self, number);
    if (replica->since == HOUR_NONE)
        return;
    trim(self, replica);
    replica->since = HOUR_NONE;
    chain_remove(&self->idle, replicas_links(self), number);
    chain_append(&self->busy, replicas_links(self), number);
    if (replica->meter)
        chain_append(&usage_meter(self, replica->meter)->replicas, busy_links(self), number);
}

// Puts a replica to rest if it may: at the closing of an hour.
static void rest(metering_t *self, uint32_t number)
{
    replica_t *replica = usage_replica(self, number);
    meter_t *meter = replica->meter ? usage_meter(self, replica->meter) : NULL;
    const point_t *point = replica->points ? pool_row(&self->points, replica->points) : NULL;
    uint32_t cell = replica->cells.first;
    if (runs(self, replica) || (meter && meter->late) ||
        (point && point->at >= hour_start(self->closed)) ||
        (cell && cell_hour(cells_at(&self->cells, cell)) >= self->closed))
        return;
    replica->since = self->closed - 1;
    chain_remove(&self->busy, replicas_links(self), number);
    chain_append(&self->idle, replicas_links(self), number);
    if (meter)
        chain_remove(&meter->replicas, busy_links(self), number);
}

// --- the fold ---

// A closed meter is forgotten no earlier than a window after its deletion, and after that was
// heard.
static void leave(metering_t *self, uint32_t number, instant_t heard)
{
    meter_t *meter = usage_meter(self, number);
    meter->since = hour_of(heard + AHEAD_MAX_US);
    chain_append(&self->gone, meters_links(self), number);
}

static uint32_t need_account(metering_t *self, const uid_t16 *id)
{
    uint32_t number = usage_find(&self->accounts, id);
    return number ? number : table_insert(&self->accounts, id) + 1;
}

static uint32_t need_resource(metering_t *self, const uid_t16 *id)
{
    uint32_t number = usage_find(&self->resources, id);
    if (!number) {
        number = table_insert(&self->resources, id) + 1;
        usage_resource(self, number)->deleted = DELETED_NEVER;
    }
    return number;
}

void usage_open_meter(metering_t *self, const event_meter_opened_t *event, instant_t heard)
{
    uint32_t account = uid_is_zero(&event->account) ? 0 : need_account(self, &event->account);
    uint32_t resource = need_resource(self, &event->resource);
    uint32_t number = pool_take(&self->meters);
    assert(number == event->meter);
    resource_t *owner = usage_resource(self, resource);
    meter_t *meter = usage_meter(self, number);
    *meter = (meter_t){.account = account,
                       .resource = resource,
                       .next_of_resource = owner->meters,
                       .kind = (uint8_t)event->kind,
                       .closed = owner->deleted != DELETED_NEVER};
    owner->meters = number;
    if (meter->closed)
        leave(self, number, heard);
    if (!account)
        return; // only its deletion was heard of: nothing can be billed on it
    owner->account = account;
    usage_account(self, account)->meters_count++;
    if (meter->closed)
        return;
    chain_append(&usage_account(self, account)->meters, meters_links(self), number);
    order_add(&self->live, number);
}

void usage_open_replica(metering_t *self, const event_replica_opened_t *event)
{
    uint32_t number = usage_find(&self->replicas, &event->id);
    if (!number) {
        number = table_insert(&self->replicas, &event->id) + 1;
        usage_replica(self, number)->since = HOUR_NONE;
        chain_append(&self->busy, replicas_links(self), number);
    }
    replica_t *replica = usage_replica(self, number);
    assert(number == event->replica && !replica->meter);
    wake(self, number);
    if (!event->meter)
        return;
    meter_t *meter = usage_meter(self, (uint32_t)event->meter);
    assert(!meter->due); // nothing that early is accepted
    replica->meter = (uint32_t)event->meter;
    meter->replicas_count++;
    chain_append(&meter->replicas, busy_links(self), number);
}

void usage_accept(metering_t *self, const event_usage_accepted_t *event)
{
    masks_reader_t reader;
    masks_entry_t entry;
    masks_start(&reader, event->masks, event->count);
    while (masks_next(&reader, &entry)) {
        replica_t *replica = usage_replica(self, entry.replica);
        wake(self, entry.replica);
        cells_accept(&replica->cells, &self->cells, entry.hour, entry.version, entry.mask);
        if (is_late(self, usage_meter(self, replica->meter), entry.hour))
            settle_late(self, replica->meter);
        else
            touch(self, entry.hour);
    }
    assert(!masks_end(&reader)); // our own journal's bytes, checked by its hash
}

// Hours in which a new point changes something that no closing of an hour will post.
static void mark_point(metering_t *self, uint32_t number, instant_t from, instant_t to)
{
    replica_t *replica = usage_replica(self, number);
    const meter_t *meter = usage_meter(self, replica->meter);
    instant_t deleted = usage_resource(self, meter->resource)->deleted;
    instant_t end = meter->closed ? deleted : hour_start(self->closed);
    end = to < end ? to : end;
    uint32_t oldest = usage_oldest(self);
    uint32_t hour = hour_of(from) > oldest ? hour_of(from) : oldest;
    for (; hour_start(hour) < end; hour++)
        mark(self, replica, hour);
    settle_late(self, replica->meter);
}

void usage_point(metering_t *self, uint32_t number, instant_t at, uint16_t code)
{
    wake(self, number);
    replica_t *replica = usage_replica(self, number);
    bool ran = runs(self, replica);
    uint32_t point = pool_take(&self->points);
    uint32_t *link = &replica->points;
    instant_t to = DELETED_NEVER; // until the next point
    for (point_t *p; *link && (p = pool_row(&self->points, *link))->at > at; link = &p->next)
        to = p->at;
    *(point_t *)pool_row(&self->points, point) = (point_t){at, *link, code};
    *link = point;
    bool runs_now = runs(self, replica);
    if (!replica->meter)
        return; // its start has not been heard of
    if (!usage_meter(self, replica->meter)->closed && to > hour_start(self->closed))
        touch(self, hour_of(at) > self->closed ? hour_of(at) : self->closed);
    self->running += (uint32_t)runs_now - (uint32_t)ran;
    if (hour_of(at) < self->closed || usage_meter(self, replica->meter)->closed)
        mark_point(self, number, at, to);
}

static void bill(metering_t *self, replica_t *replica, uint32_t hour, uint16_t version)
{
    fresh_t fresh;
    usage_fresh(self, replica, hour, DELETED_NEVER, &fresh);
    for (unsigned i = 0; i < fresh.count; i++)
        if (fresh.of[i].version == version)
            cells_bill(&replica->cells, &self->cells, usage_oldest(self), hour, version,
                       fresh.of[i].mask);
}

// A line takes all fresh minutes of its meter, version and hour. One of a deletion took only those
// before it; the others of the hour are called billed here as well, which changes nothing: minutes
// at or after the deletion are never fresh again.
void usage_charge(metering_t *self, const event_usage_charged_t *event)
{
    uint32_t number = (uint32_t)event->meter, hour = hour_of(event->hour);
    meter_t *meter = usage_meter(self, number);
    if (meter->closed)
        usage_account(self, meter->account)->carry = event->remainder;
    else
        meter->carry = event->remainder;
    for (uint32_t r = meter->replicas.first; r; r = usage_replica(self, r)->of_meter.after)
        bill(self, usage_replica(self, r), hour, (uint16_t)event->version);
    if (meter->late)
        settle_late(self, number);
    if (event->reason == CHARGED_HOUR) {
        self->cursor = number;
        self->lines++;
    }
    self->charged++;
}

void usage_close_meter(metering_t *self, const event_meter_closed_t *event, instant_t heard)
{
    uint32_t number = (uint32_t)event->meter;
    meter_t *meter = usage_meter(self, number);
    resource_t *resource = usage_resource(self, meter->resource);
    resource->deleted = event->at;
    for (uint32_t r = meter->replicas.first; r; r = usage_replica(self, r)->of_meter.after)
        self->running -= runs(self, usage_replica(self, r));
    if (!meter->closed && meter->account) {
        order_remove(&self->live, number);
        chain_remove(&usage_account(self, meter->account)->meters, meters_links(self), number);
    }
    if (!meter->closed)
        leave(self, number, heard);
    meter->closed = true;
    meter->carry = 0;
    if (!meter->account)
        return;
    usage_account(self, meter->account)->carry = event->remainder;
    // What one decision had no room to post is late from now on.
    for (uint32_t r = meter->replicas.first; r; r = usage_replica(self, r)->of_meter.after)
        for (uint32_t h = self->low; h != HOUR_NONE && hour_start(h) < event->at; h++)
            mark(self, usage_replica(self, r), h);
    settle_late(self, number);
}

// Meters whose window is over; those that have replicas left follow with the last of them.
static void part(metering_t *self)
{
    for (uint32_t n; (n = self->gone.first) && usage_meter(self, n)->since < usage_oldest(self);) {
        meter_t *meter = usage_meter(self, n);
        meter->due = true;
        chain_remove(&self->gone, meters_links(self), n);
        if (!meter->replicas_count)
            chain_append(&self->spent, meters_links(self), n);
    }
}

void usage_close_hour(metering_t *self, uint32_t hour)
{
    assert(hour >= self->closed);
    self->closed = hour + 1;
    self->low = hour + 1;
    self->cursor = 0;
    self->lines = 0;
    for (uint32_t r = self->busy.first, next; r; r = next) {
        replica_t *replica = usage_replica(self, r);
        next = replica->link.after;
        trim(self, replica);
        // Minutes that came for a meter after its turn in this hour are late now.
        if (replica->meter && !cells_full(&replica->cells, hour)) {
            fresh_t fresh;
            usage_fresh(self, replica, hour, DELETED_NEVER, &fresh);
            if (fresh.count) {
                mark(self, replica, hour);
                settle_late(self, replica->meter);
            }
        }
        rest(self, r);
    }
    part(self);
}

void usage_pass(metering_t *self, stream_t producer, instant_t through)
{
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].producer == producer) {
            self->producers[i].through = through;
            return;
        }
    assert(self->producers_count < PRODUCERS_MAX);
    self->producers[self->producers_count++] = (producer_t){producer, through};
}

void usage_retire(metering_t *self, stream_t producer)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].producer != producer)
            self->producers[kept++] = self->producers[i];
    self->producers_count = kept;
}

// --- forgetting ---

static void forget_replica(metering_t *self, uint32_t number)
{
    replica_t *replica = usage_replica(self, number);
    assert(usage_is_past(self, number));
    chain_remove(&self->idle, replicas_links(self), number);
    cells_drop_before(&replica->cells, &self->cells, HOUR_NONE);
    for (uint32_t n = replica->points, next; n; n = next) {
        next = ((point_t *)pool_row(&self->points, n))->next;
        pool_give(&self->points, n);
    }
    meter_t *meter = replica->meter ? usage_meter(self, replica->meter) : NULL;
    if (meter && --meter->replicas_count == 0 && meter->due)
        chain_append(&self->spent, meters_links(self), replica->meter);
    table_remove(&self->replicas, number - 1);
}

static void forget_meter(metering_t *self, uint32_t number)
{
    const meter_t *meter = usage_meter(self, number);
    assert(meter->due && !meter->replicas_count && !meter->late);
    chain_remove(&self->spent, meters_links(self), number);
    resource_t *resource = usage_resource(self, meter->resource);
    uint32_t *link = &resource->meters; // one a kind
    while (*link != number)
        link = &usage_meter(self, *link)->next_of_resource;
    *link = meter->next_of_resource;
    if (!resource->meters)
        table_remove(&self->resources, meter->resource - 1);
    account_t *account = meter->account ? usage_account(self, meter->account) : NULL;
    if (account && --account->meters_count == 0 && account->carry == 0)
        table_remove(&self->accounts, meter->account - 1);
    pool_give(&self->meters, number);
}

void usage_forget(metering_t *self, const event_usage_forgotten_t *event)
{
    const uint8_t *at = event->numbers.data;
    assert(event->numbers.size == (event->replicas + event->meters) * sizeof(uint32_t));
    for (uint64_t i = 0; i < event->replicas + event->meters; i++, at += sizeof(uint32_t)) {
        uint32_t number =
            at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        if (i < event->replicas)
            forget_replica(self, number);
        else
            forget_meter(self, number);
    }
}
