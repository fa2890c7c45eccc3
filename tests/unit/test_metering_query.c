// What metering answers about what runs and burns.
#include "services/metering/metering_query.h"
#include "tests/unit/metering_day.h"

static void meters_answers_what_runs_and_burns(void **state)
{
    (void)state;
    answer_t answer = {.type = REQUEST_meters};
    request_t request = {.type = REQUEST_meters, .meters = {.account = account}};
    query_t query = {.answer = &answer, .now = at(10, 0)};
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_UNKNOWN_ACCOUNT);
    h.now = at(10, 0);
    start(at(0, 0), "nachalny");
    harness_ticked(&h, at(9, 0), resource, second, account, "probny");
    harness_started(&h, at(0, 0), harness_id('r', 2), harness_id('p', 3), account, "ultra");
    harness_stopped(&h, at(5, 0), harness_id('r', 2), harness_id('p', 3));
    harness_started(&h, at(0, 0), harness_id('r', 3), harness_id('p', 4), account, "ultra");
    harness_deleted(&h, at(1, 0), harness_id('r', 3));
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.meters.meters, 2);
    assert_int_equal(answer.meters.replicas, 2);
    assert_int_equal(answer.meters.burn, (29000 + 17000) * CARRY_PER_PRICE_MINUTE);
    assert_int_equal(answer.meters.remainder, 41200 * CARRY_PER_PRICE_MINUTE); // 430000 % 43200
}

// A driven clock begins at 0, where there is no minute before.
static void meters_answers_in_the_first_minute_of_all(void **state)
{
    (void)state;
    answer_t answer = {.type = REQUEST_meters};
    request_t request = {.type = REQUEST_meters, .meters = {.account = account}};
    query_t query = {.answer = &answer, .now = 0};
    h.now = 0;
    assert_int_equal(harness_created(&h, 0, resource, account), FAIL_NONE);
    assert_int_equal(harness_ticked(&h, MINUTE_US, resource, second, account, "nachalny"),
                     FAIL_NONE);
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.meters.meters, 1);
    assert_int_equal(answer.meters.replicas, 0);
}

static void what_burns_beyond_int64_is_said_to_burn_as_much_as_can_be_said(void **state)
{
    (void)state;
    enum { REPLICAS = 14500 }; // times 10^9 kopecks times 640 000
    answer_t answer = {.type = REQUEST_meters};
    request_t request = {.type = REQUEST_meters, .meters = {.account = account}};
    query_t query = {.answer = &answer, .now = at(10, 0)};
    h.now = at(10, 0);
    request_t define = {.type = REQUEST_tariff_define,
                        .tariff_define = {.code = text_of("dearest"),
                                          .title = text_of("dearest"),
                                          .price = PRICE_MAX,
                                          .effective = at(10, 0)}};
    assert_int_equal(harness_command(&h, &define), FAIL_NONE);
    harness_unlimited(&h);
    for (unsigned i = 0; i < REPLICAS; i++)
        assert_int_equal(
            harness_started(&h, at(10, 0), resource, harness_id('p', i), account, "dearest"),
            FAIL_NONE);
    assert_int_equal(metering_core.query(h.state, &request, NULL, 0, &query), FAIL_NONE);
    assert_int_equal(answer.meters.replicas, REPLICAS);
    assert_true(answer.meters.burn == INT64_MAX);
}

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
        TEST(meters_answers_what_runs_and_burns),
        TEST(an_account_without_usage_is_unknown_and_counters_count_rows),
        TEST(meters_answers_in_the_first_minute_of_all),
        TEST(what_burns_beyond_int64_is_said_to_burn_as_much_as_can_be_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
