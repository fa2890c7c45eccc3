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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(counters_count),
        TEST(an_account_nobody_named_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
