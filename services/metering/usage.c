#include "services/metering/usage.h"
#include "services/metering/masks.h"
#include <assert.h>
#include <stdlib.h>

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
    pool_release(&self->points);
    pool_release(&self->cells);
    order_release(&self->live);
    order_release(&self->late);
    free(self->meters);
}

uint32_t usage_meter_of(const metering_t *self, const resource_t *resource, uint64_t kind)
{
    uint32_t number = resource->meters;
    while (number && usage_meter(self, number)->kind != kind)
        number = usage_meter(self, number)->next_of_resource;
    return number;
}

// --- the ring of full hours: it speaks of [closed - WINDOW_HOURS, closed + the rest) ---

static bool ring_holds(const metering_t *self, uint32_t hour)
{
    return (uint64_t)hour + WINDOW_HOURS >= self->closed &&
           (uint64_t)hour + WINDOW_HOURS < (uint64_t)self->closed + RING_HOURS;
}

static bool is_full(const metering_t *self, const replica_t *replica, uint32_t hour)
{
    unsigned bit = hour % RING_HOURS;
    return ring_holds(self, hour) && replica->full[bit / 64] >> bit % 64 & 1;
}

// --- cells ---

static cell_t *cell_find(const metering_t *self, const replica_t *replica, uint32_t hour,
                         uint16_t version)
{
    for (uint32_t n = replica->cells; n;) {
        cell_t *cell = pool_row(&self->cells, n);
        if (cell->hour == hour && cell->version == version)
            return cell;
        n = cell->next;
    }
    return NULL;
}

static cell_t *cell_need(metering_t *self, replica_t *replica, uint32_t hour, uint16_t version)
{
    cell_t *cell = cell_find(self, replica, hour, version);
    if (cell)
        return cell;
    uint32_t number = pool_take(&self->cells);
    cell = pool_row(&self->cells, number);
    *cell = (cell_t){.hour = hour, .version = version, .next = replica->cells};
    replica->cells = number;
    return cell;
}

// Gives back the replica's cells of one hour, or with `older` of all hours before it.
static void cells_drop(metering_t *self, replica_t *replica, uint32_t hour, bool older)
{
    uint32_t *link = &replica->cells;
    while (*link) {
        cell_t *cell = pool_row(&self->cells, *link);
        if (older ? cell->hour < hour : cell->hour == hour) {
            uint32_t number = *link;
            *link = cell->next;
            pool_give(&self->cells, number);
        } else
            link = &cell->next;
    }
}

static mask_t minutes_billed(const metering_t *self, const replica_t *replica, uint32_t hour)
{
    mask_t billed = 0;
    for (uint32_t n = replica->cells; n;) {
        const cell_t *cell = pool_row(&self->cells, n);
        if (cell->hour == hour)
            billed |= cell->billed;
        n = cell->next;
    }
    return billed;
}

// --- what is fresh ---

static void fresh_add(fresh_t *self, uint16_t version, mask_t mask)
{
    if (!mask)
        return;
    for (unsigned i = 0; i < self->count; i++)
        if (self->of[i].version == version) {
            self->of[i].mask |= mask;
            return;
        }
    self->of[self->count].version = version;
    self->of[self->count++].mask = mask;
}

// Minutes under one tariff, split by the versions that price them.
static void fresh_add_code(const metering_t *self, fresh_t *out, uint16_t code, uint32_t hour,
                           mask_t mask)
{
    while (mask) {
        instant_t first = hour_start(hour) + __builtin_ctzll(mask) * MINUTE_US;
        instant_t last = hour_start(hour) + (63 - __builtin_clzll(mask)) * MINUTE_US;
        uint16_t version = tariff_at(&self->tariffs, code, first);
        mask_t part = mask;
        if (tariff_at(&self->tariffs, code, last) != version) // rare: a minute at a time
            part = mask_of(first);
        if (version)
            fresh_add(out, version, part);
        mask &= ~part;
    }
}

void usage_fresh(const metering_t *self, const replica_t *replica, uint32_t hour, instant_t before,
                 fresh_t *out)
{
    out->count = 0;
    if (!replica->meter || is_full(self, replica, hour))
        return;
    instant_t deleted = usage_resource(self, usage_meter(self, replica->meter)->resource)->deleted;
    instant_t upper = before < deleted ? before : deleted;
    mask_t allowed = mask_below(hour, upper), taken = 0,
           billed = minutes_billed(self, replica, hour);
    for (uint32_t n = replica->cells; n;) {
        const cell_t *cell = pool_row(&self->cells, n);
        if (cell->hour == hour) {
            fresh_add(out, cell->version, cell->accepted & ~billed & allowed);
            taken |= cell->accepted;
        }
        n = cell->next;
    }
    for (uint32_t n = replica->points; n && upper > hour_start(hour);) {
        const point_t *point = pool_row(&self->points, n);
        if (point->code)
            fresh_add_code(self, out, point->code, hour,
                           mask_between(hour, point->at, upper) & ~taken);
        if (point->at < upper)
            upper = point->at;
        n = point->next;
    }
}

