#include "tests/simulation/fold_parts.h"
#include "proto/core.h"
#include "tests/simulation/counting.h"
#include "tests/simulation/faults.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#define UNITS CARRY_DENOMINATOR   // what is exact is counted in parts of a kopeck
#define SETTLE_US (2 * MINUTE_US) // after an hour's end: what a journal begins with

// The minutes of a line ran, as that kind and under that price, and are in no other line.
static void check_minutes(world_t *world, const event_usage_charged_t *e, int number)
{
    fold_t *self = &world->fold;
    const platform_model_t *platform = &world->platform;
    int tariff = platform_model_tariff_of(e->price);
    size_t hour = (size_t)((e->hour - platform->start) / HOUR_US);
    if (tariff < 0 || hour >= platform->hours || e->kind < RESOURCE_COMPUTE ||
        e->kind > PLATFORM_KINDS) {
        world_violate(world, "I5", "resource %d charged for what there is not", number);
        return;
    }
    if (!self->charged[number]) {
        self->charged[number] =
            calloc(platform->hours * PLATFORM_LINES, sizeof *self->charged[number]);
        assert(self->charged[number]);
    }
    size_t line = platform_model_line(hour, e->kind, (unsigned)tariff);
    uint16_t *charged = &self->charged[number][line];
    *charged = (uint16_t)(*charged + e->minutes);
    const resource_t *resource = &platform->resources[number];
    if (*charged > resource->minutes[line] + resource->wrong[line])
        world_violate(world, "I5", "resource %d, hour %zu: %u minutes charged of %u", number, hour,
                      *charged, resource->minutes[line]);
}

// Which borders are crossed: of an hour's parts, of an hour's tariffs, of a deletion's kinds.
static void note_borders(world_t *world, const event_t *event)
{
    fold_closing_t *closing = &world->fold.closing;
    const event_usage_charged_t *charged = &event->usage_charged;
    bool hour = event->type == EVENT_usage_charged && charged->reason == CHARGED_HOUR;
    bool deletion = event->type == EVENT_meter_closed;
    if (hour && closing->meter == charged->meter && closing->version != charged->version)
        world_reach(world, REACH_HOUR_OF_TARIFFS);
    closing->meter = hour ? charged->meter : 0;
    closing->version = hour ? charged->version : 0;
    closing->open = hour || (closing->open && event->type != EVENT_hour_closed);
    if (event->type == EVENT_hour_closed)
        world->fold.closed = event->hour_closed.hour + HOUR_US;
    if (event->type == EVENT_hour_closed && event->hour_closed.lines > DECISION_EVENTS_MAX) {
        world_reach(world, REACH_HOUR_IN_PARTS);
        faults_hour_closed(world);
    }
    if (closing->open &&
        (event->type == EVENT_usage_accepted || event->type == EVENT_interval_opened ||
         event->type == EVENT_interval_closed))
        world_reach(world, REACH_AMID_CLOSING);
    const fold_meter_t *meters = world->fold.meters.rows;
    int resource = deletion && event->meter_closed.meter - 1 < world->fold.meters.count
                       ? meters[event->meter_closed.meter - 1].resource
                       : -1;
    if (resource >= 0 && closing->deleted == resource)
        world_reach(world, REACH_DELETED_KINDS);
    closing->deleted = resource;
}

// Late minutes of an hour are collected: one line from an hour's settling to the next.
static void check_late(world_t *world, const event_usage_charged_t *e, instant_t at, int number)
{
    const platform_model_t *platform = &world->platform;
    uint32_t **late = &world->fold.late[number];
    int tariff = platform_model_tariff_of(e->price);
    size_t hour = (size_t)((e->hour - platform->start) / HOUR_US);
    if (tariff < 0 || hour >= platform->hours || e->kind > PLATFORM_KINDS)
        return; // told already
    if (!*late)
        *late = calloc(platform->hours * PLATFORM_LINES, sizeof **late);
    assert(*late);
    uint32_t *last = &(*late)[platform_model_line(hour, e->kind, (unsigned)tariff)];
    uint32_t now = (uint32_t)((at - SETTLE_US) / HOUR_US);
    if (*last == now)
        world_violate(world, "I5", "resource %d, hour %zu: late minutes are a line again", number,
                      hour);
    *last = now;
    world_reach(world, REACH_LATE_LINE);
}

static uint64_t category_of(uint64_t kind)
{
    if (kind < RESOURCE_DISK)
        return CATEGORY_COMPUTE;
    return kind == RESOURCE_DISK ? CATEGORY_DISK : CATEGORY_MODELS;
}

