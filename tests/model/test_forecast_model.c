// The forecast against what then happens: metering, ledger and autopay, the real cores, run on with
// the set that was frozen, each hour closed as early as it may be, each payment paid at once. What
// was foretold comes to the microsecond.
#include "tests/model/harness.h"
#include "tests/model/random.h"
#include "proto/payment_number.h"
#include "services/autopay/autopay_core.h"
#include "services/forecast/forecast.h"
#include "services/ledger/ledger_core.h"
#include "services/metering/metering_core.h"
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { WORLDS = 300, METERS_MAX = 5 };

typedef struct {
    harness_t *metering, *ledger, *autopay;
    size_t metering_told, ledger_told, autopay_told; // events handed on
    uint64_t payments, items;                        // of payment's stream, of the feed
    uint64_t random, invoice, reason;
    instant_t now;
    uid_t16 account;
    bool frozen;
    kopecks_t balance;
    forecast_t seen; // since it was frozen
} world_t;

static const char *const tariffs[] = {"probny",     "nachalny", "nachalny_plus",
                                      "standartny", "ultra",    "ultra_plus"};

static uint64_t below(world_t *self, uint64_t count)
{
    return random_below(&self->random, count);
}

static uid_t16 id_of(uint64_t kind, uint64_t number)
{
    uid_t16 id = {0};
    id.bytes[0] = (uint8_t)kind;
    id.bytes[6] = 0x40;
    id.bytes[8] = 0x80;
    id.bytes[15] = (uint8_t)number;
    return id;
}

// What the worlds had in them.
static struct {
    unsigned paid, limited_count, limited_sum, stopped, lasted, interval, lapsed;
} reached;

// --- streams, each handed on to who follows it ---

static void say(world_t *self, const event_t *event)
{
    uint64_t sequence = ++self->payments;
    fail_t fail = harness_event(self->ledger, STREAM_PAYMENT, sequence, event);
    assert(!fail);
    fail = harness_event(self->autopay, STREAM_PAYMENT, sequence, event);
    assert(!fail);
}

static void pay(world_t *self, kopecks_t amount, uint64_t request)
{
    event_t event = {.type = EVENT_payment_succeeded, .at = self->now};
    self->invoice = payment_number_next(self->invoice, self->now);
    event.payment_succeeded = (event_payment_succeeded_t){
        .invoice = self->invoice,
        .account = self->account,
        .amount = amount,
        .kind = request ? PAYMENT_KIND_AUTOPAY : PAYMENT_KIND_TOPUP,
        .request = request,
        .evidence = EVIDENCE_CALLBACK,
    };
    say(self, &event);
}

static bool tell_metering(world_t *self)
{
    if (self->metering_told == self->metering->last)
        return false;
    event_t event = harness_read(self->metering, ++self->metering_told);
    fail_t fail = harness_event(self->ledger, STREAM_METERING, self->metering_told, &event);
    assert(!fail);
    return true;
}

static bool tell_ledger(world_t *self)
{
    if (self->ledger_told == self->ledger->last)
        return false;
    event_t event = harness_read(self->ledger, ++self->ledger_told);
    reached.lapsed += self->frozen && event.type == EVENT_bonus_ended && event.bonus_ended.amount;
    if (event.type == EVENT_posted && uid_equal(&event.posted.account, &self->account))
        self->balance = event.posted.cash + event.posted.bonus;
    autopay_core.observe(self->autopay->state, STREAM_LEDGER, &event, self->ledger_told);
    return true;
}

static bool is_limit(uint64_t reason)
{
    return reason == AUTOPAY_NO_COUNT_CAP || reason == AUTOPAY_NO_SUM_CAP ||
           reason == AUTOPAY_NO_ATTEMPT_CAP;
}

// A reason is decided upon once, when it begins to hold.
static void note_limit(world_t *self)
{
    if (!is_limit(self->reason) || self->seen.limit != FORECAST_NEVER)
        return;
    self->seen.limit = self->now;
    self->seen.limit_reason = (autopay_reason_t)self->reason;
}

static void note_payment(world_t *self)
{
    self->seen.payments++;
    if (self->seen.payment == FORECAST_NEVER)
        self->seen.payment = self->now;
}

static void note(world_t *self, const event_t *event)
{
    bool payment = event->type == EVENT_autopay_payment_requested;
    if (!payment && event->type != EVENT_autopay_withheld)
        return;
    self->reason = payment ? (uint64_t)AUTOPAY_CHARGE : event->autopay_withheld.reason;
    if (self->frozen && payment)
        note_payment(self);
    else if (self->frozen)
        note_limit(self);
}

static void freeze(world_t *self)
{
    self->frozen = true;
    note_limit(self);
}

static bool tell_autopay(world_t *self)
{
    if (self->autopay_told == self->autopay->last)
        return false;
    uint64_t sequence = ++self->autopay_told;
    event_t event = harness_read(self->autopay, sequence);
    note(self, &event);
    if (event.type == EVENT_autopay_payment_requested)
        pay(self, event.autopay_payment_requested.amount, sequence);
    return true;
}