uint16_t usage_accepted_under(const metering_t *self, const replica_t *replica, instant_t minute)
{
    uint32_t hour = hour_of(minute);
    if (is_full(self, replica, hour))
        return UINT16_MAX;
    for (uint32_t n = replica->cells; n;) {
        const cell_t *cell = pool_row(&self->cells, n);
        if (cell->hour == hour && cell->accepted & mask_of(minute))
            return cell->version;
        n = cell->next;
    }
    return 0;
}

uint16_t usage_runs_under(const metering_t *self, const replica_t *replica, instant_t minute)
{
    for (uint32_t n = replica->points; n;) {
        const point_t *point = pool_row(&self->points, n);
        if (point->at <= minute)
            return point->code ? tariff_at(&self->tariffs, point->code, minute) : 0;
        n = point->next;
    }
    return 0;
}

// --- hours to close ---

instant_t usage_through(const metering_t *self)
{
    instant_t through = INT64_MAX;
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].through < through)
            through = self->producers[i].through;
    return self->producers_count ? through : INT64_MIN;
}

instant_t usage_producer_through(const metering_t *self, stream_t producer)
{
    for (size_t i = 0; i < self->producers_count; i++)
        if (self->producers[i].producer == producer)
            return self->producers[i].through;
    return INT64_MIN;
}

