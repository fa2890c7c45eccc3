#include "tests/simulation/platform_model.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { PUSH_ITEMS_MAX = 400, PUSH_BYTES_MAX = 128 * 1024, PUSH_HEAD_MAX = 256 };
#define PUSH_AGAIN_US (30 * SECOND_US)
#define WITHHELD_LEAST_US (70 * MINUTE_US) // its hour is charged by then
#define WITHHELD_MOST_US (4 * HOUR_US)
#define SIGNAL_US (30 * MINUTE_US)
#define SOUND_US (CALM_DAYS * DAY_US / 4) // of the calm days: all clocks are confirmed by then
#define LATE_US (3 * DAY_US)              // what metering remembers

static const struct {
    const char *code;
    int64_t price;
} tariffs[] = {{"ultra_plus", 775000}, {"ultra", 430000}, {"standartny", 145000}};
enum { TARIFFS = 3 };

int64_t platform_model_price(unsigned tariff)
{
    return tariffs[tariff].price;
}

static uid_t16 make_id(uint8_t kind, uint32_t number)
{
    uid_t16 id = {{kind, 0, 0, 0, 0, 0, 0x40, 0, 0x80}};
    for (unsigned i = 0; i < 4; i++)
        id.bytes[15 - i] = (uint8_t)(number >> (8 * i));
    return id;
}

static int number_of(uint8_t kind, const uid_t16 *id, int below)
{
    int number = id->bytes[15] | id->bytes[14] << 8 | id->bytes[13] << 16;
    uid_t16 same = make_id(kind, (uint32_t)number);
    return uid_equal(&same, id) && number < below ? number : -1;
}

uid_t16 platform_model_account(unsigned account)
{
    return make_id(0x10, account);
}

int platform_model_account_of(const uid_t16 *id)
{
    return number_of(0x10, id, ACCOUNTS_MAX);
}

int platform_model_resource_of(const uid_t16 *id)
{
    return number_of(0x20, id, RESOURCES_MAX);
}

void platform_model_init(platform_model_t *self, uint64_t seed, instant_t start,
                         const profile_t *profile)
{
    *self = (platform_model_t){.draw = draw_fork(seed, 3),
                               .start = start,
                               .made = start,
                               .epoch = 1,
                               .epoch_number = 1,
                               .accounts = profile->accounts,
                               .slots_count = profile->slots};
    for (unsigned i = 0; i < SLOTS_MAX; i++) {
        self->slots[i] = UINT16_MAX;
        self->draws[i] = draw_fork(seed, 3000 + i);
    }
}

void platform_model_release(platform_model_t *self)
{
    for (size_t i = 0; i < self->resources_count; i++)
        free(self->resources[i].minutes);
    free(self->items);
    *self = (platform_model_t){0};
}

// --- what happens on the platform ---

static void add_item(platform_model_t *self, const item_t *item)
{
    if (self->items_count == self->items_cap) {
        self->items_cap = self->items_cap ? 2 * self->items_cap : 4096;
        assert(self->items_cap <= ITEMS_MAX);
        self->items = realloc(self->items, self->items_cap * sizeof *self->items);
        assert(self->items);
    }
    self->items[self->items_count++] = *item;
}

static void tell(platform_model_t *self, event_type_t type, uint16_t resource, instant_t at)
{
    add_item(self, &(item_t){.at = at,
                             .replica = self->resources[resource].replica,
                             .resource = resource,
                             .type = (uint8_t)type});
}

static uint16_t create(world_t *world, unsigned slot, instant_t at)
{
    platform_model_t *self = &world->platform;
    bool steady = world->profile.steady;
    if (self->resources_count == RESOURCES_MAX)
        return UINT16_MAX;
    uint16_t number = (uint16_t)self->resources_count++;
    resource_t *resource = &self->resources[number];
    *resource = (resource_t){.account = (uint8_t)(slot % self->accounts), .known = SIZE_MAX};
    resource->tariff = steady ? 0 : (uint8_t)draw_below(&self->draws[slot], TARIFFS);
    resource->ticks = !steady && draw_chance(&self->draws[slot], 600000);
    resource->minutes = calloc(HOURS_MAX, sizeof *resource->minutes);
    assert(resource->minutes);
    if (!resource->ticks || draw_chance(&self->draws[slot], 500000))
        tell(self, EVENT_resource_created, number, at);
    return number;
}

static void start(platform_model_t *self, uint16_t number, instant_t at)
{
    resource_t *resource = &self->resources[number];
    resource->running = true;
    resource->replica = ++self->replicas;
    if (!resource->ticks)
        tell(self, EVENT_replica_started, number, at);
}

