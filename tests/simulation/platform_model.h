#pragma once
// platform_model - a container platform: resources whose replicas run and stop, told of by minute
// ticks or by lifecycle events, pushed in batches until they are acknowledged, sometimes twice,
// sometimes again from further back under a new epoch. It counts every billable minute itself.
//
// Units: minute m is billable iff the replica ran at m:00 UTC. Threads: one.
#include "proto/stream.h"
#include "tests/simulation/draw.h"
#include "tests/simulation/schedule.h"

enum {
    ACCOUNTS = 6,
    RESOURCES_MAX = 1024,
    SLOTS = 8, // resources that live at a time
    HOURS_MAX = 24 * 400,
    ITEMS_MAX = 4 * 1000 * 1000
};

// One item of the feed, to be encoded when it is pushed.
typedef struct {
    instant_t at;
    uint32_t replica;
    uint16_t resource, type; // event_type_t
} item_t;

typedef struct {
    uint8_t account, tariff;
    bool ticks; // told of by ticks, else by lifecycle events
    bool running, deleted;
    uint32_t replica;
    uint16_t *minutes; // truth: billable minutes of each hour since the start
} resource_t;

typedef struct {
    draw_t draw;
    instant_t start, made; // everything before `made` has happened
    resource_t resources[RESOURCES_MAX];
    size_t resources_count;
    uint16_t slots[SLOTS];
    uint32_t replicas;
    item_t *items;
    size_t items_count, items_cap;
    size_t base, acked; // items before them belong to an older epoch; are acknowledged
    uint64_t epoch, number, epoch_number; // of the push; the first push of this epoch
    instant_t through_acked, through_sent;
    uint64_t sent_number;
    size_t sent_last;
    bool tending; // a push is under way or will be
} platform_model_t;

void platform_model_init(platform_model_t *self, uint64_t seed, instant_t start);
void platform_model_release(platform_model_t *self);
void platform_model_begin(world_t *world);
void platform_model_answered(world_t *world, const void *bytes, size_t size);
bool platform_model_is_done(const platform_model_t *self);

uid_t16 platform_model_account(unsigned account);
int platform_model_account_of(const uid_t16 *id);  // -1 if it is none
int platform_model_resource_of(const uid_t16 *id); // -1 if it is none
int64_t platform_model_price(unsigned tariff);
