#include "tools/platform_sim/platform.h"
#include <assert.h>
#include <stdlib.h>

// Per replica and event: waits are exponential-like, drawn as integers so that every machine makes
// the same world.
#define LIFE_US (3 * DAY_US)     // of a resource, on average
#define CHANGE_US (12 * HOUR_US) // between two changes of a replica, on average

typedef enum { WAIT_CREATE, WAIT_START, WAIT_CHANGE, WAIT_DELETE } wait_t;

typedef struct {
    uid_t16 resource, replica;
    uint32_t account;
    uint8_t tariff;
    bool running;
    wait_t wait;
    instant_t deleted_at;
} slot_t; // one replica at a time lives in a slot; when it dies another is born there

typedef struct {
    instant_t at;
    uint32_t slot;
} wake_t;

struct platform {
    platform_options_t options;
    uint64_t random, ids;
    slot_t *slots;
    wake_t *heap; // a slot's next event; smallest (at, slot) first
    uint32_t heap_count, running;
};

static const char *const tariffs[PLATFORM_TARIFFS] = {"probny",     "nachalny", "nachalny_plus",
                                                      "standartny", "ultra",    "ultra_plus"};
static const uint8_t usual[PLATFORM_TARIFFS] = {15, 50, 20, 10, 4, 1};

// splitmix64, by Sebastiano Vigna (public domain).
static uint64_t draw(platform_t *self)
{
    uint64_t z = self->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uid_t16 make_id(uint64_t kind, uint64_t number)
{
    uid_t16 id = {{0}};
    for (unsigned i = 0; i < 8; i++) {
        id.bytes[15 - i] = (uint8_t)(number >> (8 * i));
        id.bytes[7 - i] = (uint8_t)(kind >> (8 * i));
    }
    id.bytes[6] = 0x40; // version 8 fields are ours; 4 and the variant make them read as UUIDs
    id.bytes[8] = 0x80;
    return id;
}

uid_t16 platform_account(const platform_t *self, uint32_t number)
{
    return make_id(self->options.seed << 32 | 1, number + 1);
}

// Around the mean: half of it to one and a half times.
static instant_t about(platform_t *self, instant_t mean)
{
    return mean / 2 + (instant_t)(draw(self) % (uint64_t)mean);
}

static uint8_t draw_tariff(platform_t *self)
{
    unsigned percent = (unsigned)(draw(self) % 100);
    uint8_t tariff = 0;
    while (percent >= self->options.percent[tariff])
        percent -= self->options.percent[tariff++];
    return tariff;
}

// --- the heap of next events ---

static bool before(const wake_t *a, const wake_t *b)
{
    return a->at < b->at || (a->at == b->at && a->slot < b->slot);
}

static void push(platform_t *self, instant_t at, uint32_t slot)
{
    uint32_t i = self->heap_count++;
    wake_t wake = {at, slot};
    for (; i && before(&wake, &self->heap[(i - 1) / 2]); i = (i - 1) / 2)
        self->heap[i] = self->heap[(i - 1) / 2];
    self->heap[i] = wake;
}

static wake_t pop(platform_t *self)
{
    wake_t first = self->heap[0], last = self->heap[--self->heap_count];
    uint32_t i = 0;
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= self->heap_count)
            break;
        if (child + 1 < self->heap_count && before(&self->heap[child + 1], &self->heap[child]))
            child++;
        if (!before(&self->heap[child], &last))
            break;
        self->heap[i] = self->heap[child];
        i = child;
    }
    self->heap[i] = last;
    return first;
}

// --- lives ---

