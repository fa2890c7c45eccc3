#include "tests/simulation/platform_model.h"
#include "tests/simulation/counting.h"
#include "tests/simulation/platform_told.h"
#include "tests/simulation/wires.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { PUSH_ITEMS_MAX = 400, PUSH_BYTES_MAX = 128 * 1024, PUSH_HEAD_MAX = 256 };
#define PUSH_AGAIN_US (30 * SECOND_US)
#define WITHHELD_MOST_US (4 * HOUR_US)
#define CLOSING_US MINUTE_US // after its end; the push that tells of it comes a minute later
#define SIGNAL_US (30 * MINUTE_US)
#define SOUND_US (CALM_DAYS * DAY_US / 4) // of the calm days: all clocks are confirmed by then
#define LATE_US (3 * DAY_US)              // what metering remembers

static const struct {
    const char *code;
    int64_t price;
} tariffs[] = {{"ultra_plus", 775000}, {"ultra", 430000}, {"standartny", 145000}};
enum { TARIFFS = PLATFORM_TARIFFS };

int platform_model_tariff_of(int64_t price)
{
    for (int i = 0; i < TARIFFS; i++)
        if (tariffs[i].price == price)
            return i;
    return -1;
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
                               .slots_count = profile->slots,
                               .hours = (profile->days + 2) * (size_t)24};
    for (unsigned i = 0; i < SLOTS_MAX; i++) {
        self->slots[i] = UINT16_MAX;
        self->draws[i] = draw_member(seed, 3000, i);
    }
}

void platform_model_release(platform_model_t *self)
{
    for (size_t i = 0; i < self->resources_count; i++) {
        free(self->resources[i].minutes);
        free(self->resources[i].wrong);
    }
    free(self->items);
    *self = (platform_model_t){0};
}

// --- what happens on the platform ---

static item_t item_of(const platform_model_t *self, event_type_t type, uint16_t resource,
                      instant_t at)
{
    return (item_t){.at = at,
                    .replica = self->resources[resource].replica,
                    .resource = resource,
                    .type = (uint8_t)type,
                    .kind = RESOURCE_COMPUTE,
                    .tariff = self->resources[resource].tariff};
}

static void tell(platform_model_t *self, event_type_t type, uint16_t resource, instant_t at)
{
    item_t item = item_of(self, type, resource, at);
    platform_told_add(self, &item);
}

// Some stops and deletions are told when hours after them were billed.
static void tell_end(world_t *world, event_type_t type, uint16_t resource, instant_t at)
{
    platform_model_t *self = &world->platform;
    draw_t *draw = &world->draws[FAULT_late_stops];
    item_t item = item_of(self, type, resource, at);
    bool deletion = type == EVENT_resource_deleted;
    bool hold = !world->calm && self->withheld_count < WITHHELD_MAX &&
                draw_chance(draw, world->profile.late_stops);
    if (hold) {
        platform_told_hold(self, &item, at + draw_span(draw, WITHHELD_LEAST_US, LATE_STOP_MOST_US));
        world_reach(world, deletion ? REACH_LATE_DELETION : REACH_LATE_STOP);
    } else if (deletion)
        platform_told_deletion(world, &item);
    else
        platform_told_add(self, &item);
}