static void settle(world_t *self)
{
    do {
        while (tell_metering(self) || tell_ledger(self))
            ;
        fail_t fail = harness_tick(self->ledger);
        assert(!fail);
        while (tell_ledger(self))
            ;
        fail = harness_tick(self->autopay);
        assert(!fail);
    } while (tell_autopay(self) || self->metering_told < self->metering->last ||
             self->ledger_told < self->ledger->last);
    if (self->frozen && self->balance < 0 && self->seen.stops == FORECAST_NEVER)
        self->seen.stops = self->now;
}

// --- time ---

static instant_t wake_of(const harness_t *harness)
{
    static due_t due;
    due = (due_t){.scratch = due.scratch};
    harness->core->due(harness->state, harness->now, &due);
    return due.wake;
}

static void set_time(world_t *self, instant_t now)
{
    self->now = self->metering->now = self->ledger->now = self->autopay->now = now;
}

static void vouch(world_t *self)
{
    fail_t fail = harness_input(
        self->metering,
        (input_t){.kind = INPUT_THROUGH, .stream = PRODUCER_FIRST, .through = self->now});
    assert(!fail);
}

// What wants to act up to that instant does so, at its own.
static void run_until(world_t *self, instant_t to)
{
    for (;;) {
        instant_t hour = self->now - self->now % HOUR_US + HOUR_US, at = hour;
        instant_t wakes[] = {wake_of(self->metering), wake_of(self->ledger),
                             wake_of(self->autopay)};
        for (unsigned i = 0; i < 3; i++)
            if (wakes[i] < at)
                at = wakes[i] > self->now ? wakes[i] : self->now;
        if (at > to || self->seen.stops != FORECAST_NEVER)
            break;
        set_time(self, at);
        if (at == hour)
            vouch(self);
        fail_t fail = harness_tick(self->metering);
        assert(!fail);
        settle(self);
    }
    set_time(self, to);
}

// --- a world ---

static void item(world_t *self, const event_t *event)
{
    fail_t fail = harness_item(self->metering, PRODUCER_FIRST, ++self->items, event);
    assert(!fail);
}

static void start(world_t *self, uint64_t resource, uint64_t replica)
{
    const char *tariff = tariffs[below(self, 6)];
    event_t event = {.type = EVENT_replica_started, .at = self->now};
    event.replica_started = (event_replica_started_t){
        .resource = id_of(2, resource),
        .replica = id_of(3, replica),
        .account = self->account,
        .tariff = {tariff, (uint32_t)strlen(tariff)},
    };
    item(self, &event);
}

static void stop(world_t *self, uint64_t resource, uint64_t replica)
{
    event_t event = {.type = EVENT_replica_stopped, .at = self->now};
    event.replica_stopped = (event_replica_stopped_t){id_of(2, resource), id_of(3, replica)};
    item(self, &event);
}

// Of promo codes, with an end that is no whole hour, and more than an hour away.
static void give_bonuses(world_t *self)
{
    for (uint64_t i = below(self, 4); i; i--) {
        event_t event = {.type = EVENT_promo_given, .at = self->now};
        event.promo_given = (event_promo_given_t){
            .account = self->account,
            .campaign = 1,
            .hmac = {{(uint8_t)i}},
            .amount = (kopecks_t)(1 + below(self, 50000)),
            .until = self->now + HOUR_US + (instant_t)below(self, 5 * 24 * 3600) * SECOND_US};
        say(self, &event);
    }
}

static void consent(world_t *self)
{
    kopecks_t amount = (kopecks_t)(1 + below(self, 20)) * 5000;
    uint64_t count = 1 + below(self, 5);
    uint64_t full = (uint64_t)amount * count, part = (uint64_t)amount * (1 + below(self, count));
    event_t event = {.type = EVENT_mandate_consented, .at = self->now};
    event.mandate_consented = (event_mandate_consented_t){
        .mandate = id_of(4, 1),
        .account = self->account,
        .parent = self->invoice,
        .amount = amount,
        .count_max = count,
        .sum_max = (kopecks_t)(below(self, 2) ? full : part),
        .credit = self->payments,
    };
    say(self, &event);
}

// Thresholds that a balance stays under for days, and intervals that are no whole hours.
static void change_policy(world_t *self)
{
    request_t request = {.type = REQUEST_autopay_policy};
    request.autopay_policy = (request_autopay_policy_t){
        .threshold = (kopecks_t)(1 + below(self, 40)) * 5000,
        .interval_us = (uint64_t)(1 + below(self, 300)) * MINUTE_US,
        .backoff_first_us = (uint64_t)HOUR_US,
        .backoff_second_us = (uint64_t)DAY_US,
        .declines_max = 3,
        .attempts_max = 15,
        .pacing_us = 0,
    };
    self->autopay->role = ROLE_OPERATOR;
    fail_t fail = harness_command(self->autopay, &request);
    assert(!fail);
}