platform_t *platform_new(const platform_options_t *options)
{
    assert(options->accounts && options->accounts <= PLATFORM_ACCOUNTS_MAX && options->replicas &&
           options->replicas <= PLATFORM_REPLICAS_MAX);
    platform_t *self = calloc(1, sizeof *self);
    assert(self);
    self->options = *options;
    unsigned sum = 0;
    for (size_t i = 0; i < PLATFORM_TARIFFS; i++)
        sum += options->percent[i];
    assert(sum == 0 || sum == 100);
    if (sum == 0)
        memcpy(self->options.percent, usual, sizeof usual);
    self->random = options->seed;
    self->slots = calloc(options->replicas, sizeof *self->slots);
    self->heap = calloc(options->replicas, sizeof *self->heap);
    assert(self->slots && self->heap);
    // Born over the first minutes, and each at another second.
    for (uint32_t i = 0; i < options->replicas; i++) {
        self->slots[i].account = i % options->accounts;
        push(self, options->start + (instant_t)(draw(self) % (uint64_t)(5 * MINUTE_US)), i);
    }
    return self;
}

void platform_destroy(platform_t **self_p)
{
    platform_t *self = *self_p;
    if (!self)
        return;
    free(self->slots);
    free(self->heap);
    free(self);
    *self_p = NULL;
}

instant_t platform_wake(const platform_t *self)
{
    return self->heap[0].at;
}

uint32_t platform_running(const platform_t *self)
{
    return self->running;
}

static void start_replica(platform_t *self, slot_t *slot, event_t *event)
{
    slot->replica = make_id(self->options.seed << 32 | 3, ++self->ids);
    slot->running = true;
    self->running++;
    event->type = EVENT_replica_started;
    event->replica_started.resource = slot->resource;
    event->replica_started.replica = slot->replica;
    event->replica_started.account = platform_account(self, slot->account);
    event->replica_started.tariff = text_of(tariffs[slot->tariff]);
    event->replica_started.kind = RESOURCE_COMPUTE;
}

static instant_t after_change(platform_t *self, slot_t *slot, instant_t at)
{
    instant_t next = at + about(self, CHANGE_US);
    slot->wait = next < slot->deleted_at ? WAIT_CHANGE : WAIT_DELETE;
    return next < slot->deleted_at ? next : slot->deleted_at;
}

// What happens in a slot at its wake, and when the next thing will.
static instant_t happen(platform_t *self, slot_t *slot, instant_t at, event_t *event)
{
    memset(event, 0, sizeof *event);
    event->at = at;
    switch (slot->wait) {
    case WAIT_CREATE:
        slot->resource = make_id(self->options.seed << 32 | 2, ++self->ids);
        slot->tariff = draw_tariff(self);
        slot->deleted_at = at + about(self, LIFE_US);
        event->type = EVENT_resource_created;
        event->resource_created.resource = slot->resource;
        event->resource_created.account = platform_account(self, slot->account);
        event->resource_created.kind = RESOURCE_COMPUTE;
        slot->wait = WAIT_START;
        return at + SECOND_US;
    case WAIT_START:
        start_replica(self, slot, event);
        return after_change(self, slot, at);
    case WAIT_CHANGE: { // it stops, and comes back after a pause, perhaps under another tariff
        event->type = EVENT_replica_stopped;
        event->replica_stopped.resource = slot->resource;
        event->replica_stopped.replica = slot->replica;
        slot->running = false;
        self->running--;
        if (draw(self) % 4 == 0)
            slot->tariff = draw_tariff(self);
        instant_t back = at + about(self, 2 * MINUTE_US);
        slot->wait = back < slot->deleted_at ? WAIT_START : WAIT_DELETE;
        return back < slot->deleted_at ? back : slot->deleted_at;
    }
    case WAIT_DELETE:
        event->type = EVENT_resource_deleted;
        event->resource_deleted.resource = slot->resource;
        self->running -= slot->running;
        slot->running = false;
        slot->wait = WAIT_CREATE;
        return at + about(self, 10 * MINUTE_US);
    }
    return INT64_MAX;
}

size_t platform_next(platform_t *self, instant_t until, event_t *ret_events, size_t cap)
{
    size_t count = 0;
    while (count < cap && self->heap[0].at <= until) {
        wake_t wake = pop(self);
        slot_t *slot = &self->slots[wake.slot];
        push(self, happen(self, slot, wake.at, &ret_events[count++]), wake.slot);
    }
    return count;
}
