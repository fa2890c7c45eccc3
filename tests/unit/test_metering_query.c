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

// [version, kind, code, price, included, effective] of the row that is next.
static void expect_version(wire_t *rows, uint64_t version, uint64_t kind, const char *code,
                           kopecks_t price, instant_t effective)
{
    uint64_t number, kind_told, included;
    int64_t price_told, effective_told;
    text_t text;
    assert_int_equal(wire_array(rows, 6), 6);
    wire_u64(rows, &number);
    wire_u64(rows, &kind_told);
    wire_text(rows, &text);
    wire_i64(rows, &price_told);
    wire_u64(rows, &included);
    wire_i64(rows, &effective_told);
    assert_int_equal(rows->fail, FAIL_NONE);
    assert_int_equal(number, version);
    assert_int_equal(kind_told, kind);
    assert_true(text_equal(text, text_of(code)));
    assert_int_equal(price_told, price);
    assert_int_equal(effective_told, effective);
}

static void prices_are_told_page_by_page_and_withdrawn_ones_too(void **state)
{
    (void)state;
    static uint8_t scratch[4096];
    tariffs_t *tariffs = &((metering_state_t *)h.state)->tariffs;
    uint16_t before = tariffs->versions_count;
    tariff_define(tariffs, text_of("a"), 100, 1000);
    tariff_define_rate(tariffs, RESOURCE_INPUT, text_of("a"), 7, 0, 2000);
    tariff_define(tariffs, text_of("a"), 200, 3000);
    tariff_withdraw(tariffs, (uint16_t)(before + 3));
    request_t asked = {.type = REQUEST_tariffs, .tariffs = {.limit = 2}};
    answer_t answer;
    wire_t rows;
    query_t out = {
        .answer = &answer, .scratch = scratch, .scratch_size = sizeof scratch, .now = h.now};
    assert_int_equal(metering_query(h.state, &asked, NULL, 0, &out), FAIL_NONE);
    assert_int_equal(answer.tariffs.count, 2);
    wire_start(&rows, answer.tariffs.rows.data, answer.tariffs.rows.size);
    expect_version(&rows, before + 3u, 0, "a", 200, 0);
    expect_version(&rows, before + 2u, RESOURCE_INPUT, "a", 7, 2000);
    assert_int_equal(answer.tariffs.next, before + 2);
    asked.tariffs = (request_tariffs_t){.before = answer.tariffs.next, .limit = 1};
    assert_int_equal(metering_query(h.state, &asked, NULL, 0, &out), FAIL_NONE);
    wire_start(&rows, answer.tariffs.rows.data, answer.tariffs.rows.size);
    expect_version(&rows, before + 1u, 0, "a", 100, 1000);
    asked.tariffs = (request_tariffs_t){.before = 1, .limit = 1};
    assert_int_equal(metering_query(h.state, &asked, NULL, 0, &out), FAIL_NONE);
    assert_int_equal(answer.tariffs.count + answer.tariffs.next, 0);
    asked.tariffs.limit = 101;
    assert_int_equal(metering_query(h.state, &asked, NULL, 0, &out), FAIL_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(prices_are_told_page_by_page_and_withdrawn_ones_too),
        TEST(an_account_without_usage_is_unknown_and_counters_count_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
