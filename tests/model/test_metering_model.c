// Random lifecycles of many replicas, fed once as lifecycle events and once as ticks shuffled
// within the hour with a tenth of them twice, and once as lifecycle events of which many ends are
// told up to a day late, when hours behind them were billed, and with ticks of billed minutes
// beside them: all must come to what a naive count of minutes comes to, account by account, and be
// the same again when replayed. Where hours are opened, they hold the minutes that ran, bit by bit,
// and their lines come to as many. KOPECK_SEED repeats a run.
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
    ROUNDS = 20,
    HOURS = 30,
    RESOURCES = 40,
    REPLICAS = 3,
    ACCOUNTS = 7,
    RUNS = 6,
    ITEMS = 20000,
    LATE_HOURS = 20
};
typedef enum { LIFECYCLE, TICKS, LATE_ENDS, FEEDS } feed_kind_t;

static const char *const codes[] = {"probny",     "nachalny", "nachalny_plus",
                                    "standartny", "ultra",    "ultra_plus"};
static const kopecks_t prices[] = {17000, 29000, 49000, 145000, 430000, 775000};

typedef struct {
    instant_t from, to; // to of one run may be from of the next: a change of tariff
    unsigned tariff;
} run_t;

static run_t runs[RESOURCES][REPLICAS][RUNS];
static instant_t deleted[RESOURCES];
static kopecks_t posted[ACCOUNTS];
static uint64_t minutes, credits, opened, seed;
static event_t held[ITEMS]; // told later
static instant_t held_until[ITEMS];
static size_t held_count;

static uint64_t roll(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (seed >> 24) % below;
}

static void draw_world(void)
{
    for (unsigned r = 0; r < RESOURCES; r++) {
        deleted[r] = START + (instant_t)roll(HOURS * 3600) * SECOND_US;
        for (unsigned p = 0; p < REPLICAS; p++) {
            instant_t at = START;
            for (unsigned i = 0; i < RUNS; i++) {
                instant_t from = at + (roll(3) ? (instant_t)roll(4 * 3600) * SECOND_US : 0);
                instant_t to = from + (instant_t)(1 + roll(roll(2) ? 300 : 6 * 3600)) * SECOND_US;
                runs[r][p][i] = (run_t){from, at = to, (unsigned)roll(6)};
            }
        }
    }
}

static uid_t16 account_of(unsigned resource)
{
    return harness_id('a', resource % ACCOUNTS);
}