static void stop(platform_model_t *self, uint16_t number, instant_t at)
{
    resource_t *resource = &self->resources[number];
    if (resource->running && !resource->ticks)
        tell(self, EVENT_replica_stopped, number, at);
    resource->running = false;
}

// What changes in one minute; each change at its own second after the minute's start.
static void change(world_t *world, unsigned slot, instant_t minute)
{
    platform_model_t *self = &world->platform;
    uint16_t number = self->slots[slot];
    bool steady = world->profile.steady;
    instant_t at = minute + draw_span(&self->draws[slot], SECOND_US, 50 * SECOND_US);
    if (number == UINT16_MAX) {
        if (steady || draw_chance(&self->draws[slot], 100000))
            self->slots[slot] = create(world, slot, at);
        return;
    }
    resource_t *resource = &self->resources[number];
    if (self->stopped[resource->account]) {
        if (resource->running)
            stop(self, number, at);
    } else if (!resource->running && draw_chance(&self->draws[slot], 200000)) {
        start(self, number, at);
    } else if (!steady && resource->running && draw_chance(&self->draws[slot], 3000)) {
        stop(self, number, at);
    } else if (!steady && draw_chance(&self->draws[slot], 300)) {
        resource->running = false;
        resource->deleted = true;
        tell(self, EVENT_resource_deleted, number, at);
        self->slots[slot] = UINT16_MAX;
    }
}

static void hear_exhausted(world_t *world, const step_t *step)
{
    bool stops = world->fold.accounts[step->number].exhausted; // as it is when he hears of it
    if (stops && !world->platform.stopped[step->number])
        world_reach(world, REACH_STOPPED);
    world->platform.stopped[step->number] = stops;
}

void platform_model_exhausted(world_t *world, unsigned account)
{
    platform_model_t *self = &world->platform;
    if (world->profile.stops)
        world_after(world, draw_span(&self->draw, SECOND_US, PLATFORM_STOPS_US), hear_exhausted,
                    NULL, account);
}

// I10: once nothing fails any more, the signal to stop comes in time.
static void watch(world_t *world, const step_t *step)
{
    (void)step;
    instant_t sound = world->calm_at + SOUND_US;
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        const fold_account_t *account = &world->fold.accounts[i];
        instant_t since = account->negative_since > sound ? account->negative_since : sound;
        if (account->negative_since && !account->exhausted && world->now > since + SIGNAL_US)
            world_violate(world, "I10", "account %u owes, and nobody was told to stop it", i);
    }
    schedule_add(&world->schedule,
                 &(step_t){.at = world->now + 10 * MINUTE_US, .run = watch, .quiet = true});
}

// --- minutes that come late, and lies ---

static void release(platform_model_t *self, instant_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->withheld_count; i++)
        if (self->withheld[i].until <= now)
            add_item(self, &self->withheld[i].item);
        else
            self->withheld[kept++] = self->withheld[i];
    self->withheld_count = kept;
}

static void tick(world_t *world, uint16_t number, instant_t minute)
{
    platform_model_t *self = &world->platform;
    resource_t *resource = &self->resources[number];
    instant_t at = minute + draw_span(&self->draw, 0, SECOND_US);
    item_t item = {
        .at = at, .replica = resource->replica, .resource = number, .type = EVENT_usage_ticked};
    if (resource->ticks && !world->calm && self->withheld_count < WITHHELD_MAX &&
        draw_chance(&world->draws[FAULT_withheld], world->profile.withheld)) {
        instant_t until =
            minute + draw_span(&world->draws[FAULT_withheld], WITHHELD_LEAST_US, WITHHELD_MOST_US);
        self->withheld[self->withheld_count++] = (withheld_t){item, until};
        return;
    }
    if (resource->ticks) {
        add_item(self, &item);
        if (resource->known == SIZE_MAX)
            resource->known = self->items_count;
    }
    draw_t *draw = &world->draws[FAULT_lies];
    if (!draw_chance(draw, world->profile.lies) || world->calm)
        return;
    // The same minute told once more, by a second tick or beside its replica's life.
    add_item(self, &item);
    world_reach(world, REACH_TOLD_TWICE);
    item.lie = (uint8_t)draw_below(draw, LIE_END);
    if (item.lie && (item.lie != LIE_ACCOUNT || resource->known <= self->acked))
        add_item(self, &item);
}

