// Which hour is next, and who holds its closing up.
#include "services/metering/metering_hours.h"
#include "tests/unit/metering_fold.h"

enum { QUICK = PRODUCER_FIRST, SLOW = PRODUCER_FIRST + 1 };

static void nothing_runs_so_no_hour_is_next(void **state)
{
    (void)state;
    assert_int_equal(hours_next(fold), HOUR_NONE);
    assert_true(hours_through(fold) == INT64_MIN);
    say_through(QUICK, TEN);
    assert_int_equal(hours_producer_waited_for(fold), STREAM_NONE);
}

static void the_hour_waits_for_the_producer_that_is_behind(void **state)
{
    (void)state;
    say_runs(minute(5));
    assert_int_equal(hours_next(fold), HOUR_TEN);
    say_through(QUICK, minute(60));
    say_through(SLOW, minute(40));
    assert_true(hours_through(fold) == minute(40));
    assert_true(hours_producer_through(fold, QUICK) == minute(60));
    assert_true(hours_producer_through(fold, SLOW + 1) == INT64_MIN);
    assert_int_equal(hours_producer_waited_for(fold), SLOW);
    say_through(SLOW, minute(61));
    assert_int_equal(hours_producer_waited_for(fold), STREAM_NONE);
    assert_true(hours_through(fold) == minute(60));
}

static void a_running_replica_has_a_next_hour_for_ever_and_a_stopped_one_not(void **state)
{
    (void)state;
    event_t closed = {.type = EVENT_hour_closed};
    say_runs(minute(5));
    closed.hour_closed.hour = TEN;
    say(closed);
    assert_int_equal(hours_next(fold), HOUR_TEN + 1);
    say_stands(minute(70));
    closed.hour_closed.hour = TEN + HOUR_US;
    say(closed);
    assert_int_equal(hours_next(fold), HOUR_NONE);
}

static void an_hour_waits_so_long_for_one_of_another_owner(void **state)
{
    (void)state;
    say_runs(minute(5));
    assert_true(hours_closes_at(fold, HOUR_TEN) == INT64_MAX); // for anyone's first word
    say_through(QUICK, minute(40));
    assert_true(hours_closes_at(fold, HOUR_TEN) == INT64_MAX);
    say_through(SLOW, minute(1));
    assert_true(hours_closes_at(fold, HOUR_TEN) == INT64_MAX); // nobody has passed it
    say_through(QUICK, minute(60));
    fold->policy.settle_us = 2 * MINUTE_US;
    assert_true(hours_closes_at(fold, HOUR_TEN) == minute(120));
    fold->quotas.wait_us = 0;
    assert_true(hours_closes_at(fold, HOUR_TEN) == minute(62)); // never before it has settled
    say_through(SLOW, minute(61));
    assert_true(hours_closes_at(fold, HOUR_TEN) == minute(62));
}

static void say_owned(stream_t producer, const char *owner)
{
    event_t event = {.type = EVENT_producer_owned};
    event.producer_owned = (event_producer_owned_t){producer, text_of(owner)};
    say(event);
}

// Nobody else vouches for what they run.
static void one_owners_producers_wait_for_each_other_without_end(void **state)
{
    (void)state;
    say_runs(minute(5));
    say_owned(QUICK, "amvera");
    say_owned(SLOW, "amvera");
    say_through(QUICK, minute(60));
    say_through(SLOW, minute(1));
    assert_true(hours_closes_at(fold, HOUR_TEN) == INT64_MAX);
    say_owned(SLOW, "");
    assert_true(hours_closes_at(fold, HOUR_TEN) == minute(120));
    assert_false(hours_is_passed_over(fold, &fold->producers[1]));
    event_t closed = {.type = EVENT_hour_closed, .hour_closed = {.hour = TEN}};
    say(closed);
    assert_true(hours_is_passed_over(fold, &fold->producers[1]));
    assert_false(hours_is_passed_over(fold, &fold->producers[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_runs_so_no_hour_is_next),
        TEST(the_hour_waits_for_the_producer_that_is_behind),
        TEST(an_hour_waits_so_long_for_one_of_another_owner),
        TEST(one_owners_producers_wait_for_each_other_without_end),
        TEST(a_running_replica_has_a_next_hour_for_ever_and_a_stopped_one_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