uint32_t usage_next_hour(const metering_t *self)
{
    return self->low <= self->high || (self->running && self->low != HOUR_NONE) ? self->low
                                                                                : HOUR_NONE;
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
    for (uint32_t r = meter->replicas; r; r = usage_replica(self, r)->next) {
        const replica_t *replica = usage_replica(self, r);
        for (uint32_t n = replica->cells; n;) {
            const cell_t *cell = pool_row(&self->cells, n);
            n = cell->next;
            if (!is_late(self, meter, cell->hour))
                continue;
            usage_fresh(self, replica, cell->hour, DELETED_NEVER, &fresh);
            if (fresh.count)
                return true;
        }
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
        (void)cell_need(self, replica, hour, fresh.of[i].version);
}

// --- the fold ---

void usage_open_meter(metering_t *self, const event_meter_opened_t *event)
{
    assert(event->meter == self->meters_count + UINT64_C(1));
    if (self->meters_count == self->meters_cap) {
        self->meters_cap = self->meters_cap ? self->meters_cap + self->meters_cap / 2 : 64;
        self->meters = realloc(self->meters, self->meters_cap * sizeof *self->meters);
        assert(self->meters);
    }
    uint32_t account = 0, resource = usage_find(&self->resources, &event->resource);
    if (!uid_is_zero(&event->account)) {
        account = usage_find(&self->accounts, &event->account);
        if (!account)
            account = table_insert(&self->accounts, &event->account) + 1;
    }
    if (!resource) {
        resource = table_insert(&self->resources, &event->resource) + 1;
        usage_resource(self, resource)->deleted = DELETED_NEVER;
    }
    resource_t *owner = usage_resource(self, resource);
    uint32_t number = ++self->meters_count;
    meter_t *meter = usage_meter(self, number);
    *meter = (meter_t){.account = account,
                       .resource = resource,
                       .next_of_resource = owner->meters,
                       .kind = (uint8_t)event->kind,
                       .closed = owner->deleted != DELETED_NEVER};
    owner->meters = number;
    if (!account)
        return; // only its deletion was heard of: nothing can be billed on it
    owner->account = account;
    meter->next_of_account = usage_account(self, account)->meters;
    usage_account(self, account)->meters = number;
    if (!meter->closed)
        order_add(&self->live, number);
}

static bool runs(const metering_t *self, const replica_t *replica)
{
    return replica->points && replica->meter && !usage_meter(self, replica->meter)->closed &&
           ((const point_t *)pool_row(&self->points, replica->points))->code;
}

void usage_open_replica(metering_t *self, const event_replica_opened_t *event)
{
    uint32_t number = (uint32_t)event->replica;
    if (number == self->replicas.count + UINT64_C(1))
        (void)table_insert(&self->replicas, &event->id);
    replica_t *replica = usage_replica(self, number);
    assert(number && uid_equal(&replica->id, &event->id) && !replica->meter);
    if (!event->meter)
        return;
    replica->meter = (uint32_t)event->meter;
    replica->next = usage_meter(self, replica->meter)->replicas;
    usage_meter(self, replica->meter)->replicas = number;
}

void usage_accept(metering_t *self, const event_usage_accepted_t *event)
{
    masks_reader_t reader;
    masks_entry_t entry;
    masks_start(&reader, event->masks, event->count);
    while (masks_next(&reader, &entry)) {
        replica_t *replica = usage_replica(self, entry.replica);
        cell_need(self, replica, entry.hour, entry.version)->accepted |= entry.mask;
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
    uint32_t oldest = self->closed > WINDOW_HOURS ? self->closed - WINDOW_HOURS : 0;
    uint32_t hour = hour_of(from) > oldest ? hour_of(from) : oldest;
    for (; hour_start(hour) < end; hour++)
        mark(self, replica, hour);
    settle_late(self, replica->meter);
}

void usage_point(metering_t *self, uint32_t number, instant_t at, uint16_t code)
{
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
    for (unsigned i = 0; i < fresh.count; i++) {
        if (fresh.of[i].version != version)
            continue;
        cell_t *cell = cell_need(self, replica, hour, version);
        cell->accepted |= fresh.of[i].mask;
        cell->billed |= fresh.of[i].mask;
    }
    if (fresh.count && ring_holds(self, hour) && minutes_billed(self, replica, hour) == MASK_FULL) {
        replica->full[hour % RING_HOURS / 64] |= UINT64_C(1) << hour % 64;
        cells_drop(self, replica, hour, false);
    }
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
    for (uint32_t r = meter->replicas; r; r = usage_replica(self, r)->next)
        bill(self, usage_replica(self, r), hour, (uint16_t)event->version);
    if (meter->late)
        settle_late(self, number);
    if (event->reason == CHARGED_HOUR) {
        self->cursor = number;
        self->lines++;
    }
    self->charged++;
}

void usage_close_meter(metering_t *self, const event_meter_closed_t *event)
{
    uint32_t number = (uint32_t)event->meter;
    meter_t *meter = usage_meter(self, number);
    resource_t *resource = usage_resource(self, meter->resource);
    resource->deleted = event->at;
    for (uint32_t r = meter->replicas; r; r = usage_replica(self, r)->next)
        self->running -= runs(self, usage_replica(self, r));
    if (!meter->closed && meter->account)
        order_remove(&self->live, number);
    meter->closed = true;
    meter->carry = 0;
    if (!meter->account)
        return;
    usage_account(self, meter->account)->carry = event->remainder;
    // What one decision had no room to post is late from now on.
    for (uint32_t r = meter->replicas; r; r = usage_replica(self, r)->next)
        for (uint32_t h = self->low; h != HOUR_NONE && hour_start(h) < event->at; h++)
            mark(self, usage_replica(self, r), h);
    settle_late(self, number);
}

// Forgets what lies before the window: old cells, and points that a later point before it
// overrides.
static void forget(metering_t *self, replica_t *replica, uint32_t oldest)
{
    cells_drop(self, replica, oldest, true);
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

void usage_close_hour(metering_t *self, uint32_t hour)
{
    assert(hour >= self->closed);
    uint32_t old = self->closed;
    self->closed = hour + 1;
    self->low = hour + 1;
    self->cursor = 0;
    self->lines = 0;
    uint32_t entered = hour + 1 - old; // hours that the ring speaks of from now on
    uint64_t clear[RING_HOURS / 64] = {0};
    for (uint32_t i = 0; i < entered && i < RING_HOURS; i++) {
        uint32_t bit = (hour + RING_HOURS - WINDOW_HOURS - i) % RING_HOURS;
        clear[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    uint32_t oldest = self->closed > WINDOW_HOURS ? self->closed - WINDOW_HOURS : 0;
    for (uint32_t r = 1; r <= self->replicas.count; r++) {
        replica_t *replica = usage_replica(self, r);
        for (unsigned i = 0; i < RING_HOURS / 64; i++)
            replica->full[i] &= ~clear[i];
        forget(self, replica, oldest);
        // Minutes that came for a meter after its turn in this hour are late now.
        if (replica->meter && !is_full(self, replica, hour)) {
            fresh_t fresh;
            usage_fresh(self, replica, hour, DELETED_NEVER, &fresh);
            if (fresh.count) {
                mark(self, replica, hour);
                settle_late(self, replica->meter);
            }
        }
    }
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
