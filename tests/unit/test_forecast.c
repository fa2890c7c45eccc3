// The forecast at its edges, by hand. That it is what then comes:
// tests/model/test_forecast_model.c.
#include "services/forecast/forecast.h"
#include "proto/wire.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define NOW (INT64_C(1767225600) * SECOND_US + 10 * MINUTE_US) // 2026-01-01 00:10 UTC
#define NACHALNY (INT64_C(29000) * CARRY_PER_PRICE_MINUTE)     // 290 rubles for 720 hours

static uint8_t bytes[256];

static answer_meters_t meters_of(int64_t burn, int64_t carry, int64_t due, int64_t accrued)
{
    pack_t pack;
    pack_start(&pack, bytes, sizeof bytes);
    pack_array(&pack, 4);
    pack_i64(&pack, burn);
    pack_i64(&pack, carry);
    pack_i64(&pack, due);
    pack_i64(&pack, accrued);
    return (answer_meters_t){.now = NOW,
                             .settle_us = 2 * (uint64_t)MINUTE_US,
                             .count = 1,
                             .rows = {bytes, (uint32_t)pack_end(&pack)}};
}

static forecast_t told_of(kopecks_t balance, answer_meters_t meters)
{
    forecast_t told;
    assert_int_equal(forecast(balance, (bytes_t){0}, &meters, NULL, &told), FAIL_NONE);
    return told;
}

static void nothing_burns(void **state)
{
    (void)state;
    answer_meters_t none = {.now = NOW};
    forecast_t told = told_of(100, none);
    assert_true(told.idle);
    assert_int_equal(told.burn_hour, 0);
    assert_int_equal(told.lasts, FORECAST_NEVER);
    assert_int_equal(told.stops, FORECAST_NEVER);
}

// 40 kopecks an hour and 5/18 of one: 100 rubles last 248 hours and 16 minutes from 00:11 on.
static void a_hundred_rubles_of_nachalny(void **state)
{
    (void)state;
    forecast_t told = told_of(10000, meters_of(NACHALNY, 0, 0, 0));
    assert_false(told.idle);
    assert_int_equal(told.burn_hour, 40);
    assert_int_equal(told.lasts, NOW + MINUTE_US + (248 * 60 + 16) * MINUTE_US);
    assert_int_equal(told.payment, FORECAST_NEVER);
    // below zero with the posting of the hour in which it was used up, or of the one after
    assert_int_equal(told.stops, NOW - 10 * MINUTE_US + 249 * HOUR_US + 2 * MINUTE_US);
}

static void a_debt_lasts_no_minute(void **state)
{
    (void)state;
    forecast_t told = told_of(-1, meters_of(NACHALNY, 0, 0, 0));
    assert_int_equal(told.lasts, NOW);
    assert_int_equal(told.stops, NOW);
    assert_int_equal(told_of(INT64_MIN, meters_of(INT64_MAX, 0, 0, 0)).stops, NOW);
}

static void more_than_there_is_does_not_overflow(void **state)
{
    (void)state;
    forecast_t told =
        told_of(INT64_MAX, meters_of(INT64_MAX, CARRY_DENOMINATOR - 1, INT64_MAX, INT64_MAX));
    assert_true(told.burn_hour > 0);
    assert_int_equal(told.stops, FORECAST_NEVER);
    assert_int_equal(told_of(INT64_MAX, meters_of(1, 0, 0, 0)).lasts, FORECAST_NEVER);
}

static void rows_that_are_none_are_refused(void **state)
{
    (void)state;
    forecast_t told;
    answer_meters_t wrong[] = {meters_of(1, 0, 0, 0),  meters_of(-1, 0, 0, 0),
                               meters_of(1, 0, 0, -1), meters_of(1, 0, 0, 0),
                               meters_of(1, 0, 0, 0),  meters_of(1, 0, 0, 0)};
    wrong[0].count = 2;
    wrong[3].settle_us = 2 * (uint64_t)HOUR_US;
    wrong[4].rows.size--;
    wrong[5].count = 513;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (i == 1 || i == 2)
            (void)meters_of(i == 1 ? -1 : 1, 0, 0, i == 2 ? -1 : 0);
        else
            (void)meters_of(1, 0, 0, 0);
        assert_int_equal(forecast(1, (bytes_t){0}, &wrong[i], NULL, &told), FAIL_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_burns),
        cmocka_unit_test(a_hundred_rubles_of_nachalny),
        cmocka_unit_test(a_debt_lasts_no_minute),
        cmocka_unit_test(more_than_there_is_does_not_overflow),
        cmocka_unit_test(rows_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
