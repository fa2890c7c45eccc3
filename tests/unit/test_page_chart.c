// Thirty days of debits out of thirty-one balances.
#include "proto/wire.h"
#include "services/web/page_chart.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static uint8_t bytes[2048];

// An account that had 1000 at first and spent `each` on every day, and twice that on day `twice`;
// on day `credit` it was given 70. Ends up to `unknown` are from before credits were added up.
static answer_as_of_many_t answer_of(kopecks_t each, int twice, int credit, int unknown)
{
    kopecks_t balance[CHART_TIMES], credits[CHART_TIMES];
    balance[0] = credits[0] = 1000; // before the first day
    for (int day = 1; day < CHART_TIMES; day++) {
        kopecks_t given = day - 1 == credit ? 70 : 0;
        credits[day] = credits[day - 1] + given;
        balance[day] = balance[day - 1] + given - (day - 1 == twice ? 2 * each : each);
    }
    pack_t pack;
    pack_start(&pack, bytes, sizeof bytes);
    for (int end = CHART_DAYS; end >= 0; end--) {
        pack_array(&pack, 5);
        pack_u64(&pack, (uint64_t)end + 10);
        pack_i64(&pack, balance[end] - 5);
        pack_i64(&pack, 5);
        pack_i64(&pack, end <= unknown ? 0 : credits[end]);
        pack_flag(&pack, end > unknown);
    }
    return (answer_as_of_many_t){.count = CHART_TIMES, .rows = {bytes, (uint32_t)pack_end(&pack)}};
}

static page_chart_rows_t rows;
static page_chart_t chart;

static void a_day_is_what_was_debited_in_it(void **state)
{
    (void)state;
    answer_as_of_many_t answer = answer_of(10, 17, 17, -1);
    assert_true(page_chart_fill(&answer, VISIT_RIG_NOW, &rows, &chart));
    for (int i = 0; i < CHART_DAYS; i++) {
        assert_true(rows.days[i].known);
        assert_int_equal(rows.days[i].sum, i == 17 ? 20 : 10);
        assert_int_equal(rows.bars[i].height, i == 17 ? 100 : 50);
        assert_int_equal(rows.bars[i].y + rows.bars[i].height, 100);
        assert_int_equal(rows.bars[i].x, 10 * i + 1);
    }
    assert_int_equal(chart.total, 310);
    assert_int_equal(chart.greatest, 20);
    assert_int_equal(chart.when, rows.days[17].day);
    // 29 November in Moscow began at 21:00 of the 28th by UTC.
    assert_int_equal(chart.last, INT64_C(1795899600000000));
    assert_int_equal(chart.last - chart.first, 29 * DAY_US);
    assert_true(chart.spent);
}

static void days_from_before_credits_were_added_up_are_not_known(void **state)
{
    (void)state;
    answer_as_of_many_t answer = answer_of(10, -1, -1, 3);
    assert_true(page_chart_fill(&answer, VISIT_RIG_NOW, &rows, &chart));
    for (int i = 0; i < CHART_DAYS; i++) {
        assert_int_equal(rows.days[i].known, i > 3);
        assert_int_equal(rows.days[i].sum, i > 3 ? 10 : 0);
        assert_int_equal(rows.bars[i].height, i > 3 ? 100 : 0);
    }
    assert_int_equal(chart.total, 260);
}

static void a_kopeck_is_seen_beside_millions(void **state)
{
    (void)state;
    answer_as_of_many_t answer = answer_of(1, 5, -1, -1);
    assert_true(page_chart_fill(&answer, VISIT_RIG_NOW, &rows, &chart));
    answer = answer_of(0, -1, -1, -1);
    assert_true(page_chart_fill(&answer, VISIT_RIG_NOW, &rows, &chart));
    assert_false(chart.spent);
    pack_t pack;
    pack_start(&pack, bytes, sizeof bytes);
    for (int end = CHART_DAYS; end >= 0; end--) {
        pack_array(&pack, 5);
        pack_u64(&pack, 1);
        pack_i64(&pack, end == 30 ? -100000001 : end == 29 ? -1 : 0);
        pack_i64(&pack, 0);
        pack_i64(&pack, 0);
        pack_flag(&pack, true);
    }
    answer.rows.size = (uint32_t)pack_end(&pack);
    assert_true(page_chart_fill(&answer, VISIT_RIG_NOW, &rows, &chart));
    assert_int_equal(rows.bars[28].height, 1);
    assert_int_equal(rows.bars[29].height, 100);
}

static void what_is_no_answer_has_no_chart(void **state)
{
    (void)state;
    answer_as_of_many_t answer = answer_of(10, -1, -1, -1);
    answer.rows.size--;
    assert_false(page_chart_fill(&answer, VISIT_RIG_NOW, &rows, &chart));
    answer.rows.size++;
    answer.count--;
    assert_false(page_chart_fill(&answer, VISIT_RIG_NOW, &rows, &chart));
    answer = (answer_as_of_many_t){0};
    assert_false(page_chart_fill(&answer, VISIT_RIG_NOW, &rows, &chart));
}

static void the_ends_of_days_are_asked_for_back_in_time(void **state)
{
    (void)state;
    uint8_t buffer[CHART_TIMES_BYTES];
    bytes_t times = page_chart_times(VISIT_RIG_NOW, buffer);
    wire_t wire;
    wire_start(&wire, times.data, times.size);
    assert_int_equal(wire_array(&wire, 64), CHART_TIMES);
    instant_t at;
    wire_i64(&wire, &at);
    assert_true(at == INT64_MAX);
    for (int i = 0; i < CHART_DAYS; i++) {
        wire_i64(&wire, &at);
        assert_int_equal(at, INT64_C(1795899600000000) - i * DAY_US - 1);
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_is_what_was_debited_in_it),
        cmocka_unit_test(days_from_before_credits_were_added_up_are_not_known),
        cmocka_unit_test(a_kopeck_is_seen_beside_millions),
        cmocka_unit_test(what_is_no_answer_has_no_chart),
        cmocka_unit_test(the_ends_of_days_are_asked_for_back_in_time),
    };
    return cmocka_run_group_tests_name("page_chart", tests, NULL, NULL);
}
