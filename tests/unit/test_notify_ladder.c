// The rule alone, value by value.
#include "services/notify/notify_ladder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define HOUR_AT (INT64_C(490000) * HOUR_US)
#define KOPECK_HOUR CARRY_DENOMINATOR // burns one kopeck an hour

static ladder_inputs_t at(ladder_step_t step, kopecks_t balance)
{
    return (ladder_inputs_t){.step = step,
                             .money = balance,
                             .now = HOUR_AT + HOUR_US,
                             .policy = {.low_threshold = 10000,
                                        .early_us = DAY_US,
                                        .late_us = 3 * HOUR_US,
                                        .stop_us = MINUTE_US,
                                        .grace_us = 15 * MINUTE_US,
                                        .grace_again_us = DAY_US,
                                        .freeze_us = 30 * DAY_US,
                                        .delete_us = 30 * DAY_US}};
}

static ladder_inputs_t burning(ladder_step_t step, kopecks_t balance, int64_t kopecks_hour)
{
    ladder_inputs_t in = at(step, balance);
    in.burn = kopecks_hour * KOPECK_HOUR;
    in.hour = HOUR_AT;
    return in;
}

static void it_lasts_for_whole_minutes_from_the_hours_end(void **state)
{
    (void)state;
    instant_t end = HOUR_AT + HOUR_US;
    assert_int_equal(ladder_lasts(100, 0, HOUR_AT), LADDER_LASTS_EVER);
    assert_int_equal(ladder_lasts(3, 2 * KOPECK_HOUR, HOUR_AT), end + 90 * MINUTE_US);
    assert_int_equal(ladder_lasts(1, 7 * KOPECK_HOUR, HOUR_AT), end + 8 * MINUTE_US); // 60 / 7
    assert_int_equal(ladder_lasts(0, KOPECK_HOUR, HOUR_AT), end);
    assert_int_equal(ladder_lasts(-5, KOPECK_HOUR, HOUR_AT), end);
    assert_int_equal(ladder_lasts(INT64_MAX, 1, HOUR_AT), LADDER_LASTS_EVER);
}

static void a_warning_is_of_what_the_money_lasts_for(void **state)
{
    (void)state;
    static const struct {
        kopecks_t balance;
        int64_t burn;
        ladder_step_t step;
    } cases[] = {
        {10000, 0, LADDER_NONE},      {9999, 0, LADDER_LOW},      {0, 0, LADDER_LOW},
        {2400000, 1000, LADDER_NONE}, {24000, 1000, LADDER_NONE}, // 24 hours, to the microsecond
        {23999, 1000, LADDER_EARLY},  {3000, 1000, LADDER_EARLY}, {2999, 1000, LADDER_LATE},
        {0, 1000, LADDER_LATE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ladder_inputs_t in = burning(LADDER_NONE, cases[i].balance, cases[i].burn);
        assert_int_equal(ladder_judge(&in), cases[i].step);
    }
}

static void time_alone_brings_a_warning(void **state)
{
    (void)state;
    ladder_inputs_t in = burning(LADDER_NONE, 25 * 1000, 1000);
    assert_int_equal(ladder_judge(&in), LADDER_NONE);
    instant_t due = ladder_until(&in);
    assert_int_equal(due, in.now + HOUR_US + 1);
    assert_int_equal(ladder_next(&in, LADDER_NONE), due);
    in.now = due - 1;
    assert_int_equal(ladder_judge(&in), LADDER_NONE);
    in.now = due;
    assert_int_equal(ladder_judge(&in), LADDER_EARLY);
    in.step = LADDER_EARLY;
    assert_int_equal(ladder_until(&in), due + 21 * HOUR_US);
    in.step = LADDER_LATE;
    assert_int_equal(ladder_until(&in), INT64_MAX); // the next one is for the ledger to say
    assert_int_equal(ladder_next(&in, LADDER_LATE), 0);
}

static void a_warning_is_taken_back_for_money_or_less_usage(void **state)
{
    (void)state;
    ladder_inputs_t in = burning(LADDER_LATE, 20000, 1000);
    in.said = 20000;
    assert_int_equal(ladder_judge(&in), LADDER_LATE); // as much as then
    in.said = 19999;
    assert_int_equal(ladder_judge(&in), LADDER_EARLY);
    in.money = 50000;
    assert_int_equal(ladder_judge(&in), LADDER_NONE);
    in = burning(LADDER_EARLY, 47999, 1000); // not yet for two days
    in.said = 60000;
    assert_int_equal(ladder_judge(&in), LADDER_EARLY);
    in.money = 48000;
    assert_int_equal(ladder_judge(&in), LADDER_NONE);
    in = burning(LADDER_EARLY, 500, 0);
    in.said = 600;
    assert_int_equal(ladder_judge(&in), LADDER_LOW);
    in = at(LADDER_LOW, 500);
    in.said = 600;
    assert_int_equal(ladder_judge(&in), LADDER_LOW);
}

static void below_zero_each_step_comes_in_its_time(void **state)
{
    (void)state;
    ladder_inputs_t in = at(LADDER_LATE, -1);
    static const ladder_step_t steps[] = {LADDER_EXHAUSTED, LADDER_STOPPED, LADDER_FROZEN,
                                          LADDER_DELETABLE};
    static const instant_t spans[] = {MINUTE_US, 30 * DAY_US, 30 * DAY_US, 0};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ladder_judge(&in), steps[i]);
        instant_t next = ladder_next(&in, steps[i]);
        assert_int_equal(next, spans[i] ? in.now + spans[i] : 0);
        in.step = steps[i];
        in.next = next;
        assert_int_equal(ladder_judge(&in), steps[i]);
        assert_int_equal(ladder_until(&in), next ? next : INT64_MAX);
        in.now = next - 1;
        if (next)
            assert_int_equal(ladder_judge(&in), steps[i]);
        in.now = next ? next : in.now;
    }
    assert_int_equal(ladder_judge(&in), LADDER_DELETABLE);
    assert_int_equal(ladder_until(&in), INT64_MAX);
}

