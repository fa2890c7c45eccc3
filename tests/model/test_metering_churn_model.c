// Thirty days of resources and replicas that come and go, told by ticks or by lifecycle events,
// some of it days late, some of it again and again long after it was forgotten: rows stay in
// proportion to what lives, every minute is billed once, two runs write the same bytes, replay
// builds the same state. KOPECK_SEED repeats a run.
#include "services/metering/metering_carry.h"
#include "tests/model/metering_harness.h"
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#define START ((instant_t)(490890 * HOUR_US))
enum {
    HOURS = 30 * 24,
    DRAIN = 2 * WINDOW_HOURS + 10, // hours after which nothing but the last resource is remembered
    ACCOUNTS = 7,
    PLACES = 40, // resources alive
    REPLICAS = 2,
    LIFE_RESOURCE = 30, // hours, on average
    LIFE_REPLICA = 10,
    LATE_MAX = 70, // hours that a tick may be held back
    // The dead of a window, and of those told by ticks as many hours more as their last tick is
    // late: (WINDOW_HOURS + LATE_MAX) / 8 hours of life + 1. What ever lived in 30 days is 94 a
    // live one.
    ROWS_PER_LIVE = 20,
    RUNS_MAX = 60000,
    ITEMS = 20000,
    HELD = 20000
};

static const char *const codes[] = {"probny", "nachalny", "ultra"};
static const kopecks_t prices[] = {17000, 29000, 430000};

// A replica from its start to its stop, or to its resource's deletion.
typedef struct {
    uint64_t resource, replica;
    instant_t from, to;
    unsigned tariff;
    bool ticks;
} run_t;

typedef struct {
    uint64_t resource;
    bool ticks;
    run_t *runs[REPLICAS];
} place_t;

typedef struct {
    uint32_t hour; // to be sent in
    event_t item;
} held_t;

static struct {
    run_t runs[RUNS_MAX];
    size_t runs_count;
    place_t places[PLACES];
    uint64_t resources, replicas;
    event_t items[ITEMS];
    held_t held[HELD];
    size_t held_count;
    kopecks_t posted[ACCOUNTS];
    __int128 exact[ACCOUNTS]; // in 1/43 200 kopeck
    uint64_t minutes, naive, late_lines, forgotten, expired, seed;
} w;

static uint64_t roll(uint64_t below)
{
    w.seed = w.seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (w.seed >> 24) % below;
}

static uid_t16 account_of(uint64_t resource)
{
    return harness_id('a', resource % ACCOUNTS);
}

static void observe(void *arg, const event_t *event)
{
    (void)arg;
    if (event->type == EVENT_usage_charged) {
        w.posted[event->usage_charged.account.bytes[15]] += event->usage_charged.amount;
        w.minutes += event->usage_charged.minutes;
        w.late_lines += event->usage_charged.reason == CHARGED_LATE;
    } else if (event->type == EVENT_meter_closed)
        w.posted[event->meter_closed.account.bytes[15]] += event->meter_closed.amount;
    else if (event->type == EVENT_usage_forgotten)
        w.forgotten += event->usage_forgotten.replicas;
    else if (event->type == EVENT_usage_expired)
        w.expired += event->usage_expired.minutes;
}

static event_t start_item(const run_t *run)
{
    event_t item = {.type = EVENT_replica_started, .at = run->from};
    item.replica_started =
        (event_replica_started_t){harness_id('r', run->resource), harness_id('p', run->replica),
                                  account_of(run->resource), text_of(codes[run->tariff]), 0};
    return item;
}

static event_t stop_item(const run_t *run)
{
    event_t item = {.type = EVENT_replica_stopped, .at = run->to};
    item.replica_stopped =
        (event_replica_stopped_t){harness_id('r', run->resource), harness_id('p', run->replica)};
    return item;
}

static event_t tick_item(const run_t *run, instant_t minute)
{
    return harness_tick_item(minute, harness_id('r', run->resource), harness_id('p', run->replica),
                             account_of(run->resource), codes[run->tariff]);
}

// An item that is no news: it must not be refused as another's, and no minute may come of it.
static void send_stale(harness_t *h, const event_t *item)
{
    fail_t fail = harness_item(h, item);
    assert_true(fail == FAIL_NONE || fail == FAIL_EXPIRED || fail == FAIL_DELETED);
    for (size_t i = 0; i < h->events_count; i++)
        assert_true(h->events[i].type == EVENT_usage_expired ||
                    h->events[i].type == EVENT_usage_refused ||
                    h->events[i].type == EVENT_interval_opened ||
                    h->events[i].type == EVENT_interval_closed);
}

static void tell(harness_t *h, const event_t *item)
{
    assert_int_equal(harness_item(h, item), FAIL_NONE);
}