static world_t *world_new(uint64_t seed)
{
    world_t *self = calloc(1, sizeof *self);
    assert(self);
    self->random = seed;
    self->account = id_of(1, 1);
    static const metering_settings_t settings = {.replicas_max = 1000, .meters_max = 1000};
    self->metering = harness_new(&metering_core, &settings);
    self->ledger = harness_new(&ledger_core, NULL);
    self->autopay = harness_new(&autopay_core, NULL);
    self->autopay->once = true;
    autopay_core.view_reset(self->autopay->state, STREAM_LEDGER);
    self->seen =
        (forecast_t){.payment = FORECAST_NEVER, .limit = FORECAST_NEVER, .stops = FORECAST_NEVER};
    set_time(self, self->ledger->now + (instant_t)below(self, 40 * 24 * 60) * MINUTE_US);
    return self;
}

static void world_free(world_t *self)
{
    harness_destroy(&self->metering);
    harness_destroy(&self->ledger);
    harness_destroy(&self->autopay);
    free(self);
}

// Some hours of this and that, so that meters carry something and an hour is open in part.
static void live(world_t *self)
{
    uint64_t meters = 1 + below(self, METERS_MAX);
    vouch(self);
    if (below(self, 2))
        change_policy(self);
    pay(self, (kopecks_t)(1 + below(self, 300)) * 100, 0);
    settle(self);
    if (below(self, 4))
        consent(self);
    uint64_t random = self->random; // the world is else as it was without them
    if (below(self, 2))
        give_bonuses(self);
    self->random = random;
    for (uint64_t i = 0; i < meters * 3; i++) {
        run_until(self, self->now + (instant_t)below(self, 100 * 60) * SECOND_US);
        uint64_t resource = below(self, meters), replica = resource * 2 + below(self, 2);
        if (below(self, 3) || i + 1 == meters * 3)
            start(self, resource, replica);
        else
            stop(self, resource, replica);
    }
    run_until(self, self->now + (instant_t)below(self, 130 * 60) * SECOND_US);
}

static forecast_t foretell(world_t *self)
{
    answer_t meters, autopay, balance;
    request_t ask_meters = {.type = REQUEST_meters, .meters.account = self->account};
    request_t ask_autopay = {.type = REQUEST_autopay, .autopay.account = self->account};
    request_t ask_balance = {.type = REQUEST_balance, .balance.account = self->account};
    fail_t fail = harness_query(self->metering, &ask_meters, &meters);
    assert(!fail);
    fail = harness_query(self->autopay, &ask_autopay, &autopay);
    assert(!fail);
    fail = harness_query(self->ledger, &ask_balance, &balance);
    assert(!fail);
    self->balance = balance.balance.cash + balance.balance.bonus;
    autopay_inputs_t inputs = forecast_autopay(&autopay.autopay, self->now);
    forecast_t told;
    fail = forecast(self->balance, balance.balance.endings, &meters.meters, &inputs, &told);
    assert(!fail);
    return told;
}

static void reach(const forecast_t *seen)
{
    reached.paid += seen->payments > 0;
    reached.limited_count += seen->limit_reason == AUTOPAY_NO_COUNT_CAP;
    reached.limited_sum += seen->limit_reason == AUTOPAY_NO_SUM_CAP;
    reached.stopped += seen->stops != FORECAST_NEVER;
    reached.lasted += seen->stops == FORECAST_NEVER;
    reached.interval += seen->payments > 3;
}

static void compare(uint64_t seed, const forecast_t *told, const forecast_t *seen)
{
    if (told->payment == seen->payment && told->payments == seen->payments &&
        told->limit == seen->limit && told->limit_reason == seen->limit_reason &&
        told->stops == seen->stops && told->left == seen->left)
        return;
    print_message(
        "world %llu: foretold payment %lld (%llu in all), limit %lld (%d), stops %lld with %lld; "
        "came payment %lld (%llu), limit %lld (%d), stops %lld with %lld\n",
        (unsigned long long)seed, (long long)told->payment, (unsigned long long)told->payments,
        (long long)told->limit, told->limit_reason, (long long)told->stops, (long long)told->left,
        (long long)seen->payment, (unsigned long long)seen->payments, (long long)seen->limit,
        seen->limit_reason, (long long)seen->stops, (long long)seen->left);
    fail_msg("the forecast is not what came");
}

static void what_is_foretold_comes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        world_t *world = world_new(seed * 7919);
        live(world);
        if (world->balance >= 0) {
            forecast_t told = foretell(world);
            instant_t end = world->now + FORECAST_DAYS * DAY_US;
            freeze(world);
            settle(world);
            if (told.idle)
                assert_int_equal(told.stops, FORECAST_NEVER);
            else {
                run_until(world, end);
                world->seen.left = world->balance;
                compare(seed, &told, &world->seen);
                reach(&world->seen);
            }
        }
        world_free(world);
    }
    print_message("paid %u, limit of count %u, of sum %u, stopped %u, lasted %u, paid often %u\n",
                  reached.paid, reached.limited_count, reached.limited_sum, reached.stopped,
                  reached.lasted, reached.interval);
    assert_true(reached.paid > 30 && reached.limited_count > 20 && reached.limited_sum > 10);
    assert_true(reached.stopped > 50 && reached.lasted > 10 && reached.interval > 20);
    print_message("bonuses lapsed %u\n", reached.lapsed);
    assert_true(reached.lapsed > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_foretold_comes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
