// Which postings the details show.
#include "proto/codes.h"
#include "services/web/page_period.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static int fresh(void **state)
{
    (void)state;
    visit_rig_begin();
    return 0;
}

static page_period_t period;

static bool reads(const char *query)
{
    assert_true(visit_rig_come("GET", "/balance/lines", query, "read"));
    return page_period_read(&visit_rig, VISIT_RIG_NOW + 30 * SECOND_US, &period);
}

static void quick_periods_are_those_of_moscow(void **state)
{
    (void)state;
    assert_true(reads(""));
    assert_int_equal(period.side, SIDE_DEBITS);
    assert_int_equal(period.to, VISIT_RIG_NOW); // the minute that runs is not over
    assert_int_equal(period.from, VISIT_RIG_NOW - DAY_US);
    assert_string_equal(period.to_text, "29.11.2026 14:05");
    assert_true(reads("period=week&side=all"));
    assert_int_equal(period.from, VISIT_RIG_NOW - 7 * DAY_US);
    assert_true(reads("period=month&side=credits"));
    assert_string_equal(period.from_text, "01.11.2026 00:00");
    assert_int_equal(period.side, SIDE_CREDITS);
    assert_true(reads("period=before"));
    assert_string_equal(period.from_text, "01.10.2026 00:00");
    assert_string_equal(period.to_text, "01.11.2026 00:00");
}

static void what_is_typed_counts(void **state)
{
    (void)state;
    assert_true(reads("from=28.11.2026+00%3A00&to=29.11.2026&at=17&head=12&side=debits"));
    assert_int_equal(period.to - period.from, DAY_US);
    assert_int_equal(period.at, 17);
    assert_int_equal(period.head, 12);
    assert_false(page_period_is_wrong(&period));
    assert_true(reads("from=yesterday"));
    assert_true(period.from_wrong && page_period_is_wrong(&period));
    assert_string_equal(period.from_text, "yesterday");
    assert_true(reads("to=x"));
    assert_true(period.to_wrong);
    assert_true(reads("from=29.11.2026&to=29.11.2026"));
    assert_true(period.order_wrong && page_period_is_wrong(&period));
}

static void a_query_of_no_page_of_ours_is_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "side=both",        "at=-1", "at=x", "head=99999999999999999999", "period=year", "x=1",
        "side=all&side=all"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(reads(refused[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(quick_periods_are_those_of_moscow, fresh),
        cmocka_unit_test_setup(what_is_typed_counts, fresh),
        cmocka_unit_test_setup(a_query_of_no_page_of_ours_is_refused, fresh),
    };
    int failed = cmocka_run_group_tests_name("page_period", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
