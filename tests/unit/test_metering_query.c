// What metering answers about what runs and burns.
#include "services/metering/metering_query.h"
#include "tests/unit/metering_day.h"

static void an_account_without_usage_is_unknown_and_counters_count_rows(void **state)
{
    (void)state;
    request_t asked = {.type = REQUEST_meters};
    asked.meters.account = other;
    answer_t answer;
    query_t out = {.answer = &answer, .now = h.now};
    assert_int_equal(metering_query(h.state, &asked, NULL, 0, &out), FAIL_UNKNOWN_ACCOUNT);
    asked.type = REQUEST_balance;
    assert_int_equal(metering_query(h.state, &asked, NULL, 0, &out), FAIL_INVALID);
    start(at(0, 0), "nachalny");
    char text[512];
    size_t size = metering_query_counters(h.state, text, sizeof text - 1);
    text[size] = '\0';
    assert_non_null(strstr(text, "accounts 1\nresources 1\nmeters 1\nreplicas 1\nrunning 1\n"));
    assert_int_equal(metering_query_counters(h.state, text, 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_account_without_usage_is_unknown_and_counters_count_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
