// What autopay answers: its counters, and accounts that nobody named.
#include "tests/unit/autopay_words.h"

static void counters_count(void **state)
{
    (void)state;
    linked(9999);
    linked(10000);
    harness_tick(world, true);
    char text[256];
    size_t size = autopay_core.counters(world->state, text, sizeof text - 1);
    text[size] = '\0';
    assert_string_equal(text, "accounts 2\nmandates 2\nin_flight 1\nsuspended 0\nwaiting 0\n");
    assert_int_equal(autopay_core.counters(world->state, text, 10), 0);
}

static void an_account_nobody_named_is_an_error(void **state)
{
    (void)state;
    request_t asked = {.type = REQUEST_autopay};
    asked.autopay.account = table_key(1, 2);
    answer_t answer = {0};
    query_t query = {.answer = &answer, .now = world->now, .current = true};
    assert_int_equal(autopay_core.query(world->state, &asked, NULL, 0, &query),
                     FAIL_UNKNOWN_ACCOUNT);
    query.owner = &asked.autopay.account; // himself: what he would agree to
    assert_int_equal(autopay_core.query(world->state, &asked, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.autopay.verdict, AUTOPAY_NO_STALE);
    assert_int_equal(answer.autopay.threshold, 10000);
    assert_int_equal(answer.autopay.again, 0);
}

static void what_is_decided_by_is_told(void **state)
{
    (void)state;
    size_t account = linked(9999);
    assert_int_equal(harness_ask(world, account, true).threshold, 10000);
    assert_int_equal(harness_ask(world, account, true).last, 0);
    harness_tick(world, true);
    answer_autopay_t answer = harness_ask(world, account, true);
    assert_int_equal(answer.verdict, AUTOPAY_NO_PENDING);
    assert_int_equal(answer.last, world->now);
    assert_int_equal(answer.again, 0);
    instant_t decided = world->now;
    harness_decline(world, answer.request, DECLINE_REJECTED, 0, 0);
    harness_catch_up(world);
    answer = harness_ask(world, account, true);
    assert_int_equal(answer.verdict, AUTOPAY_NO_BACKOFF);
    assert_int_equal(answer.again, world->now + HOUR_US);
    assert_int_equal(answer.declines, 1);
    assert_int_equal(answer.attempts, 1);
    assert_int_equal(answer.last, decided);
    assert_int_equal(harness_command(world, ROLE_OPERATOR, policy_of(5000, 100)), FAIL_NONE);
    answer = harness_ask(world, account, true);
    assert_int_equal(answer.threshold, 5000);
    assert_int_equal(answer.verdict, AUTOPAY_NO_ABOVE_THRESHOLD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(counters_count),
        TEST(an_account_nobody_named_is_an_error),
        TEST(what_is_decided_by_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
