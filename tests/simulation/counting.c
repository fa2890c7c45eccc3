#include "tests/simulation/counting.h"
#include "proto/posting.h"
#include "tests/simulation/customers.h"
#include "tests/simulation/fold_parts.h"
#include "tests/simulation/platform_told.h"
#include "tests/simulation/world.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#define DEFINED_IN_US (2 * MINUTE_US)
#define EFFECTIVE_IN_US (12 * HOUR_US)
#define HELD_MOST_US (20 * HOUR_US)

static const struct {
    uint64_t kind, included;
    const char *code;
    int64_t price;
} rates[COUNTING_RATES] = {{RESOURCE_DISK, 1000, "ultra", 350000},
                           {RESOURCE_DISK, 3000, "standartny", 777777},
                           {RESOURCE_INPUT, 0, "llama", 4001},
                           {RESOURCE_OUTPUT, 0, "llama", 12007}};

void counting_init(world_t *world)
{
    world->counting = (counting_t){.draw = draw_fork(world->scenario.seed, 12)};
}

void counting_release(world_t *world)
{
    counting_t *self = &world->counting;
    for (size_t i = 0; i < RESOURCES_MAX; i++)
        free(self->rows[i].truth), free(self->rows[i].charged);
    free(self->requests.rows);
}

int64_t counting_unit(uint64_t kind)
{
    static const int64_t units[] = {640000, 640000, 640000, 625, 27648, 27648};
    return kind < sizeof units / sizeof *units ? units[kind] : 0;
}

bool counting_is_item(event_type_t type)
{
    return type == EVENT_disk_sampled || type == EVENT_tokens_used;
}

// --- rates ---

static void define(world_t *world, const step_t *step)
{
    (void)step;
    for (size_t i = 0; i < COUNTING_RATES; i++) {
        request_t request = {.type = REQUEST_rate_define};
        request.rate_define =
            (request_rate_define_t){.kind = rates[i].kind,
                                    .code = text_of(rates[i].code),
                                    .title = text_of(rates[i].code),
                                    .price = rates[i].price,
                                    .included = rates[i].included,
                                    .effective = world->platform.start + EFFECTIVE_IN_US};
        customers_order(world, METERING, ROLE_OPERATOR, NOBODY, &request);
    }
}

void counting_begin(world_t *world)
{
    if (world->profile.counted)
        world_after(world, DEFINED_IN_US, define, NULL, 0);
}

void counting_defined(world_t *world, const event_rate_defined_t *rate)
{
    world->counting.defined++;
    world->counting.effective = rate->effective;
}

// --- what happens on the platform ---

static uint64_t *row_of(const world_t *world, uint64_t **ret_row, size_t hour)
{
    if (!*ret_row)
        *ret_row = calloc(world->platform.hours * COUNTING_KINDS, sizeof **ret_row);
    assert(*ret_row && hour < world->platform.hours);
    return &(*ret_row)[hour * COUNTING_KINDS];
}

static void tell(world_t *world, const item_t *item)
{
    platform_model_t *platform = &world->platform;
    draw_t *draw = &world->counting.draw;
    if (!world->calm && platform->withheld_count < WITHHELD_MAX &&
        draw_chance(draw, world->profile.counted)) {
        platform_told_hold(platform, item, item->at + draw_span(draw, MINUTE_US, HELD_MOST_US));
        world_reach(world, REACH_COUNTED_LATE);
        return;
    }
    platform_told_add(platform, item);
    if (item->type == EVENT_disk_sampled || draw_chance(draw, 900000))
        return;
    item_t again = *item;
    again.lie = draw_chance(draw, 300000) && !world->calm ? LIE_CONTRADICTS : LIE_NONE;
    platform_told_add(platform, &again);
    world_reach(world, again.lie ? REACH_COUNTED_OTHERWISE : REACH_COUNTED_TWICE);
}

static void sample(world_t *world, uint16_t number, instant_t at, uint64_t *truth)
{
    const resource_t *resource = &world->platform.resources[number];
    unsigned rate = number % 2;
    uint64_t mib = draw_below(&world->counting.draw, 9000);
    uint64_t beyond = mib > rates[rate].included ? (mib - rates[rate].included) * 60 : 0;
    truth[0] = beyond > truth[0] ? beyond : truth[0];
    tell(world, &(item_t){.at = at,
                          .replica = (uint32_t)mib,
                          .resource = number,
                          .type = EVENT_disk_sampled,
                          .kind = RESOURCE_DISK,
                          .tariff = resource->tariff});
}

