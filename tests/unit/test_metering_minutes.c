#include "services/metering/metering_minutes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { HOUR = 490000 }; // some hour of 2025

static instant_t at(int minute, int second, int us)
{
    return hour_start(HOUR) + minute * MINUTE_US + second * SECOND_US + us;
}

static mask_t bits(unsigned first, unsigned count)
{
    return ((UINT64_C(1) << count) - 1) << first;
}

static void an_interval_holds_the_minutes_whose_start_it_holds(void **state)
{
    (void)state;
    const struct {
        instant_t from, to;
        mask_t mask;
    } table[] = {
        {at(0, 30, 0), at(12, 30, 0), bits(1, 12)}, // golden: 10:00:30-10:12:30
        {at(0, 1, 0), at(0, 59, 0), 0},             // golden
        {at(0, 0, 0), at(1, 0, 0), bits(0, 1)},     // golden
        {at(0, 0, 0), at(60, 0, 0), MASK_FULL},
        {at(0, 0, 1), at(60, 0, 0), MASK_FULL & ~UINT64_C(1)},
        {at(0, 0, 0), at(0, 0, 1), bits(0, 1)},
        {at(0, 0, 0), at(0, 0, 0), 0},
        {at(59, 0, 0), at(59, 0, 1), bits(59, 1)},
        {at(59, 0, 1), at(60, 0, 0), 0},
        {at(58, 59, 999999), at(59, 0, 0), 0},
        {at(58, 59, 999999), at(59, 0, 1), bits(59, 1)},
        {at(-600, 0, 0), at(600, 0, 0), MASK_FULL},
        {at(-600, 0, 0), at(0, 0, 0), 0},
        {at(60, 0, 0), at(600, 0, 0), 0},
        {at(5, 0, 0), at(3, 0, 0), 0},
        {at(5, 0, 0), INT64_MAX, bits(5, 55)},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_true(mask_between(HOUR, table[i].from, table[i].to) == table[i].mask);
}

static void counts_over_hours_agree_with_the_masks(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        instant_t from = at(0, 0, 0) + (instant_t)(seed >> 20) % (3 * HOUR_US);
        instant_t to = from + (instant_t)(seed >> 11) % (3 * HOUR_US);
        uint64_t count = 0;
        for (uint32_t hour = HOUR; hour < HOUR + 7; hour++)
            count += mask_count(mask_between(hour, from, to));
        assert_int_equal(minutes_between(from, to), count);
        uint64_t naive = 0;
        for (instant_t m = at(0, 0, 0); m < to; m += MINUTE_US)
            naive += m >= from;
        assert_int_equal(count, naive);
    }
}

static void a_run_of_whole_minutes_is_that_many_wherever_it_starts(void **state)
{
    (void)state;
    for (instant_t start = at(0, 0, 0); start < at(1, 0, 0); start += 777777)
        assert_int_equal(minutes_between(start, start + 12 * MINUTE_US), 12);
}

static void an_instant_lies_in_its_hour_and_minute(void **state)
{
    (void)state;
    assert_int_equal(hour_of(at(59, 59, 999999)), HOUR);
    assert_int_equal(hour_of(at(60, 0, 0)), HOUR + 1);
    assert_true(mask_of(at(59, 59, 999999)) == bits(59, 1));
    assert_true(mask_of(at(0, 0, 0)) == 1);
    assert_int_equal(minute_floor(at(7, 59, 5)), at(7, 0, 0));
    assert_int_equal(minute_ceil(at(7, 0, 0)), at(7, 0, 0));
    assert_int_equal(minute_ceil(at(7, 0, 1)), at(8, 0, 0));
    assert_int_equal(mask_count(MASK_FULL), 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interval_holds_the_minutes_whose_start_it_holds),
        cmocka_unit_test(counts_over_hours_agree_with_the_masks),
        cmocka_unit_test(a_run_of_whole_minutes_is_that_many_wherever_it_starts),
        cmocka_unit_test(an_instant_lies_in_its_hour_and_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