static void fold_charged(world_t *world, const event_t *event, uint64_t sequence)
{
    const event_usage_charged_t *e = &event->usage_charged;
    fold_t *self = &world->fold;
    int number = platform_model_resource_of(&e->resource);
    fold_meter_t *meters = self->meters.rows;
    if (number < 0 || e->meter == 0 || e->meter > self->meters.count) {
        world_violate(world, "I5", "a charge for what is none");
        return;
    }
    fold_meter_t *meter = &meters[e->meter - 1];
    const resource_t *resource = &world->platform.resources[number];
    bool counted = e->kind >= RESOURCE_DISK;
    if (counted)
        counting_charged(world, e, number);
    else
        check_minutes(world, e, number);
    if (platform_model_account_of(&e->account) != resource->account)
        world_violate(world, "I5", "resource %d charged to another account", number);
    __int128 units = (__int128)e->price * (int64_t)e->minutes * counting_unit(e->kind);
    fold_account_t *account = &self->accounts[meter->account];
    __int128 *exact = meter->closed ? &account->closed_units : &meter->units;
    int64_t *posted = meter->closed ? &account->closed_posted : &meter->posted;
    *exact += units;
    *posted += e->amount;
    if (*exact / UNITS != *posted)
        world_violate(world, "I5", "meter %" PRIu64 ": %" PRId64 " kopecks posted of %" PRId64,
                      e->meter, *posted, (int64_t)(*exact / UNITS));
    int tariff = platform_model_tariff_of(e->price);
    size_t line = platform_model_line((size_t)((e->hour - world->platform.start) / HOUR_US),
                                      counted ? RESOURCE_COMPUTE : e->kind,
                                      tariff < 0 ? 0 : (unsigned)tariff);
    const fold_account_t *payer = &self->accounts[resource->account];
    bool notices = world->profile.notices;
    bool stopped =
        notices ? fold_notify_stops(world, (unsigned)resource->account) : payer->exhausted;
    instant_t since =
        notices ? self->ladder.accounts[resource->account].turned_at : payer->exhausted_at;
    if (world->profile.stops && !resource->wrong[line] && stopped &&
        e->hour > since + PLATFORM_STOPS_US)
        world_violate(world, "I10", "account %u: usage charged long after it was exhausted",
                      resource->account);
    fold_notify_line(world, e, sequence);
    if (e->reason == CHARGED_LATE)
        check_late(world, e, event->at, number);
    if (e->reason == CHARGED_DELETION)
        world_reach(world, REACH_DELETION_LINE);
    if (e->amount)
        *(fold_fact_t *)fold_add(&self->charges, sizeof(fold_fact_t)) =
            (fold_fact_t){.sequence = sequence,
                          .amount = e->amount,
                          .left = e->amount,
                          .hour = e->hour + HOUR_US,
                          .category = category_of(e->kind)};
}

// Minutes of one line come back: at its price, exactly, and no more of them than are wrong.
static void fold_credited(world_t *world, const event_usage_credited_t *e, uint64_t sequence)
{
    fold_t *self = &world->fold;
    int number = platform_model_resource_of(&e->resource);
    if (number < 0 || !self->charged[number] || e->meter == 0 || e->meter > self->meters.count) {
        world_violate(world, "I5", "a credit for what was never charged");
        return;
    }
    fold_meter_t *meter = (fold_meter_t *)self->meters.rows + e->meter - 1;
    fold_account_t *account = &self->accounts[meter->account];
    int tariff = platform_model_tariff_of(e->price);
    size_t hour = (size_t)((e->hour - world->platform.start) / HOUR_US);
    if (tariff < 0 || hour >= world->platform.hours || e->kind < RESOURCE_COMPUTE ||
        e->kind > PLATFORM_KINDS) {
        world_violate(world, "I5", "resource %d given back for what there is not", number);
        return;
    }
    uint16_t *charged =
        &self->charged[number][platform_model_line(hour, e->kind, (unsigned)tariff)];
    if (e->minutes > *charged)
        world_violate(world, "I5", "resource %d: %u minutes charged, %" PRIu64 " given back",
                      number, *charged, e->minutes);
    *charged = (uint16_t)(*charged - e->minutes);
    __int128 *exact = meter->closed ? &account->closed_units : &meter->units;
    int64_t *posted = meter->closed ? &account->closed_posted : &meter->posted;
    *exact -= (__int128)e->price * (int64_t)e->minutes * counting_unit(e->kind);
    *posted -= e->amount;
    if (*exact < 0 || *exact / UNITS != *posted)
        world_violate(world, "I5", "meter %" PRIu64 ": %" PRId64 " kopecks left of %" PRId64,
                      e->meter, *posted, (int64_t)(*exact / UNITS));
    world_reach(world, e->before ? REACH_CREDITED_AGAIN : REACH_CREDITED);
    if (e->amount)
        *(fold_fact_t *)fold_add(&self->given, sizeof(fold_fact_t)) =
            (fold_fact_t){.sequence = sequence,
                          .amount = e->amount,
                          .left = e->amount,
                          .original = e->original,
                          .charged = e->charged,
                          .before = e->before};
}