static void begin_run(harness_t *h, place_t *place, unsigned slot, instant_t at)
{
    assert(w.runs_count < RUNS_MAX);
    run_t *run = &w.runs[w.runs_count++];
    *run = (run_t){place->resource, w.replicas++, at, INT64_MAX, (unsigned)roll(3), place->ticks};
    place->runs[slot] = run;
    if (run->ticks)
        return;
    event_t item = start_item(run);
    tell(h, &item);
}

static void end_run(harness_t *h, place_t *place, unsigned slot, instant_t at)
{
    run_t *run = place->runs[slot];
    run->to = at > run->from || !h ? at : run->from + SECOND_US;
    event_t item = stop_item(run);
    if (!run->ticks && h)
        tell(h, &item);
}

static void begin_resource(harness_t *h, place_t *place, instant_t at)
{
    *place = (place_t){.resource = w.resources++, .ticks = roll(2)};
    for (unsigned slot = 0; slot < REPLICAS; slot++)
        begin_run(h, place, slot, at);
}

static void count_naive(const run_t *run)
{
    w.naive++;
    w.exact[run->resource % ACCOUNTS] += prices[run->tariff];
}

// One hour: what changes in it, then its ticks in any order, some held back, some twice.
static void live_hour(harness_t *h, uint32_t n, bool last)
{
    instant_t hour = START + n * HOUR_US, end = hour + HOUR_US;
    size_t first = w.runs_count, count = 0;
    static run_t *alive[2 * PLACES * REPLICAS + RUNS_MAX / 100];
    size_t alive_count = 0;
    for (unsigned p = 0; p < PLACES; p++)
        for (unsigned slot = 0; slot < REPLICAS; slot++)
            if (w.places[p].runs[slot] && w.places[p].runs[slot]->to == INT64_MAX)
                alive[alive_count++] = w.places[p].runs[slot];
    instant_t gone[PLACES];
    uint64_t gone_resource[PLACES];
    size_t gone_count = 0;
    harness_time(h, end);
    for (unsigned p = 0; p < PLACES; p++) {
        place_t *place = &w.places[p];
        instant_t at = hour + (instant_t)roll(3600) * SECOND_US;
        if (!place->runs[0])
            begin_resource(h, place, at);
        else if (last ? p > 0 && place->runs[0]->to == INT64_MAX : roll(LIFE_RESOURCE) == 0) {
            gone_resource[gone_count] = place->resource;
            gone[gone_count++] = at;
            for (unsigned slot = 0; slot < REPLICAS; slot++)
                end_run(NULL, place, slot, at);
            if (!last)
                begin_resource(h, place, at + MINUTE_US < end ? at + MINUTE_US : at);
        } else
            for (unsigned slot = 0; slot < REPLICAS && !last; slot++)
                if (roll(LIFE_REPLICA) == 0) {
                    end_run(h, place, slot, at);
                    begin_run(h, place, slot, at + (instant_t)roll(60) * SECOND_US);
                }
    }
    for (size_t i = first; i < w.runs_count; i++)
        alive[alive_count++] = &w.runs[i];
    for (instant_t minute = hour; minute < end; minute += MINUTE_US)
        for (size_t i = 0; i < alive_count; i++) {
            const run_t *run = alive[i];
            if (minute < run->from || minute >= run->to)
                continue;
            count_naive(run);
            if (!run->ticks)
                continue;
            event_t item = tick_item(run, minute + (instant_t)roll(60) * SECOND_US);
            if (item.at >= run->to)
                item.at = minute;
            if (!last && roll(60) == 0 && w.held_count < HELD)
                w.held[w.held_count++] = (held_t){n + 1 + (uint32_t)roll(LATE_MAX), item};
            else
                w.items[count++] = item;
            if (roll(20) == 0)
                w.items[count++] = item;
            assert(count < ITEMS - 1);
        }
    for (size_t i = 0; i < w.held_count;)
        if (w.held[i].hour <= n) {
            w.items[count++] = w.held[i].item;
            assert(count < ITEMS - 1);
            w.held[i] = w.held[--w.held_count];
        } else
            i++;
    for (size_t i = count; i > 1; i--) {
        size_t k = roll(i);
        event_t swap = w.items[i - 1];
        w.items[i - 1] = w.items[k];
        w.items[k] = swap;
    }
    static uint8_t results[ITEMS];
    harness_batch(h, w.items, count, results);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(results[i], FAIL_NONE);
    for (size_t i = 0; i < gone_count; i++)
        assert_int_equal(harness_deleted(h, gone[i], harness_id('r', gone_resource[i])), FAIL_NONE);
    harness_through(h, end);
}

// When its resource was deleted: the end of the last of its runs.
static instant_t deletion_of(const run_t *run)
{
    instant_t last = run->to;
    for (size_t i = 0; i < w.runs_count; i++)
        if (w.runs[i].resource == run->resource && w.runs[i].to > last)
            last = w.runs[i].to;
    return last;
}

