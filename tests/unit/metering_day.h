#pragma once
// metering_day - the day on which metering's tests by hand play: ten o'clock, one account with one
// resource, and the words for what happens to it. Each test program has its own day; included once.
#include "services/metering/metering_carry.h"
#include "tests/model/metering_harness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define TEN ((instant_t)(490890 * HOUR_US)) // 10:00 of the tests, a whole hour
#define SETTLE (2 * MINUTE_US)
enum { PROBNY = 1, NACHALNY = 2, STANDARTNY = 4 }; // versions that it begins with

static harness_t h;
static uid_t16 account, other, resource, replica, second;

static inline int setup(void **state)
{
    (void)state;
    harness_open(&h, NULL);
    h.now = TEN;
    account = harness_id('a', 1);
    other = harness_id('a', 2);
    resource = harness_id('r', 1);
    replica = harness_id('p', 1);
    second = harness_id('p', 2);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    bool same = harness_replays(&h);
    harness_close(&h);
    return same ? 0 : -1;
}

static inline instant_t at(int minute, int second_of)
{
    return TEN + minute * MINUTE_US + second_of * SECOND_US;
}

// The clock of most tests is no earlier than what they are told.
static inline void reach(instant_t when)
{
    if (when > h.now)
        h.now = when;
}

static inline fail_t start(instant_t when, const char *tariff)
{
    reach(when);
    return harness_started(&h, when, resource, replica, account, tariff);
}

static inline fail_t stop(instant_t when)
{
    reach(when);
    return harness_stopped(&h, when, resource, replica);
}

static inline fail_t tick(instant_t when, const char *tariff)
{
    return harness_ticked(&h, when, resource, replica, account, tariff);
}

static inline request_t define(const char *code, kopecks_t price, instant_t effective)
{
    request_t request = {.type = REQUEST_tariff_define};
    request.tariff_define =
        (request_tariff_define_t){text_of(code), text_of("Новый"), price, effective, 0};
    return request;
}

// The platform has sent all up to the end of hour n from ten o'clock, and it has settled.
static inline void pass(int hours)
{
    harness_through(&h, TEN + hours * HOUR_US);
    instant_t settled = TEN + hours * HOUR_US + SETTLE;
    harness_time(&h, settled > h.now ? settled : h.now);
}

// The clock comes to where late minutes are posted.
static inline void settle(void)
{
    harness_time(&h, (h.now / HOUR_US + 1) * HOUR_US + SETTLE);
}

typedef struct {
    int hour; // after ten o'clock
    uint64_t version, minutes;
    kopecks_t amount;
    int64_t carry; // in 1/43 200 kopeck
    uint64_t reason;
} expected_t;

// The lines of the last call, in order, and no other.
static inline void expect_lines(const expected_t *expected, size_t count)
{
    assert_int_equal(harness_count(&h, EVENT_usage_charged), count);
    for (size_t i = 0; i < count; i++) {
        const event_usage_charged_t *e = &harness_event(&h, EVENT_usage_charged, i)->usage_charged;
        assert_int_equal(e->hour, TEN + expected[i].hour * HOUR_US);
        assert_int_equal(e->version, expected[i].version);
        assert_int_equal(e->minutes, expected[i].minutes);
        assert_int_equal(e->amount, expected[i].amount);
        assert_int_equal(e->remainder, expected[i].carry * CARRY_PER_PRICE_MINUTE);
        assert_int_equal(e->reason, expected[i].reason);
    }
}
#define EXPECT(...)                                                                                \
    expect_lines((expected_t[]){__VA_ARGS__},                                                      \
                 sizeof((expected_t[]){__VA_ARGS__}) / sizeof(expected_t))
#define EXPECT_NOTHING() assert_int_equal(h.events_count, 0)

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
