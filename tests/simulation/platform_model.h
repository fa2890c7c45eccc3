#pragma once
// platform_model - a container platform: resources whose replicas run and stop, told of by minute
// ticks or by lifecycle events, pushed in batches until they are acknowledged, sometimes twice,
// sometimes again from further back under a new epoch, with lies among them and minutes that come
// after their hour was said to be complete. It counts every billable minute itself.
//
// Units: minute m is billable iff the replica ran at m:00 UTC. Threads: one.
#include "proto/codes.h"
#include "proto/stream.h"
#include "tests/simulation/draw.h"
#include "tests/simulation/profile.h"
#include "tests/simulation/schedule.h"

enum {
    RESOURCES_MAX = 8192,
    WITHHELD_MAX = 256,
    PUSHES_KEPT = 64, // whose answers are understood
    HOURS_MAX = 24 * 400,
    ITEMS_MAX = 4 * 1000 * 1000
};

#define PLATFORM_STOPS_US (30 * MINUTE_US) // after it an exhausted account runs nothing

// One item of the feed, to be encoded when it is pushed.
typedef struct {
    instant_t at;
    uint32_t replica;
    uint16_t resource;
    uint8_t type, lie; // event_type_t, lie_t
    uint8_t kind, tariff;
    bool equal; // another word about the same instant, or minute, contradicts it
} item_t;

// What a resource's minutes are counted by: what runs, and under which tariff.
enum {
    PLATFORM_KINDS = 2,
    PLATFORM_TARIFFS = 3,
    PLATFORM_LINES = PLATFORM_KINDS * PLATFORM_TARIFFS
};

// What the platform says that is not so; metering must refuse it.
typedef enum {
    LIE_NONE,
    LIE_FUTURE,     // of a year that has not begun
    LIE_TARIFF,     // under a tariff that there is not
    LIE_ACCOUNT,    // of another account's resource
    LIE_NOTHING,    // of no resource
    LIE_END,        // of those that are drawn for ticks
    LIE_CONTRADICTS // of a request, with other numbers (counting.h)
} lie_t;

typedef struct {
    uint16_t account;
    uint8_t tariff, build_tariff;
    bool ticks; // told of by ticks, else by lifecycle events
    bool running, building, deleted;
    uint32_t replica, build;
    uint16_t *minutes; // truth: billable minutes of each hour since the start, PLATFORM_LINES each
    uint16_t *wrong;   // the same of minutes that it stood, and no stop was told of yet
    size_t known;      // items after which metering knows it
} resource_t;

typedef struct {
    item_t item;
    instant_t until;
} withheld_t;

typedef struct {
    draw_t draw, draws[SLOTS_MAX]; // of its outbox; of each place
    instant_t start, made;         // everything before `made` has happened
    resource_t resources[RESOURCES_MAX];
    size_t resources_count;
    unsigned accounts, slots_count;
    size_t hours; // of the whole run
    uint16_t slots[SLOTS_MAX];
    bool stopped[ACCOUNTS_MAX]; // told that the account is exhausted
    withheld_t withheld[WITHHELD_MAX];
    size_t withheld_count;
    uint32_t replicas;
    item_t *items;
    size_t items_count, items_cap;
    size_t base, acked; // items before them belong to an older epoch; are acknowledged
    uint64_t epoch, number, epoch_number; // of the push; the first push of this epoch
    instant_t through_acked, through_sent;
    uint64_t sent_number;
    size_t sent_last;
    struct {
        uint64_t number;
        size_t first, last;
    } pushes[PUSHES_KEPT];
    bool tending; // a push is under way or will be
} platform_model_t;

void platform_model_init(platform_model_t *self, uint64_t seed, instant_t start,
                         const profile_t *profile);
void platform_model_release(platform_model_t *self);
void platform_model_begin(world_t *world);
void platform_model_answered(world_t *world, const void *bytes, size_t size);
// The ledger has said that the account is exhausted, or no longer; in runs about notices, notify
// that it is stopped, or no longer. The platform hears of it later, and goes by it.
void platform_model_exhausted(world_t *world, unsigned account);
bool platform_model_is_done(const platform_model_t *self);

#define PLATFORM_NAME "amber" // its certificate's

uid_t16 platform_model_account(unsigned account);
int platform_model_account_of(const uid_t16 *id);  // -1 if it is none
int platform_model_resource_of(const uid_t16 *id); // -1 if it is none
int platform_model_tariff_of(int64_t price);       // -1 if there is none
// The counter of that hour, kind (from 1 on) and tariff in a resource's minutes.
static inline size_t platform_model_line(size_t hour, uint64_t kind, unsigned tariff)
{
    return hour * PLATFORM_LINES + (kind - RESOURCE_COMPUTE) * PLATFORM_TARIFFS + tariff;
}