static void at_nothing_services_run_on(void **state)
{
    (void)state;
    ladder_inputs_t in = at(LADDER_NONE, 0);
    assert_int_equal(ladder_judge(&in), LADDER_LOW);
    for (ladder_step_t step = LADDER_EXHAUSTED; step <= LADDER_DELETABLE; step++) {
        in.step = step;
        in.said = -100;
        assert_int_equal(ladder_judge(&in), LADDER_LOW);
        assert_true(ladder_is_relief(step, LADDER_LOW));
    }
}

static void a_payment_under_way_puts_the_stop_off_once_a_day(void **state)
{
    (void)state;
    ladder_inputs_t in = at(LADDER_EXHAUSTED, -1);
    in.next = in.now;
    assert_int_equal(ladder_judge(&in), LADDER_STOPPED);
    in.pending = true;
    assert_int_equal(ladder_judge(&in), LADDER_GRACE);
    assert_int_equal(ladder_next(&in, LADDER_GRACE), in.now + 15 * MINUTE_US);
    in.grace = in.now - DAY_US + 1;
    assert_int_equal(ladder_judge(&in), LADDER_STOPPED);
    in.grace = in.now - DAY_US;
    assert_int_equal(ladder_judge(&in), LADDER_GRACE);
    in.policy.grace_us = 0;
    assert_int_equal(ladder_judge(&in), LADDER_STOPPED);
    in.step = LADDER_GRACE;
    in.next = in.now + 1;
    assert_int_equal(ladder_judge(&in), LADDER_GRACE);
    in.pending = false; // it came to nothing
    assert_int_equal(ladder_judge(&in), LADDER_STOPPED);
    in.pending = true;
    in.now = in.next;
    assert_int_equal(ladder_judge(&in), LADDER_STOPPED);
    assert_int_equal(ladder_next(&in, LADDER_STOPPED), in.now + 30 * DAY_US);
}

static void spans_beyond_all_time_never_come(void **state)
{
    (void)state;
    ladder_inputs_t in = at(LADDER_EXHAUSTED, -1);
    in.policy.freeze_us = UINT64_MAX;
    assert_int_equal(ladder_next(&in, LADDER_STOPPED), INT64_MAX);
    in.policy.delete_us = INT64_MAX;
    assert_int_equal(ladder_next(&in, LADDER_FROZEN), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lasts_for_whole_minutes_from_the_hours_end),
        cmocka_unit_test(a_warning_is_of_what_the_money_lasts_for),
        cmocka_unit_test(time_alone_brings_a_warning),
        cmocka_unit_test(a_warning_is_taken_back_for_money_or_less_usage),
        cmocka_unit_test(below_zero_each_step_comes_in_its_time),
        cmocka_unit_test(at_nothing_services_run_on),
        cmocka_unit_test(a_payment_under_way_puts_the_stop_off_once_a_day),
        cmocka_unit_test(spans_beyond_all_time_never_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