static uint16_t create(world_t *world, unsigned slot, instant_t at)
{
    platform_model_t *self = &world->platform;
    bool steady = world->profile.steady;
    if (self->resources_count == RESOURCES_MAX)
        return UINT16_MAX;
    uint16_t number = (uint16_t)self->resources_count++;
    resource_t *resource = &self->resources[number];
    *resource = (resource_t){.account = (uint16_t)(slot % self->accounts), .known = SIZE_MAX};
    resource->tariff = steady ? 0 : (uint8_t)draw_below(&self->draws[slot], TARIFFS);
    resource->ticks = !steady && draw_chance(&self->draws[slot], world->profile.ticked);
    resource->minutes = calloc(self->hours * PLATFORM_LINES, sizeof *resource->minutes);
    resource->wrong = calloc(self->hours * PLATFORM_LINES, sizeof *resource->wrong);
    assert(resource->minutes && resource->wrong);
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

static void stop(world_t *world, uint16_t number, instant_t at)
{
    resource_t *resource = &world->platform.resources[number];
    if (resource->running && !resource->ticks)
        tell_end(world, EVENT_replica_stopped, number, at);
    resource->running = false;
}

static void tell_build(platform_model_t *self, event_type_t type, uint16_t number, instant_t at)
{
    const resource_t *resource = &self->resources[number];
    platform_told_add(self, &(item_t){.at = at,
                                      .replica = resource->build,
                                      .resource = number,
                                      .type = (uint8_t)type,
                                      .kind = RESOURCE_BUILD,
                                      .tariff = resource->build_tariff});
}

static void start_build(platform_model_t *self, uint16_t number, instant_t at, unsigned tariff)
{
    resource_t *resource = &self->resources[number];
    resource->building = true;
    resource->build = ++self->replicas;
    resource->build_tariff = (uint8_t)tariff;
    tell_build(self, EVENT_replica_started, number, at);
}

static void stop_build(platform_model_t *self, uint16_t number, instant_t at)
{
    if (self->resources[number].building)
        tell_build(self, EVENT_replica_stopped, number, at);
    self->resources[number].building = false;
}

static void delete_in(world_t *world, unsigned slot, instant_t at)
{
    platform_model_t *self = &world->platform;
    resource_t *resource = &self->resources[self->slots[slot]];
    resource->running = resource->building = false;
    resource->deleted = true;
    tell_end(world, EVENT_resource_deleted, self->slots[slot], at);
    self->slots[slot] = UINT16_MAX;
}

// One of a crowd: it runs from its first minutes on, at times under another tariff, at times with a
// build beside it, until all are deleted.
static void change_crowd(world_t *world, unsigned slot, instant_t minute, instant_t at)
{
    platform_model_t *self = &world->platform;
    draw_t *draw = &self->draws[slot];
    uint16_t number = self->slots[slot];
    bool open = minute < self->start + world->profile.crowd_us;
    if (number == UINT16_MAX) {
        if (open && draw_chance(draw, 100000))
            self->slots[slot] = create(world, slot, at);
        return;
    }
    resource_t *resource = &self->resources[number];
    if (!open) {
        if (draw_chance(draw, 50000))
            delete_in(world, slot, at);
    } else if (!resource->running) {
        start(self, number, at);
    } else if (draw_chance(draw, 1000)) {
        stop(world, number, at);
        resource->tariff = (uint8_t)draw_below(draw, TARIFFS);
        start(self, number, at);
    } else if (resource->building && draw_chance(draw, 100000)) {
        stop_build(self, number, at);
    } else if (!resource->building && draw_chance(draw, 2000)) {
        start_build(self, number, at, (unsigned)draw_below(draw, TARIFFS));
    }
}

// What changes in one minute; each change at its own second after the minute's start.
static void change(world_t *world, unsigned slot, instant_t minute)
{
    platform_model_t *self = &world->platform;
    uint16_t number = self->slots[slot];
    bool steady = world->profile.steady;
    instant_t at = minute + draw_span(&self->draws[slot], SECOND_US, 50 * SECOND_US);
    if (world->profile.crowd_us) {
        change_crowd(world, slot, minute, at);
        return;
    }
    if (number == UINT16_MAX) {
        if (steady || draw_chance(&self->draws[slot], 100000))
            self->slots[slot] = create(world, slot, at);
        return;
    }
    resource_t *resource = &self->resources[number];
    if (self->stopped[resource->account]) {
        if (resource->running)
            stop(world, number, at);
    } else if (!resource->running && draw_chance(&self->draws[slot], 200000)) {
        start(self, number, at);
    } else if (!steady && resource->running && draw_chance(&self->draws[slot], 3000)) {
        stop(world, number, at);
    } else if (!steady && draw_chance(&self->draws[slot], 300)) {
        delete_in(world, slot, at);
    } else if (resource->running && !resource->ticks) {
        platform_told_restart(world, number, at);
    }
}

static void hear_exhausted(world_t *world, const step_t *step)
{
    // as it is when he hears of it
    bool stops = world->profile.notices ? fold_notify_stops(world, (unsigned)step->number)
                                        : world->fold.accounts[step->number].exhausted;
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

static void tick(world_t *world, uint16_t number, instant_t minute)
{
    platform_model_t *self = &world->platform;
    resource_t *resource = &self->resources[number];
    instant_t at = minute + draw_span(&self->draw, 0, SECOND_US);
    item_t item = {.at = at,
                   .replica = resource->replica,
                   .resource = number,
                   .type = EVENT_usage_ticked,
                   .kind = RESOURCE_COMPUTE,
                   .tariff = resource->tariff};
    if (resource->ticks && !world->calm && self->withheld_count < WITHHELD_MAX &&
        draw_chance(&world->draws[FAULT_withheld], world->profile.withheld)) {
        instant_t until =
            minute + draw_span(&world->draws[FAULT_withheld], WITHHELD_LEAST_US, WITHHELD_MOST_US);
        if (world->profile.crowd_us) // it comes amid its hour's closing
            until = minute - minute % HOUR_US + HOUR_US + CLOSING_US;
        platform_told_hold(self, &item, until);
        return;
    }
    if (resource->ticks) {
        platform_told_tick(world, &item);
        if (resource->known == SIZE_MAX)
            resource->known = self->items_count;
    }
    draw_t *draw = &world->draws[FAULT_lies];
    if (!draw_chance(draw, world->profile.lies) || world->calm)
        return;
    // The same minute told once more, by a second tick or beside its replica's life.
    platform_told_add(self, &item);
    world_reach(world, REACH_TOLD_TWICE);
    item.lie = (uint8_t)draw_below(draw, LIE_END);
    if (item.lie && (item.lie != LIE_ACCOUNT || resource->known <= self->acked))
        platform_told_add(self, &item);
}

// Whatever of a resource is billable at this minute.
static void count_minute(world_t *world, uint16_t number, size_t hour)
{
    platform_model_t *self = &world->platform;
    resource_t *resource = &self->resources[number];
    if (resource->building)
        resource->minutes[platform_model_line(hour, RESOURCE_BUILD, resource->build_tariff)]++;
    if (!resource->running)
        return;
    resource->minutes[platform_model_line(hour, RESOURCE_COMPUTE, resource->tariff)]++;
    tick(world, number, self->made);
}

static void make_until(world_t *world, instant_t until)
{
    platform_model_t *self = &world->platform;
    for (; self->made + MINUTE_US <= until; self->made += MINUTE_US) {
        size_t hour = (size_t)((self->made - self->start) / HOUR_US);
        assert(hour < self->hours);
        platform_told_release(self, self->made);
        platform_told_run_on(self, hour);
        for (unsigned slot = 0; slot < self->slots_count; slot++) {
            if (self->slots[slot] != UINT16_MAX) {
                count_minute(world, self->slots[slot], hour);
                counting_minute(world, self->slots[slot], self->made);
            }
            change(world, slot, self->made);
            if (self->slots[slot] != UINT16_MAX)
                platform_told_too_late(world, self->slots[slot], self->made);
        }
    }
}

// --- its outbox ---

static const peer_t platform = {.size = 1,
                                .bytes = {'f'},
                                .producers = {PRODUCER_FIRST, PRODUCER_FIRST},
                                .name = PLATFORM_NAME};

static void fill(const world_t *world, const item_t *item, event_t *event)
{
    const platform_model_t *self = &world->platform;
    const resource_t *resource = &self->resources[item->resource];
    uid_t16 id = make_id(0x20, item->resource), replica = make_id(0x30, item->replica);
    uid_t16 account = platform_model_account(resource->account);
    text_t tariff = text_of(tariffs[item->tariff].code);
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
        event->replica_started =
            (event_replica_started_t){id, replica, account, tariff, item->kind};
        break;
    case EVENT_replica_stopped:
        event->replica_stopped = (event_replica_stopped_t){id, replica};
        break;
    case EVENT_disk_sampled:
    case EVENT_tokens_used:
        counting_fill(world, item, id, account, event);
        break;
    default:
        event->usage_ticked = (event_usage_ticked_t){id, replica, account, tariff, item->kind};
    }
}

static void push(world_t *world)
{
    static uint8_t bytes[PUSH_BYTES_MAX];
    platform_model_t *self = &world->platform;
    if (silences_hold(world))
        return; // whoever tends tries again
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
                          .through = all ? self->made : self->through_acked,
                          .time = world->now};
    size_t size = feed_batch_encode_head(&batch, bytes, sizeof bytes);
    for (size_t i = first; i < last; i++) {
        event_t event;
        fill(world, &self->items[i], &event);
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

static void stop_all(world_t *world, instant_t at)
{
    platform_model_t *self = &world->platform;
    platform_told_release(self, INT64_MAX);
    for (unsigned slot = 0; slot < self->slots_count; slot++) {
        if (self->slots[slot] != UINT16_MAX) {
            stop(world, self->slots[slot], self->made);
            stop_build(self, self->slots[slot], self->made);
        }
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
        stop_all(world, world->now);
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
    if (fail == FAIL_BILLED && item->equal)
        return; // the lesser of two words about one minute
    if (item->lie == LIE_CONTRADICTS && fail == FAIL_CONFLICT)
        return;
    if (fail && (item->lie >= LIE_END || fail != wanted[item->lie]) && !old)
        world_violate(world, "I5", "an item of usage was refused with %s instead of %s",
                      fail_name(fail),
                      fail_name(item->lie < LIE_END ? wanted[item->lie] : FAIL_CONFLICT));
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