static void make_until(world_t *world, instant_t until)
{
    platform_model_t *self = &world->platform;
    for (; self->made + MINUTE_US <= until; self->made += MINUTE_US) {
        size_t hour = (size_t)((self->made - self->start) / HOUR_US);
        assert(hour < HOURS_MAX);
        release(self, self->made);
        for (unsigned slot = 0; slot < self->slots_count; slot++) {
            uint16_t number = self->slots[slot];
            if (number != UINT16_MAX && self->resources[number].running) {
                self->resources[number].minutes[hour]++;
                tick(world, number, self->made);
            }
            change(world, slot, self->made);
        }
    }
}

// --- its outbox ---

static const peer_t platform = {1, {'f'}, {PRODUCER_FIRST, PRODUCER_FIRST}};

static void fill(const platform_model_t *self, const item_t *item, event_t *event)
{
    const resource_t *resource = &self->resources[item->resource];
    uid_t16 id = make_id(0x20, item->resource), replica = make_id(0x30, item->replica);
    uid_t16 account = platform_model_account(resource->account);
    text_t tariff = text_of(tariffs[resource->tariff].code);
    memset(event, 0, sizeof *event);
    event->type = (event_type_t)item->type;
    event->at = item->at + (item->lie == LIE_FUTURE ? 400 * DAY_US : 0);
    if (item->lie == LIE_TARIFF)
        tariff = text_of("none_such");
    if (item->lie == LIE_ACCOUNT)
        account = platform_model_account((resource->account + 1) % ACCOUNTS_MAX);
    if (item->lie == LIE_NOTHING)
        id = (uid_t16){{0}};
    switch (event->type) {
    case EVENT_resource_created:
        event->resource_created = (event_resource_created_t){id, account, 1};
        break;
    case EVENT_resource_deleted:
        event->resource_deleted.resource = id;
        break;
    case EVENT_replica_started:
        event->replica_started = (event_replica_started_t){id, replica, account, tariff, 1};
        break;
    case EVENT_replica_stopped:
        event->replica_stopped = (event_replica_stopped_t){id, replica};
        break;
    default:
        event->usage_ticked = (event_usage_ticked_t){id, replica, account, tariff, 1};
    }
}

static void push(world_t *world)
{
    static uint8_t bytes[PUSH_BYTES_MAX];
    platform_model_t *self = &world->platform;
    size_t first = self->acked;
    if (first > self->base && draw_chance(&self->draw, 50000))
        first -= draw_below(&self->draw, first - self->base < 50 ? first - self->base : 50);
    size_t last =
        first + PUSH_ITEMS_MAX < self->items_count ? first + PUSH_ITEMS_MAX : self->items_count;
    bool all = last == self->items_count;
    feed_batch_t batch = {.number = ++self->number,
                          .producer = PRODUCER_FIRST,
                          .epoch = self->epoch,
                          .first = first - self->base + 1,
                          .count = (uint32_t)(last - first),
                          .through = all ? self->made : self->through_acked};
    size_t size = feed_batch_encode_head(&batch, bytes, sizeof bytes);
    for (size_t i = first; i < last; i++) {
        event_t event;
        fill(self, &self->items[i], &event);
        size_t added = event_encode(&event, bytes + size, sizeof bytes - size);
        assert(added);
        size += added;
    }
    self->pushes[batch.number % PUSHES_KEPT].number = batch.number;
    self->pushes[batch.number % PUSHES_KEPT].first = first;
    self->pushes[batch.number % PUSHES_KEPT].last = last;
    self->sent_number = batch.number;
    self->sent_last = last;
    self->through_sent = batch.through;
    wires_ask(world, METERING, true, &platform, ROLE_PLATFORM, bytes, size);
}

bool platform_model_is_done(const platform_model_t *self)
{
    return self->acked == self->items_count && self->through_acked == self->made;
}

static void stop_all(platform_model_t *self, instant_t at)
{
    release(self, INT64_MAX);
    for (unsigned slot = 0; slot < self->slots_count; slot++) {
        if (self->slots[slot] != UINT16_MAX)
            stop(self, self->slots[slot], self->made);
        self->slots[slot] = UINT16_MAX;
    }
    self->made = at;
}

// Pushes until all is acknowledged; one such chain at a time.
static void tend(world_t *world, const step_t *step)
{
    platform_model_t *self = &world->platform;
    self->tending = !platform_model_is_done(self);
    if (!self->tending)
        return;
    if (step->arg)
        world_reach(world, REACH_RESENT);
    push(world);
    world_after(world, PUSH_AGAIN_US << draw_below(&self->draw, 5), tend, self, 0);
}