// Words about runs that ended, of any age.
static void tell_again(harness_t *h, uint32_t n)
{
    for (unsigned i = 0; i < 12; i++) {
        const run_t *run = &w.runs[roll(w.runs_count)];
        if (run->to == INT64_MAX)
            continue;
        instant_t now = START + (n + 1) * HOUR_US;
        event_t item = run->ticks ? tick_item(run, run->from) : start_item(run);
        if (run->ticks && minute_floor(item.at) < run->from)
            item.at += MINUTE_US; // its first minute
        if (run->ticks && item.at < run->to && item.at < now - (LATE_MAX + 2) * HOUR_US)
            send_stale(h, &item);
        if (!run->ticks) {
            send_stale(h, &item);
            item = stop_item(run);
            send_stale(h, &item);
        }
        if (now - run->to > 200 * HOUR_US) { // certainly forgotten
            item = (event_t){.type = EVENT_resource_deleted, .at = deletion_of(run)};
            item.resource_deleted.resource = harness_id('r', run->resource);
            bool lives = false;
            for (unsigned p = 0; p < PLACES; p++)
                lives = lives || w.places[p].resource == run->resource;
            if (lives)
                continue;
            send_stale(h, &item);
            assert_int_equal(h->events_count, 0);
            item = (event_t){.type = EVENT_resource_created, .at = run->from};
            item.resource_created = (event_resource_created_t){harness_id('r', run->resource),
                                                               account_of(run->resource), 1};
            send_stale(h, &item);
            assert_int_equal(h->events_count, 0);
        }
    }
}

static void expect_bounded(const metering_state_t *m)
{
    assert_true(table_used(&m->replicas) <= ROWS_PER_LIVE * PLACES * REPLICAS);
    assert_true(m->meters.used <= ROWS_PER_LIVE * PLACES);
    assert_true(table_used(&m->resources) == m->meters.used);            // of one kind
    assert_true(m->replicas.count <= ROWS_PER_LIVE * PLACES * REPLICAS); // numbers are used again
    assert_true(m->meters.count <= ROWS_PER_LIVE * PLACES);
    assert_true(table_used(&m->accounts) <= ACCOUNTS);
    uint32_t busy = 0;
    for (uint32_t r = m->busy.first; r; r = rows_replica(m, r)->link.after)
        busy++;
    assert_true(busy <= 4 * PLACES * REPLICAS); // what an hour's closing looks at
}

static void live(harness_t *h, uint64_t seed)
{
    memset(&w, 0, sizeof w);
    w.seed = seed;
    harness_open(h, NULL);
    h->observe = observe;
    for (uint32_t n = 0; n < HOURS; n++) {
        live_hour(h, n, false);
        tell_again(h, n);
        expect_bounded(h->state); // the state begins with it
        if (n % 240 == 239)
            assert_true(harness_replays(h));
    }
    for (uint32_t n = HOURS; n < HOURS + DRAIN; n++)
        live_hour(h, n, true);
    harness_time(h, START + (HOURS + DRAIN + 1) * HOUR_US);
}

static void rows_follow_what_lives_and_every_minute_is_billed_once(void **state)
{
    (void)state;
    const char *given = getenv("KOPECK_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    print_message("KOPECK_SEED=%llu\n", (unsigned long long)seed);
    static harness_t h, again;
    live(&h, seed);
    const metering_state_t *m = h.state;
    assert_int_equal(w.held_count, 0);
    assert_true(w.late_lines > 1000 && w.forgotten > 5000 && w.expired > 1000);
    assert_int_equal(w.minutes, w.naive);
    place_t *survivor = &w.places[0]; // one is left, its carry still on its meter
    assert_int_equal(table_used(&m->resources), 1);
    assert_int_equal(m->meters.used, 1);
    assert_int_equal(table_used(&m->replicas), REPLICAS);
    harness_deleted(&h, h.now, harness_id('r', survivor->resource));
    for (unsigned a = 0; a < ACCOUNTS; a++) {
        // its open hour, which no through has vouched for, was posted by the deletion
        __int128 exact = w.exact[a];
        if (a == survivor->resource % ACCOUNTS && !survivor->ticks)
            for (unsigned slot = 0; slot < REPLICAS; slot++)
                exact += (__int128)prices[survivor->runs[slot]->tariff] * 60;
        assert_int_equal(w.posted[a], (kopecks_t)(exact / 43200));
    }
    assert_true(harness_replays(&h));
    print_message("%zu runs, %llu minutes, %llu events, %llu forgotten, %u rows at most\n",
                  w.runs_count, (unsigned long long)w.minutes, (unsigned long long)h.sequence,
                  (unsigned long long)w.forgotten, m->replicas.count);
    live(&again, seed);
    harness_deleted(&again, again.now, harness_id('r', w.places[0].resource));
    assert_int_equal(again.size, h.size);
    assert_memory_equal(again.journal, h.journal, h.size);
    harness_close(&h);
    harness_close(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_follow_what_lives_and_every_minute_is_billed_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
