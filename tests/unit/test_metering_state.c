// What metering forgets and when, what a word about the forgotten means, and producers that are
// gone.
#include "tests/unit/metering_day.h"
#include <stdlib.h>

// --- forgetting ---

static const metering_state_t *usage(void)
{
    return h.state; // the state begins with it
}

static uint32_t numbers_of(const event_t *event, size_t n)
{
    const uint8_t *at = event->usage_forgotten.numbers.data + 4 * n;
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

// An enumeration with a value beyond int's is unsigned as a whole from C23 and gcc 13 on.
static const int WINDOW = WINDOW_HOURS;

// Another account's resource that runs on, so that hours go on being closed.
static void start_survivor(void)
{
    assert_int_equal(
        harness_started(&h, at(0, 0), harness_id('r', 99), harness_id('p', 99), other, "nachalny"),
        FAIL_NONE);
}

static void what_nothing_can_concern_is_forgotten(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny"); // replica 1 of meter 1
    start_survivor();            // replica 2 of meter 2
    stop(at(30, 0));
    h.now = at(50, 0);
    harness_deleted(&h, at(50, 0), resource);
    int hours = 0;
    for (hours = 1; hours < WINDOW + 10; hours++) {
        pass(hours);
        if (harness_count(&h, EVENT_usage_forgotten))
            break;
        assert_int_equal(table_used(&usage()->replicas), 2);
        if (at(50, 0) >= h.now - 72 * HOUR_US) // while it would be taken, it is refused
            assert_int_equal(tick(at(50, 0), "nachalny"), FAIL_DELETED);
        assert_int_equal(start(h.now, "nachalny"), FAIL_DELETED);
    }
    // Hour 0 made it idle, and has left the window of hours that begins with hour 1.
    assert_int_equal(hours, WINDOW + 1);
    const event_t *event = harness_event(&h, EVENT_usage_forgotten, 0);
    assert_int_equal(event->usage_forgotten.replicas, 1);
    assert_int_equal(numbers_of(event, 0), 1);
    assert_int_equal(table_used(&usage()->replicas), 1);
    assert_int_equal(usage()->points.used, 1);
    assert_int_equal(usage()->cells.used, 0);
    assert_int_equal(usage()->meters.used, 2); // its deletion may have been an hour ahead
    pass(++hours);
    event = harness_event(&h, EVENT_usage_forgotten, 0);
    assert_int_equal(event->usage_forgotten.replicas, 0);
    assert_int_equal(event->usage_forgotten.meters, 1);
    assert_int_equal(numbers_of(event, 0), 1);
    assert_int_equal(usage()->meters.used, 1);
    assert_int_equal(table_used(&usage()->resources), 1);
    assert_int_equal(table_used(&usage()->accounts), 2); // a carry is owed: 30 minutes' 6000
    for (int i = 0; i < 10; i++) {
        pass(++hours);
        assert_int_equal(harness_count(&h, EVENT_usage_forgotten), 0);
    }
}

static void what_is_said_of_the_forgotten_bills_nothing_twice(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    start_survivor();
    stop(at(30, 0));
    h.now = at(50, 0);
    harness_deleted(&h, at(50, 0), resource);
    for (int hours = 1; hours <= WINDOW + 2; hours++)
        pass(hours);
    assert_int_equal(usage()->meters.used, 1);
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_EXPIRED);
    assert_int_equal(h.events_count, 1);
    assert_int_equal(stop(at(30, 0)), FAIL_NONE);
    EXPECT_NOTHING();
    assert_int_equal(harness_deleted(&h, at(50, 0), resource), FAIL_NONE);
    EXPECT_NOTHING();
    assert_int_equal(harness_created(&h, at(0, 0), resource, account), FAIL_NONE);
    EXPECT_NOTHING();
    assert_int_equal(tick(at(10, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(harness_event(&h, EVENT_usage_expired, 0)->usage_expired.minutes, 1);
    assert_int_equal(h.events_count, 1);
    harness_time(&h, h.now);
    EXPECT_NOTHING();
    // A new instant is new usage, under the numbers that were freed.
    instant_t when = minute_floor(h.now);
    assert_int_equal(tick(when, "nachalny"), FAIL_NONE);
    assert_int_equal(harness_event(&h, EVENT_meter_opened, 0)->meter_opened.meter, 1);
    assert_int_equal(harness_event(&h, EVENT_replica_opened, 0)->replica_opened.replica, 1);
    assert_int_equal(harness_deleted(&h, when + MINUTE_US, resource), FAIL_NONE);
    EXPECT({WINDOW_HOURS + 2, NACHALNY, 1, 0, 29000, 2});
    // and the account's carry was kept: 30 minutes' 6000, and 29000 more
    assert_int_equal(harness_event(&h, EVENT_meter_closed, 0)->meter_closed.remainder,
                     INT64_C(35000) * CARRY_PER_PRICE_MINUTE);
}

static void numbers_freed_in_one_event_come_back_last_first(void **state)
{
    (void)state;
    enum { MANY = 5000 }; // more than one event holds
    start_survivor();
    for (uint64_t i = 0; i < MANY; i++) {
        uid_t16 r = harness_id('r', 1000 + i), a = harness_id('a', 1000 + i);
        assert_int_equal(harness_started(&h, at(0, 0), r, harness_id('p', 1000 + i), a, "probny"),
                         FAIL_NONE);
    }
    h.now = at(43, 12); // 44 minutes of 17000 are no whole kopecks, so their accounts stay
    for (uint64_t i = 0; i < MANY; i++)
        harness_deleted(&h, i < MANY / 2 ? at(0, 0) : at(43, 12), harness_id('r', 1000 + i));
    uint64_t forgotten = 0;
    for (int hours = 1; hours <= WINDOW + 3; hours++) {
        pass(hours);
        for (size_t n = 0; n < harness_count(&h, EVENT_usage_forgotten); n++) {
            const event_usage_forgotten_t *e =
                &harness_event(&h, EVENT_usage_forgotten, n)->usage_forgotten;
            assert_true(e->replicas + e->meters <= 4096);
            forgotten += e->replicas + e->meters;
        }
    }
    assert_int_equal(forgotten, 2 * MANY);
    assert_int_equal(table_used(&usage()->replicas), 1);
    assert_int_equal(usage()->meters.used, 1);
    assert_int_equal(table_used(&usage()->accounts), 1 + MANY / 2); // half of them owe no carry
    static event_t items[100];
    for (uint64_t i = 0; i < 100; i++)
        items[i] = harness_tick_item(h.now, harness_id('r', 200 + i), harness_id('q', i), account,
                                     "probny");
    harness_batch(&h, items, 100, NULL);
    uint64_t last = 2 + MANY; // survivor has 1, and they were forgotten in their order
    for (size_t i = 0; i < 100; i++) {
        last--;
        assert_int_equal(harness_event(&h, EVENT_meter_opened, i)->meter_opened.meter, last);
        assert_int_equal(harness_event(&h, EVENT_replica_opened, i)->replica_opened.replica, last);
    }
    assert_int_equal(usage()->replicas.count, 1 + MANY); // no new rows
}

static void an_idle_replica_that_is_heard_of_again_is_not_forgotten(void **state)
{
    (void)state;
    start_survivor();
    tick(at(0, 0), "nachalny");
    for (int hours = 1; hours <= 70; hours++)
        pass(hours);
    h.now = at(70 * 60 + 5, 0);
    tick(at(0, 0), "nachalny");
    EXPECT_NOTHING(); // known
    tick(at(1, 0), "nachalny");
    assert_int_equal(h.events_count, 1); // late, of the same replica
    for (int hours = 71; hours <= 150; hours++) {
        pass(hours);
        assert_int_equal(harness_count(&h, EVENT_usage_forgotten), 0);
        if (hours == 71) {
            tick(at(1, 0), "nachalny");
            EXPECT_NOTHING(); // was billed as late
        }
    }
    pass(152);
    assert_int_equal(harness_event(&h, EVENT_usage_forgotten, 0)->usage_forgotten.replicas, 1);
    assert_int_equal(usage()->meters.used, 2); // the resource lives
}

static void a_live_resource_without_replicas_keeps_its_meter_and_carry(void **state)
{
    (void)state;
    start_survivor();
    start(at(0, 0), "nachalny");
    stop(at(1, 0));
    for (int hours = 1; hours <= 100; hours++)
        pass(hours);
    assert_int_equal(table_used(&usage()->replicas), 1);
    assert_int_equal(usage()->meters.used, 2);
    h.now = at(6000, 0);
    harness_started(&h, h.now, resource, second, account, "nachalny");
    reach(at(6001, 0));
    harness_stopped(&h, at(6001, 0), resource, second);
    pass(101);
    EXPECT({100, NACHALNY, 1, 1, 14800, 1}, {100, NACHALNY, 60, 41, 2400, 1});
}

// --- producers ---

static void through_of(stream_t producer, instant_t through)
{
    input_t input = {.kind = INPUT_THROUGH, .now = h.now, .stream = producer, .through = through};
    harness_decide(&h, &input);
}

static uint64_t counter(const char *name)
{
    char text[1024];
    size_t size = metering_core.counters(h.state, text, sizeof text);
    assert_in_range(size, 1, sizeof text - 1);
    text[size] = '\0';
    const char *line = strstr(text, name);
    assert_non_null(line);
    return strtoull(line + strlen(name), NULL, 10);
}

static void a_producer_gone_for_good_can_be_retired(void **state)
{
    (void)state;
    request_t quotas = {.type = REQUEST_quotas_change};
    quotas.quotas_change =
        (request_quotas_change_t){9, 9, 9, 9, 9, 9, 9, (uint64_t)LATE_MAX_US, REASON_NONE, 0, 0};
    assert_int_equal(harness_command(&h, &quotas), FAIL_NONE); // it is waited for long
    start_survivor();
    assert_int_equal(counter("waiting_for_producer"), 0); // for anyone's first word
    through_of(FEED, at(60, 0));
    through_of(FEED + 1, at(5, 0));
    assert_int_equal(counter("waiting_for_producer"), FEED + 1);
    harness_time(&h, at(200, 0));
    EXPECT_NOTHING();
    request_t request = {.type = REQUEST_producer_retire, .producer_retire.producer = FEED + 2};
    assert_int_equal(harness_command(&h, &request), FAIL_MISSING);
    request.producer_retire.producer = FEED + 1;
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    assert_int_equal(harness_event(&h, EVENT_producer_retired, 0)->producer_retired.producer,
                     FEED + 1);
    assert_int_equal(counter("waiting_for_producer"), 0);
    harness_time(&h, at(201, 0));
    EXPECT({0, NACHALNY, 60, 40, 12000, 1});
    assert_int_equal(counter("waiting_for_producer"), FEED);
    assert_int_equal(harness_command(&h, &request), FAIL_MISSING); // it is waited for no more
    through_of(FEED + 1, at(6, 0)); // it speaks again, and is waited for again
    through_of(FEED, at(120, 0));
    harness_time(&h, at(202, 0));
    EXPECT_NOTHING();
    assert_int_equal(counter("waiting_for_producer"), FEED + 1);
}

static void retiring_makes_room_for_another_producer(void **state)
{
    (void)state;
    start_survivor();
    for (stream_t p = 0; p < PRODUCERS_MAX; p++)
        through_of(FEED + p, at(60, 0));
    through_of(FEED + PRODUCERS_MAX, at(60, 0));
    EXPECT_NOTHING();
    request_t request = {.type = REQUEST_producer_retire, .producer_retire.producer = FEED + 3};
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    through_of(FEED + PRODUCERS_MAX, at(60, 0));
    assert_int_equal(harness_count(&h, EVENT_usage_through), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_nothing_can_concern_is_forgotten),
        TEST(what_is_said_of_the_forgotten_bills_nothing_twice),
        TEST(numbers_freed_in_one_event_come_back_last_first),
        TEST(an_idle_replica_that_is_heard_of_again_is_not_forgotten),
        TEST(a_live_resource_without_replicas_keeps_its_meter_and_carry),
        TEST(a_producer_gone_for_good_can_be_retired),
        TEST(retiring_makes_room_for_another_producer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
