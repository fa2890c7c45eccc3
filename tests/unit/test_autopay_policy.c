// What an operator says to autopay, and the pace of a crowd.
#include "tests/unit/autopay_words.h"

static void an_operator_holds_and_releases(void **state)
{
    (void)state;
    size_t account = linked(10000);
    request_t hold = {.type = REQUEST_autopay_hold};
    hold.autopay_hold.account = world->accounts[account].id;
    hold.autopay_hold.held = true;
    assert_int_equal(harness_command(world, ROLE_OPERATOR, hold), FAIL_NONE);
    harness_post(world, account, -1);
    settle();
    assert_int_equal(last_reason(), AUTOPAY_NO_OPERATOR_HOLD);
    assert_true(harness_ask(world, account, true).held);
    hold.autopay_hold.held = false;
    assert_int_equal(harness_command(world, ROLE_OPERATOR, hold), FAIL_NONE);
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    hold.autopay_hold.account = table_key(1, 2);
    assert_int_equal(harness_command(world, ROLE_OPERATOR, hold), FAIL_STATE);
}

static request_t policy_of(kopecks_t threshold, uint64_t crowd)
{
    request_t request = {.type = REQUEST_autopay_policy};
    request.autopay_policy = (request_autopay_policy_t){
        .threshold = threshold,
        .interval_us = HOUR_US,
        .backoff_first_us = HOUR_US,
        .backoff_second_us = 6 * HOUR_US,
        .declines_max = 3,
        .attempts_max = 5,
        .pacing_us = 15 * MINUTE_US,
        .crowd = crowd,
    };
    return request;
}

static void a_policy_is_checked_and_judges_everyone_again(void **state)
{
    (void)state;
    linked(15000);
    harness_tick(world, true);
    assert_int_equal(harness_command(world, ROLE_OPERATOR, policy_of(-1, 64)), FAIL_INVALID);
    assert_int_equal(harness_command(world, ROLE_OPERATOR, policy_of(20000, 64)), FAIL_NONE);
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    assert_int_equal(last_request()->threshold, 20000);
}

static void each_bound_of_a_policy_is_held(void **state)
{
    (void)state;
    const uint64_t span_max_us = 31 * (uint64_t)DAY_US;
    request_t rows[32];
    size_t count = 0, good = 0;
#define ROW(field, value)                                                                          \
    rows[count] = policy_of(20000, 64), rows[count++].autopay_policy.field = (value)
    ROW(threshold, 0);
    ROW(threshold, POSTING_AMOUNT_MAX);
    ROW(interval_us, span_max_us);
    ROW(backoff_first_us, span_max_us);
    ROW(backoff_second_us, span_max_us);
    ROW(pacing_us, (uint64_t)DAY_US);
    ROW(declines_max, 1);
    ROW(declines_max, 1000);
    ROW(attempts_max, 1);
    ROW(attempts_max, 1000);
    ROW(crowd, 1000000);
    good = count;
    ROW(threshold, -1);
    ROW(threshold, POSTING_AMOUNT_MAX + 1);
    ROW(interval_us, span_max_us + 1);
    ROW(backoff_first_us, span_max_us + 1);
    ROW(backoff_second_us, span_max_us + 1);
    ROW(pacing_us, (uint64_t)DAY_US + 1);
    ROW(declines_max, 0);
    ROW(declines_max, 1001);
    ROW(attempts_max, 0);
    ROW(attempts_max, 1001);
    ROW(crowd, 1000001);
#undef ROW
    for (size_t i = 0; i < count; i++)
        assert_int_equal(harness_command(world, ROLE_OPERATOR, rows[i]),
                         i < good ? FAIL_NONE : FAIL_INVALID);
}

// Opens so many linked accounts that are all below the threshold at once.
static void cross_together(size_t accounts)
{
    for (size_t i = 0; i < accounts; i++)
        linked(10000);
    harness_tick(world, true);
    for (size_t i = 0; i < accounts; i++)
        harness_post(world, i, -1);
    harness_catch_up(world);
}

static void up_to_the_crowd_all_are_charged_at_once(void **state)
{
    (void)state;
    cross_together(64);
    harness_tick(world, true);
    assert_int_equal(requests(), 64);
}

static void a_crowd_is_spread_and_each_decided_on_the_balance_of_its_turn(void **state)
{
    (void)state;
    cross_together(65);
    instant_t start = world->now;
    harness_tick(world, true);
    assert_int_equal(requests(), 0);
    size_t ahead = 0, most = 0;
    while (harness_wake(world) != INT64_MAX) {
        assert_in_range(harness_wake(world), world->now, start + 15 * MINUTE_US - 1);
        world->now = harness_wake(world);
        if (requests() == 30 && ahead == 0)
            for (size_t i = 0; i < 65; i++)
                if (harness_ask(world, i, true).verdict == AUTOPAY_CHARGE && ahead++ < 5)
                    harness_post(world, i, 100 * RUBLE); // paid by hand meanwhile
        harness_catch_up(world);
        size_t now = harness_tick(world, true);
        most = now > most ? now : most;
    }
    assert_int_equal(requests(), 60);
    assert_true(most < 10);
    assert_true(world->now - start > 10 * MINUTE_US);
}

static void a_tick_that_decides_more_than_fits_goes_on(void **state)
{
    (void)state;
    assert_int_equal(harness_command(world, ROLE_OPERATOR, policy_of(10000, 1000)), FAIL_NONE);
    cross_together(HARNESS_ACCOUNTS_MAX);
    harness_tick(world, true);
    assert_int_equal(requests(), HARNESS_ACCOUNTS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_operator_holds_and_releases),
        TEST(a_policy_is_checked_and_judges_everyone_again),
        TEST(each_bound_of_a_policy_is_held),
        TEST(up_to_the_crowd_all_are_charged_at_once),
        TEST(a_crowd_is_spread_and_each_decided_on_the_balance_of_its_turn),
        TEST(a_tick_that_decides_more_than_fits_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