static void make(world_t *world, const step_t *step)
{
    (void)step;
    platform_model_t *self = &world->platform;
    // On the last day nothing runs any more, so that everything can be billed.
    if (world->now < world->end - DAY_US)
        make_until(world, world->now);
    else
        stop_all(self, world->now);
    if (!self->tending)
        tend(world, &(step_t){0});
    if (world->now < world->end - HOUR_US)
        world_after(world, world->profile.push_every_us, make, NULL, 0);
}

// A copy of the platform that should have ended tells of the epoch before once more.
static void push_before(world_t *world, const step_t *step)
{
    uint8_t bytes[PUSH_HEAD_MAX];
    feed_batch_t batch = {
        .number = step->other, .producer = PRODUCER_FIRST, .epoch = step->number, .first = 1};
    wires_ask(world, METERING, true, &platform, ROLE_PLATFORM, bytes,
              feed_batch_encode_head(&batch, bytes, sizeof bytes));
}

// It was restored from a copy, and sends what it does not know to be sent again.
static void rewind_feed(world_t *world, const step_t *step)
{
    (void)step;
    platform_model_t *self = &world->platform;
    draw_t *draw = &world->draws[FAULT_rewind];
    if (world->now >= world->calm_at)
        return;
    world_after(world, draw_span(draw, HOUR_US, 2 * world->profile.rewind_every_us), rewind_feed,
                NULL, 0);
    size_t back = draw_below(draw, 2000);
    step_t before = {.at = world->now + draw_span(draw, HOUR_US, 3 * HOUR_US), .run = push_before};
    if (world->calm)
        return;
    self->base = self->acked > back ? self->acked - back : 0;
    self->acked = self->base;
    before.number = self->epoch++;
    before.other = self->number;
    schedule_add(&world->schedule, &before);
    self->epoch_number = self->number + 1;
    self->through_acked = 0;
    world_reach(world, REACH_REWIND);
}

static void check_result(world_t *world, const item_t *item, fail_t fail)
{
    static const fail_t wanted[LIE_END] = {[LIE_FUTURE] = FAIL_FUTURE,
                                           [LIE_TARIFF] = FAIL_TARIFF,
                                           [LIE_ACCOUNT] = FAIL_CONFLICT,
                                           [LIE_NOTHING] = FAIL_INVALID};
    // An old item that is pushed again is judged as if it came for the first time, and not taken.
    bool old = fail == FAIL_EXPIRED && world->now - item->at > LATE_US;
    if (fail && fail != wanted[item->lie] && !old)
        world_violate(world, "I5", "an item of usage was refused with %s instead of %s",
                      fail_name(fail), fail_name(wanted[item->lie]));
    if (fail && !old)
        world_reach(world, REACH_LIE);
}

// Lies are refused, and nothing else is.
static void check_results(world_t *world, const feed_answer_t *answer)
{
    const platform_model_t *self = &world->platform;
    size_t slot = answer->number % PUSHES_KEPT, first = self->pushes[slot].first;
    if (self->pushes[slot].number != answer->number)
        return; // so long ago that nobody knows what it was about
    for (uint32_t i = 0; i < answer->results.size && first + i < self->pushes[slot].last; i++)
        check_result(world, &self->items[first + i], (fail_t)answer->results.data[i]);
}

void platform_model_answered(world_t *world, const void *bytes, size_t size)
{
    platform_model_t *self = &world->platform;
    feed_answer_t answer;
    if (feed_answer_decode(bytes, size, &answer) || answer.number < self->epoch_number) {
        world_reach(world, REACH_HISTORY);
        return; // it is about the epoch before
    }
    if (answer.fail) {
        if (answer.fail == FAIL_HISTORY)
            world_reach(world, REACH_HISTORY);
        if (!fail_retry(answer.fail) && answer.fail != FAIL_HISTORY && answer.fail != FAIL_GAP)
            world_violate(world, "I6", "a push was refused: %s", fail_name(answer.fail));
        return;
    }
    size_t acked = self->base + answer.acknowledged;
    if (acked > self->items_count)
        world_violate(world, "I6", "more usage acknowledged than there is");
    if (acked > self->acked)
        self->acked = acked;
    if (answer.number == self->sent_number && acked >= self->sent_last)
        self->through_acked = self->through_sent;
    check_results(world, &answer);
    fold_check_push(world, self->epoch, answer.acknowledged);
    if (self->acked < self->items_count && answer.number == self->sent_number)
        push(world);
}

void platform_model_begin(world_t *world)
{
    world_after(world, MINUTE_US, make, NULL, 0);
    schedule_add(&world->schedule, &(step_t){.at = world->calm_at, .run = watch, .quiet = true});
    if (world->profile.rewind_every_us)
        world_after(world, world->profile.rewind_every_us, rewind_feed, NULL, 0);
}