static void fold_closed(world_t *world, const event_meter_closed_t *e, uint64_t sequence)
{
    fold_t *self = &world->fold;
    if (e->meter == 0 || e->meter > self->meters.count)
        return;
    fold_meter_t *meter = (fold_meter_t *)self->meters.rows + e->meter - 1;
    if (uid_is_zero(&e->account)) { // a deletion of which nothing was told before
        meter->closed = true;
        return;
    }
    fold_account_t *account = &self->accounts[meter->account];
    if (!meter->closed) { // else it was deleted earlier than was said, and nothing moves
        account->closed_units += meter->units;
        account->closed_posted += meter->posted;
    }
    meter->closed = true;
    account->closed_posted += e->amount;
    if (account->closed_units / UNITS != account->closed_posted)
        world_violate(world, "I5", "account %u: a remainder was lost at a deletion",
                      meter->account);
    if (e->amount)
        *(fold_fact_t *)fold_add(&self->charges, sizeof(fold_fact_t)) =
            (fold_fact_t){.sequence = sequence, .amount = e->amount, .left = e->amount};
}

// A forgotten meter's number is given again; only one whose remainder has moved may be forgotten.
// The first usage of a kind may be told after the resource's deletion: what is billed of it then
// has the account's remainder from the beginning.
static bool is_deleted(const fold_t *self, int resource)
{
    const fold_meter_t *meters = self->meters.rows;
    for (size_t i = 0; i < self->meters.count; i++)
        if (meters[i].resource == resource && meters[i].closed)
            return true;
    return false;
}

static void fold_opened(world_t *world, const event_meter_opened_t *e)
{
    fold_t *self = &world->fold;
    if (e->meter == 0 || e->meter > self->meters.count + 1) {
        world_violate(world, "I5", "meter %" PRIu64 " is not the next number", e->meter);
        return;
    }
    fold_meter_t *meter = e->meter > self->meters.count
                              ? fold_add(&self->meters, sizeof *meter)
                              : (fold_meter_t *)self->meters.rows + e->meter - 1;
    if (meter->units % UNITS && !meter->closed)
        world_violate(world, "I5", "meter %" PRIu64 " forgotten with a remainder", e->meter);
    int resource = platform_model_resource_of(&e->resource);
    *meter = (fold_meter_t){.resource = -1}; // the number may have been a deleted one's
    *meter = (fold_meter_t){.resource = resource, .closed = is_deleted(self, resource)};
    if (!uid_is_zero(&e->account))
        meter->account = fold_account_of(world, &e->account);
}

static void fold_expired(world_t *world, const event_usage_expired_t *e)
{
    fold_t *self = &world->fold;
    // A rewind tells again what was billed long ago; whether all is billed, the end says.
    if (!world->reached[REACH_REWIND] && !world->reached[REACH_TOO_LATE])
        world_violate(world, "I5", "minutes expired that came in time");
    self->lost_units += (__int128)e->price * (int64_t)e->minutes * counting_unit(e->kind);
    self->lost_kopecks += e->amount;
    if (platform_model_resource_of(&e->resource) < 0 ||
        self->lost_units / UNITS != self->lost_kopecks)
        world_violate(world, "I5", "the loss account has %" PRId64 " kopecks of %" PRId64,
                      self->lost_kopecks, (int64_t)(self->lost_units / UNITS));
}

void fold_metering(world_t *world, const event_t *event, uint64_t sequence)
{
    note_borders(world, event);
    if (event->type == EVENT_usage_bounded)
        world_reach(world, REACH_BOUNDED);
    if (event->type == EVENT_meter_opened) {
        fold_opened(world, &event->meter_opened);
    } else if (event->type == EVENT_usage_charged) {
        fold_charged(world, event, sequence);
    } else if (event->type == EVENT_usage_credited) {
        fold_credited(world, &event->usage_credited, sequence);
    } else if (event->type == EVENT_usage_uncredited) {
        if (!world->reached[REACH_REWIND])
            world_violate(world, "I5", "minutes were not given back that were told of in time");
    } else if (event->type == EVENT_meter_closed) {
        fold_closed(world, &event->meter_closed, sequence);
    } else if (event->type == EVENT_rate_defined) {
        counting_defined(world, &event->rate_defined);
    } else if (event->type == EVENT_usage_expired) {
        fold_expired(world, &event->usage_expired);
    }
}
