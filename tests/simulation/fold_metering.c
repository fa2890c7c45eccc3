#include "tests/simulation/fold_parts.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { UNITS = 43200 };

static void fold_charged(world_t *world, const event_usage_charged_t *e, uint64_t sequence)
{
    fold_t *self = &world->fold;
    int number = platform_model_resource_of(&e->resource);
    fold_meter_t *meters = self->meters.rows;
    if (number < 0 || e->meter == 0 || e->meter > self->meters.count) {
        world_violate(world, "I5", "a charge for what is none");
        return;
    }
    fold_meter_t *meter = &meters[e->meter - 1];
    const resource_t *resource = &world->platform.resources[number];
    size_t hour = (size_t)((e->hour - world->platform.start) / HOUR_US);
    if (!self->charged[number]) {
        self->charged[number] = calloc(HOURS_MAX, sizeof *self->charged[number]);
        assert(self->charged[number]);
    }
    uint16_t *charged = &self->charged[number][hour];
    *charged = (uint16_t)(*charged + e->minutes);
    if (*charged > resource->minutes[hour])
        world_violate(world, "I5", "resource %d, hour %zu: %u minutes charged of %u", number, hour,
                      *charged, resource->minutes[hour]);
    if (e->price != platform_model_price(resource->tariff))
        world_violate(world, "I5", "resource %d charged under another price", number);
    if (platform_model_account_of(&e->account) != resource->account)
        world_violate(world, "I5", "resource %d charged to another account", number);
    __int128 units = (__int128)e->price * (int64_t)e->minutes;
    fold_account_t *account = &self->accounts[meter->account];
    __int128 *exact = meter->closed ? &account->closed_units : &meter->units;
    int64_t *posted = meter->closed ? &account->closed_posted : &meter->posted;
    *exact += units;
    *posted += e->amount;
    if (*exact / UNITS != *posted)
        world_violate(world, "I5", "meter %" PRIu64 ": %" PRId64 " kopecks posted of %" PRId64,
                      e->meter, *posted, (int64_t)(*exact / UNITS));
    if (world->profile.stops && self->accounts[resource->account].exhausted &&
        e->hour > self->accounts[resource->account].exhausted_at + PLATFORM_STOPS_US)
        world_violate(world, "I10", "account %u: usage charged long after it was exhausted",
                      resource->account);
    if (e->reason == 3)
        world_reach(world, REACH_LATE_LINE);
    if (e->reason == 2)
        world_reach(world, REACH_DELETION_LINE);
    if (e->amount)
        *(fold_fact_t *)fold_add(&self->charges, sizeof(fold_fact_t)) =
            (fold_fact_t){sequence, e->amount, e->amount, false};
}

static void fold_closed(world_t *world, const event_meter_closed_t *e, uint64_t sequence)
{
    fold_t *self = &world->fold;
    if (e->meter == 0 || e->meter > self->meters.count || uid_is_zero(&e->account))
        return;
    fold_meter_t *meter = (fold_meter_t *)self->meters.rows + e->meter - 1;
    fold_account_t *account = &self->accounts[meter->account];
    meter->closed = true;
    account->closed_units += meter->units;
    account->closed_posted += meter->posted + e->amount;
    if (account->closed_units / UNITS != account->closed_posted)
        world_violate(world, "I5", "account %u: a remainder was lost at a deletion",
                      meter->account);
    if (e->amount)
        *(fold_fact_t *)fold_add(&self->charges, sizeof(fold_fact_t)) =
            (fold_fact_t){sequence, e->amount, e->amount, false};
}

// A forgotten meter's number is given again; only one whose remainder has moved may be forgotten.
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
    *meter = (fold_meter_t){.resource = platform_model_resource_of(&e->resource)};
    if (!uid_is_zero(&e->account))
        meter->account = fold_account_of(world, &e->account);
}

void fold_metering(world_t *world, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_meter_opened) {
        fold_opened(world, &event->meter_opened);
    } else if (event->type == EVENT_usage_charged) {
        fold_charged(world, &event->usage_charged, sequence);
    } else if (event->type == EVENT_meter_closed) {
        fold_closed(world, &event->meter_closed, sequence);
    } else if (event->type == EVENT_usage_expired) {
        // A rewind tells again what was billed long ago; whether all is billed, the end says.
        if (!world->reached[REACH_REWIND])
            world_violate(world, "I5", "minutes expired that came in time");
    }
}