static int by_time(const void *a, const void *b)
{
    const event_t *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void observe(void *arg, const event_t *event)
{
    (void)arg;
    if (event->type == EVENT_usage_charged) {
        posted[event->usage_charged.account.bytes[15]] += event->usage_charged.amount;
        minutes += event->usage_charged.minutes;
        assert_in_range(event->usage_charged.remainder, 0, CARRY_DENOMINATOR - 1);
    } else if (event->type == EVENT_usage_credited) {
        posted[event->usage_credited.account.bytes[15]] -= event->usage_credited.amount;
        minutes -= event->usage_credited.minutes;
        credits++;
        assert_in_range(event->usage_credited.remainder, 0, CARRY_DENOMINATOR - 1);
    } else if (event->type == EVENT_usage_uncredited)
        fail_msg("%d minutes are not given back", (int)event->usage_uncredited.minutes);
    else if (event->type == EVENT_meter_closed)
        posted[event->meter_closed.account.bytes[15]] += event->meter_closed.amount;
    else if (event->type == EVENT_usage_refused)
        fail_msg("refused: %s", fail_name((fail_t)event->usage_refused.failure));
}

// A stop comes before the start at the same instant: in the order of a replica's runs.
static size_t lifecycle_items(instant_t from, instant_t to, event_t *out)
{
    size_t count = 0;
    for (unsigned r = 0; r < RESOURCES; r++)
        for (unsigned p = 0; p < REPLICAS; p++)
            for (unsigned i = 0; i < RUNS; i++) {
                const run_t *run = &runs[r][p][i];
                uid_t16 resource = harness_id('r', r), replica = harness_id('p', r * REPLICAS + p);
                if (run->from >= from && run->from < to && run->from < deleted[r]) {
                    out[count] = (event_t){.type = EVENT_replica_started, .at = run->from};
                    out[count++].replica_started = (event_replica_started_t){
                        resource, replica, account_of(r), text_of(codes[run->tariff]), 0};
                }
                if (run->to >= from && run->to < to && run->from < deleted[r]) {
                    out[count] = (event_t){.type = EVENT_replica_stopped, .at = run->to};
                    out[count++].replica_stopped = (event_replica_stopped_t){resource, replica};
                }
            }
    return count;
}

static bool runs_at(const run_t *run, unsigned resource, instant_t minute)
{
    return run->from <= minute && minute < run->to && minute < deleted[resource];
}

static size_t tick_items(instant_t from, instant_t to, event_t *out)
{
    size_t count = 0;
    for (instant_t minute = from; minute < to; minute += MINUTE_US)
        for (unsigned r = 0; r < RESOURCES; r++)
            for (unsigned p = 0; p < REPLICAS; p++)
                for (unsigned i = 0; i < RUNS; i++)
                    if (runs_at(&runs[r][p][i], r, minute))
                        for (unsigned twice = 0; twice < (roll(10) ? 1 : 2); twice++)
                            out[count++] = harness_tick_item(
                                minute + (instant_t)roll(60) * SECOND_US, harness_id('r', r),
                                harness_id('p', r * REPLICAS + p), account_of(r),
                                codes[runs[r][p][i].tariff]);
    for (size_t i = count; i > 1; i--) {
        size_t k = roll(i);
        event_t swap = out[i - 1];
        out[i - 1] = out[k];
        out[k] = swap;
    }
    return count;
}

// Does the replica's next run begin at that very instant? Then the end is told in its place, since
// of two words about one instant the later holds.
static bool goes_on(const event_t *item)
{
    const event_replica_stopped_t *e = &item->replica_stopped;
    for (unsigned r = 0; r < RESOURCES; r++)
        for (unsigned p = 0; p < REPLICAS; p++) {
            uid_t16 replica = harness_id('p', r * REPLICAS + p);
            for (unsigned i = 0; uid_equal(&replica, &e->replica) && i < RUNS; i++)
                if (runs[r][p][i].from == item->at)
                    return true;
        }
    return false;
}

static void tell_end(harness_t *h, const event_t *item, feed_kind_t feed)
{
    bool late =
        feed == LATE_ENDS && roll(2) && !(item->type == EVENT_replica_stopped && goes_on(item));
    if (late) {
        held[held_count] = *item;
        held_until[held_count++] = h->now + (instant_t)roll(LATE_HOURS) * HOUR_US;
    } else
        (void)harness_item(h, item);
}

static void tell_held(harness_t *h, instant_t until)
{
    size_t kept = 0;
    for (size_t i = 0; i < held_count; i++)
        if (held_until[i] <= until)
            (void)harness_item(h, &held[i]);
        else {
            held[kept] = held[i];
            held_until[kept++] = held_until[i];
        }
    held_count = kept;
}

// --- hours opened ---

// What of a replica's hour is billable, bit by bit.
static uint64_t naive_mask(unsigned r, unsigned p, instant_t hour)
{
    uint64_t mask = 0;
    for (unsigned k = 0; k < 60; k++)
        for (unsigned i = 0; i < RUNS; i++)
            if (runs_at(&runs[r][p][i], r, hour + k * MINUTE_US))
                mask |= UINT64_C(1) << k;
    return mask;
}

// Every row of the answer; masks by replica. Returns the minutes of them all.
static uint64_t take_rows(const answer_minutes_t *answer, unsigned r, uint64_t masks[REPLICAS])
{
    wire_t wire;
    uint64_t all = 0;
    wire_start(&wire, answer->rows.data, answer->rows.size);
    for (uint64_t i = 0; i < answer->count; i++) {
        uint64_t kind, version, billed, waiting;
        text_t code;
        int64_t price;
        uid_t16 id;
        assert_int_equal(wire_array(&wire, 7), 7);
        wire_u64(&wire, &kind), wire_u64(&wire, &version), wire_text(&wire, &code);
        wire_i64(&wire, &price), wire_uid(&wire, &id);
        wire_u64(&wire, &billed), wire_u64(&wire, &waiting);
        assert_int_equal(waiting, 0);
        for (unsigned p = 0; p < REPLICAS; p++) {
            uid_t16 replica = harness_id('p', r * REPLICAS + p);
            if (uid_equal(&id, &replica)) {
                assert_int_equal(masks[p] & billed, 0);
                masks[p] |= billed;
            }
        }
        all += (uint64_t)__builtin_popcountll(billed);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    return all;
}

// The minutes that are left of all lines of one version.
static uint64_t take_lines(harness_t *h, request_t *asked, uint64_t version)
{
    wire_t wire;
    answer_t answer;
    uint64_t all = 0;
    asked->minutes.kind = RESOURCE_COMPUTE;
    asked->minutes.version = version;
    assert_int_equal(harness_ask(h, asked, &answer), FAIL_NONE);
    asked->minutes.kind = asked->minutes.version = 0;
    wire_start(&wire, answer.minutes.lines.data, answer.minutes.lines.size);
    for (uint64_t i = 0; i < answer.minutes.lines_count; i++) {
        uint64_t line[4];
        int64_t given;
        assert_int_equal(wire_array(&wire, 5), 5);
        for (unsigned k = 0; k < 4; k++)
            wire_u64(&wire, &line[k]);
        wire_i64(&wire, &given);
        assert_int_equal(line[2], version);
        all += line[3];
    }
    return all;
}

// Each hour opens to the minutes that ran, and its lines come to as many.
static void open_hours(harness_t *h)
{
    for (instant_t hour = START; hour < START + HOURS * HOUR_US; hour += HOUR_US)
        for (unsigned r = 0; r < RESOURCES; r++) {
            request_t asked = {.type = REQUEST_minutes};
            asked.minutes = (request_minutes_t){
                .account = account_of(r), .resource = harness_id('r', r), .hour = hour};
            answer_t answer;
            uint64_t masks[REPLICAS] = {0}, lines = 0;
            fail_t fail = harness_ask(h, &asked, &answer);
            if (fail == FAIL_MISSING)
                continue; // it never ran
            assert_int_equal(fail, FAIL_NONE);
            uint64_t all = take_rows(&answer.minutes, r, masks);
            for (unsigned p = 0; p < REPLICAS; p++)
                assert_true(masks[p] == naive_mask(r, p, hour));
            for (uint64_t version = 1; version <= 6; version++)
                lines += take_lines(h, &asked, version);
            assert_int_equal(lines, all);
            opened += all > 0;
        }
}

static void feed_world(feed_kind_t feed)
{
    bool ticks = feed == TICKS;
    static event_t items[ITEMS];
    harness_t h;
    harness_open(&h, NULL);
    h.observe = observe;
    memset(posted, 0, sizeof posted);
    minutes = 0;
    for (instant_t hour = START; hour < START + HOURS * HOUR_US; hour += HOUR_US) {
        instant_t end = hour + HOUR_US;
        harness_time(&h, end);
        size_t count = ticks ? tick_items(hour, end, items) : lifecycle_items(hour, end, items);
        assert(count < ITEMS);
        if (ticks)
            harness_batch(&h, items, count, NULL);
        tell_held(&h, end);
        for (size_t i = 0; !ticks && i < count; i++)
            if (items[i].type == EVENT_replica_stopped)
                tell_end(&h, &items[i], feed);
            else
                (void)harness_item(&h, &items[i]);
        size_t gone = 0;
        for (unsigned r = 0; r < RESOURCES; r++)
            if (deleted[r] >= hour && deleted[r] < end) {
                items[gone] = (event_t){.type = EVENT_resource_deleted, .at = deleted[r]};
                items[gone++].resource_deleted.resource = harness_id('r', r);
            }
        qsort(items, gone, sizeof items[0], by_time);
        for (size_t i = 0; i < gone; i++)
            tell_end(&h, &items[i], feed);
        harness_through(&h, end);
        if (feed == LATE_ENDS && hour > START) { // some ticks of what is billed: they bill nothing
            count = tick_items(hour - HOUR_US, hour, items);
            harness_batch(&h, items, count / 20, NULL);
        }
    }
    harness_time(&h, START + (HOURS + 1) * HOUR_US);
    tell_held(&h, INT64_MAX);
    harness_time(&h, h.now + 2 * HOUR_US);
    assert_true(harness_wake(&h) == INT64_MAX);
    if (roll(12) == 0)
        open_hours(&h);
    assert_true(harness_replays(&h));
    harness_close(&h);
}

static void all_feeds_come_to_the_naive_count(void **state)
{
    (void)state;
    const char *given = getenv("KOPECK_SEED");
    seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    print_message("KOPECK_SEED=%llu\n", (unsigned long long)seed);
    for (int round = 0; round < ROUNDS; round++) {
        draw_world();
        uint64_t naive = 0;
        __int128 exact[ACCOUNTS] = {0}; // in 1/43 200 kopeck
        for (instant_t minute = START; minute < START + HOURS * HOUR_US; minute += MINUTE_US)
            for (unsigned r = 0; r < RESOURCES; r++)
                for (unsigned p = 0; p < REPLICAS; p++)
                    for (unsigned i = 0; i < RUNS; i++)
                        if (runs_at(&runs[r][p][i], r, minute)) {
                            naive++;
                            exact[r % ACCOUNTS] += prices[runs[r][p][i].tariff];
                        }
        for (feed_kind_t feed = LIFECYCLE; feed < FEEDS; feed++) {
            feed_world(feed);
            assert_int_equal(minutes, naive);
            for (unsigned a = 0; a < ACCOUNTS; a++)
                assert_int_equal(posted[a], (kopecks_t)(exact[a] / 43200));
        }
    }
    assert_true(credits > ROUNDS * 100 && opened > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_feeds_come_to_the_naive_count)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
