// What an operator and a customer say to autopay.
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_operator_holds_and_releases),
        TEST(a_policy_is_checked_and_judges_everyone_again),
        TEST(each_bound_of_a_policy_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