static void ask(world_t *world, uint16_t number, instant_t at, uint64_t *truth)
{
    counting_t *self = &world->counting;
    counting_request_t request = {(uint32_t)draw_below(&self->draw, 100000),
                                  (uint32_t)draw_below(&self->draw, 50000)};
    if (draw_chance(&self->draw, 100000))
        request.output = 0;
    truth[1] += request.input;
    truth[2] += request.output;
    *(counting_request_t *)fold_add(&self->requests, sizeof request) = request;
    tell(world, &(item_t){.at = at,
                          .replica = (uint32_t)self->requests.count,
                          .resource = number,
                          .type = EVENT_tokens_used,
                          .kind = RESOURCE_INPUT});
}

void counting_minute(world_t *world, uint16_t resource, instant_t minute)
{
    counting_t *self = &world->counting;
    const platform_model_t *platform = &world->platform;
    if (self->defined < COUNTING_RATES || minute < self->effective ||
        platform->stopped[platform->resources[resource].account])
        return;
    size_t hour = (size_t)((minute - platform->start) / HOUR_US);
    uint64_t *truth = row_of(world, &self->rows[resource].truth, hour);
    if (draw_chance(&self->draw, 40000))
        sample(world, resource, minute, truth);
    if (draw_chance(&self->draw, 50000))
        ask(world, resource, minute, truth);
}

void counting_fill(const world_t *world, const item_t *item, uid_t16 resource, uid_t16 account,
                   event_t *event)
{
    const counting_request_t *requests = world->counting.requests.rows;
    if (item->type == EVENT_disk_sampled) {
        event->disk_sampled = (event_disk_sampled_t){
            resource, account, text_of(rates[item->resource % 2].code), item->replica};
        return;
    }
    const counting_request_t *request = &requests[item->replica - 1];
    uid_t16 id = {{0x50, 0, 0, 0, 0, 0, 0x40, 0, 0x80}};
    for (unsigned i = 0; i < 4; i++)
        id.bytes[15 - i] = (uint8_t)(item->replica >> (8 * i));
    event->tokens_used = (event_tokens_used_t){
        .resource = resource,
        .account = account,
        .request = id,
        .model = text_of("llama"),
        .input = request->input + (item->lie == LIE_CONTRADICTS),
        .output = request->output,
    };
}

// --- what metering makes of it ---

void counting_charged(world_t *world, const event_usage_charged_t *line, int resource)
{
    counting_t *self = &world->counting;
    size_t hour = (size_t)((line->hour - world->platform.start) / HOUR_US);
    unsigned which = (unsigned)(line->kind - RESOURCE_DISK);
    if (line->kind > RESOURCE_OUTPUT || hour >= world->platform.hours ||
        line->price != rates[which ? which + 1 : (unsigned)resource % 2].price) {
        world_violate(world, "I24", "resource %d charged at what is no rate", resource);
        return;
    }
    uint64_t *charged = &row_of(world, &self->rows[resource].charged, hour)[which];
    uint64_t truth = row_of(world, &self->rows[resource].truth, hour)[which];
    *charged += line->minutes;
    if (*charged > truth)
        world_violate(world, "I24", "resource %d, hour %zu: %" PRIu64 " charged of %" PRIu64,
                      resource, hour, *charged, truth);
    world_reach(world, which ? REACH_COUNTED_TOKENS : REACH_COUNTED_FILES);
    if (line->reason == CHARGED_LATE)
        world_reach(world, REACH_COUNTED_LATE_LINE);
}

void counting_check(world_t *world)
{
    counting_t *self = &world->counting;
    for (size_t r = 0; r < world->platform.resources_count; r++) {
        const counting_row_t *row = &self->rows[r];
        for (size_t i = 0; row->truth && i < world->platform.hours * COUNTING_KINDS; i++)
            if (row->truth[i] != (row->charged ? row->charged[i] : 0))
                world_violate(world, "I24",
                              "resource %zu, hour %zu, kind %zu: %" PRIu64 " charged of %" PRIu64,
                              r, i / COUNTING_KINDS, RESOURCE_DISK + i % COUNTING_KINDS,
                              row->charged ? row->charged[i] : 0, row->truth[i]);
    }
}
