// What owners' items have come to in a clock hour.
#include "services/node/feed_spent.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static feed_spent_t spent;

static int setup(void **state)
{
    (void)state;
    memset(&spent, 0, sizeof spent);
    return 0;
}

static void an_hour_is_counted_and_the_next_begins_anew(void **state)
{
    (void)state;
    text_t nobody = {0};
    feed_spent_add(&spent, 100, nobody, 0, 10);
    feed_spent_add(&spent, 100, nobody, HOUR_US - 1, 5);
    assert_int_equal(feed_spent_of(&spent, 100, nobody, HOUR_US - 1), 15);
    assert_int_equal(feed_spent_of(&spent, 101, nobody, 0), 0);
    assert_int_equal(feed_spent_of(&spent, 100, nobody, HOUR_US), 0);
    feed_spent_add(&spent, 100, nobody, HOUR_US, 1);
    assert_int_equal(feed_spent_of(&spent, 100, nobody, HOUR_US), 1);
    assert_int_equal(feed_spent_row(&spent, 0, HOUR_US), 1);
}

static void producers_of_one_owner_are_counted_together(void **state)
{
    (void)state;
    text_t amvera = text_of("amvera");
    feed_spent_add(&spent, 100, amvera, 0, 10);
    feed_spent_add(&spent, 101, amvera, 0, 10);
    assert_int_equal(feed_spent_of(&spent, 102, amvera, 0), 20);
    assert_int_equal(feed_spent_of(&spent, 100, (text_t){0}, 0), 0);
}

static void beyond_its_places_the_oldest_is_forgotten(void **state)
{
    (void)state;
    text_t nobody = {0};
    for (stream_t p = 0; p <= FEED_SPENT_MAX; p++)
        feed_spent_add(&spent, 100 + p, nobody, 0, 7);
    assert_int_equal(feed_spent_of(&spent, 100, nobody, 0), 0);
    assert_int_equal(feed_spent_of(&spent, 101, nobody, 0), 7);
    assert_int_equal(feed_spent_of(&spent, 100 + FEED_SPENT_MAX, nobody, 0), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_hour_is_counted_and_the_next_begins_anew, setup),
        cmocka_unit_test_setup(producers_of_one_owner_are_counted_together, setup),
        cmocka_unit_test_setup(beyond_its_places_the_oldest_is_forgotten, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
