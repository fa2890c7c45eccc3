#include "tests/simulation/platform_told.h"
#include "tests/simulation/counting.h"
#include <assert.h>
#include <stdlib.h>

enum { WORDS_MAX = 3 };
#define TOO_LATE_LIMIT_US (3 * DAY_US)
#define TOO_LATE_LEAST_US (TOO_LATE_LIMIT_US + HOUR_US)
#define TOO_LATE_MOST_US (TOO_LATE_LIMIT_US + 7 * HOUR_US) // what is older is not remembered
#define TOO_LATE_TOLD_US (6 * HOUR_US)                     // by then both are told

void platform_told_add(platform_model_t *self, const item_t *item)
{
    if (self->items_count == self->items_cap) {
        self->items_cap = self->items_cap ? 2 * self->items_cap : 4096;
        assert(self->items_cap <= ITEMS_MAX);
        self->items = realloc(self->items, self->items_cap * sizeof *self->items);
        assert(self->items);
    }
    self->items[self->items_count++] = *item;
}

void platform_told_hold(platform_model_t *self, const item_t *item, instant_t until)
{
    assert(self->withheld_count < WITHHELD_MAX);
    self->withheld[self->withheld_count++] = (withheld_t){*item, until};
}

void platform_told_release(platform_model_t *self, instant_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->withheld_count; i++)
        if (self->withheld[i].until <= now)
            platform_told_add(self, &self->withheld[i].item);
        else
            self->withheld[kept++] = self->withheld[i];
    self->withheld_count = kept;
}

// One minute more of what is not told to have stopped. While one of several words about an instant
// is held, it may be billed under any tariff.
static void run_on(platform_model_t *self, const item_t *item, size_t hour)
{
    uint16_t *wrong = self->resources[item->resource].wrong;
    if (item->type == EVENT_usage_ticked || counting_is_item(item->type))
        return;
    for (unsigned tariff = 0; tariff < PLATFORM_TARIFFS; tariff++)
        if (tariff == item->tariff || item->equal)
            wrong[platform_model_line(hour, item->kind, tariff)]++;
}

void platform_told_run_on(platform_model_t *self, size_t hour)
{
    for (size_t i = 0; i < self->withheld_count; i++)
        run_on(self, &self->withheld[i].item, hour);
}

// Tells words about one instant in a drawn order, each at once or when hours after it were billed.
static void tell_in_any_order(world_t *world, item_t *words, size_t count)
{
    platform_model_t *self = &world->platform;
    draw_t *draw = &world->draws[FAULT_equals];
    bool late = false;
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)draw_below(draw, i);
        item_t swap = words[i - 1];
        words[i - 1] = words[k];
        words[k] = swap;
    }
    for (size_t i = 0; i < count; i++) {
        words[i].equal = true;
        bool hold =
            !world->calm && self->withheld_count < WITHHELD_MAX && draw_chance(draw, 300000);
        if (hold)
            platform_told_hold(self, &words[i],
                               words[i].at + draw_span(draw, WITHHELD_LEAST_US, LATE_STOP_MOST_US));
        else
            platform_told_add(self, &words[i]);
        late = late || hold;
    }
    world_reach(world, late ? REACH_EQUAL_LATE : REACH_EQUAL);
}

void platform_told_restart(world_t *world, uint16_t number, instant_t at)
{
    draw_t *draw = &world->draws[FAULT_equals];
    resource_t *resource = &world->platform.resources[number];
    if (!draw_chance(draw, world->profile.equals))
        return;
    item_t words[WORDS_MAX] = {{.at = at,
                                .replica = resource->replica,
                                .resource = number,
                                .type = EVENT_replica_stopped,
                                .kind = RESOURCE_COMPUTE,
                                .tariff = resource->tariff}};
    size_t count = 1, starts = 1 + (size_t)draw_below(draw, WORDS_MAX - 1);
    unsigned holds = 0;
    for (; count <= starts; count++) {
        words[count] = words[0];
        words[count].type = EVENT_replica_started;
        words[count].tariff = (uint8_t)draw_below(draw, PLATFORM_TARIFFS);
        holds = words[count].tariff > holds ? words[count].tariff : holds; // defined first
    }
    resource->tariff = (uint8_t)holds;
    tell_in_any_order(world, words, count);
}

void platform_told_deletion(world_t *world, const item_t *item)
{
    draw_t *draw = &world->draws[FAULT_equals];
    if (!draw_chance(draw, 100 * world->profile.equals)) { // deletions are rare
        platform_told_add(&world->platform, item);
        return;
    }
    item_t words[] = {*item, *item};
    words[1].at += draw_span(draw, 0, MINUTE_US);
    // A deletion posts at once, so the minute between them may be billed until both are told; also
    // of replicas that are not told to have stopped.
    platform_model_t *self = &world->platform;
    size_t hour = (size_t)((words[1].at - self->start) / HOUR_US);
    if (item->at / MINUTE_US < words[1].at / MINUTE_US) {
        self->resources[item->resource]
            .wrong[platform_model_line(hour, item->kind, item->tariff)]++;
        for (size_t i = 0; i < self->withheld_count; i++)
            if (self->withheld[i].item.resource == item->resource)
                run_on(self, &self->withheld[i].item, hour);
    }
    tell_in_any_order(world, words, 2);
}

void platform_told_too_late(world_t *world, uint16_t number, instant_t minute)
{
    platform_model_t *self = &world->platform;
    draw_t *draw = &world->draws[FAULT_too_late];
    if (!draw_chance(draw, world->profile.too_late) || world->calm ||
        minute < self->start + TOO_LATE_MOST_US + HOUR_US)
        return;
    resource_t *resource = &self->resources[number];
    item_t stopped = {.at = minute - draw_span(draw, TOO_LATE_LEAST_US, TOO_LATE_MOST_US),
                      .replica = ++self->replicas,
                      .resource = number,
                      .type = EVENT_replica_stopped,
                      .kind = (uint8_t)(RESOURCE_COMPUTE + draw_below(draw, PLATFORM_KINDS)),
                      .tariff = (uint8_t)draw_below(draw, PLATFORM_TARIFFS)};
    item_t started = stopped;
    started.type = EVENT_replica_started;
    started.at -= draw_span(draw, SECOND_US, HOUR_US);
    bool in_order = draw_chance(draw, 700000);
    platform_told_add(self, in_order ? &started : &stopped);
    platform_told_add(self, in_order ? &stopped : &started);
    size_t last = (size_t)((minute + TOO_LATE_TOLD_US - self->start) / HOUR_US);
    for (size_t hour = (size_t)((minute - TOO_LATE_LIMIT_US - self->start) / HOUR_US);
         in_order && hour <= last && hour < self->hours; hour++)
        resource->wrong[platform_model_line(hour, stopped.kind, stopped.tariff)] += 60;
    world_reach(world, REACH_TOO_LATE);
}

void platform_told_tick(world_t *world, const item_t *item)
{
    platform_model_t *self = &world->platform;
    draw_t *draw = &world->draws[FAULT_equals];
    if (!item->tariff || !draw_chance(draw, world->profile.equals)) {
        platform_told_add(self, item);
        return;
    }
    item_t words[] = {*item, *item};
    words[1].tariff = (uint8_t)draw_below(draw, item->tariff); // defined later: it does not hold
    size_t hour = (size_t)((item->at - self->start) / HOUR_US);
    self->resources[item->resource].wrong[platform_model_line(hour, item->kind, words[1].tariff)]++;
    tell_in_any_order(world, words, 2);
}
