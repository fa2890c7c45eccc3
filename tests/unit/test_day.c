// test_day - days are read as they stand or not at all, counted and printed.
#include "services/documents/day.h"
#include "documents_fixture.h"

static day_t day_at(const char *text)
{
    day_t day = 0;
    assert_true(day_parse(span_of(text), &day));
    return day;
}

static void days_are_numbered_from_1970(void **state)
{
    (void)state;
    day_t day;
    assert_int_equal(day_at("1990-01-01"), 7305);
    assert_int_equal(day_at("2000-02-29"), 11016);
    assert_int_equal(day_at("2026-08-31"), 20696);
    assert_int_equal(day_at("31.08.2026"), 20696);
    assert_int_equal(day_at("1.9.2026"), 20697);
    assert_true(day_of(2026, 9, 1, &day));
    assert_int_equal(day, 20697);
}

static void a_day_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const none[] = {
        "",           "31.02.2026", "29.02.2026",  "29.02.2100",  "00.01.2026", "01.00.2026",
        "32.01.2026", "31.04.2026", "01.13.2026",  "01.01.1989",  "01.01.2200", "01.01.26",
        "1.1.026",    "01/01/2026", "01.01.2026 ", "01.01.20261", "2026-2-01",  "2026-02-1",
        "2026-02-30", "2026.02.01", "2026-02-01T", "01-02-2026",  "a1.02.2026", "01.02",
        "01.02.",     "01..2026",   "001.02.2026", "-1.02.2026",  "2026",       "01.01.0001",
    };
    for (size_t i = 0; i < LENGTH(none); i++) {
        day_t day = -7;
        print_message("  '%s'\n", none[i]);
        assert_false(day_parse(span_of(none[i]), &day));
        assert_int_equal(day, -7);
    }
}

static void every_day_is_printed_as_it_is_read(void **state)
{
    (void)state;
    day_t first = day_at("1990-01-01"), last = day_at("2199-12-31");
    char text[DAY_TEXT_SIZE];
    for (day_t day = first; day <= last; day++) {
        day_print(day, text);
        assert_int_equal(day_at(text), day);
    }
    day_print(day_at("1.9.2026"), text);
    assert_string_equal(text, "2026-09-01");
    assert_int_equal(day_year(last), 2199);
    assert_int_equal(day_year(first), 1990);
}

static void the_week_begins_on_monday(void **state)
{
    (void)state;
    assert_int_equal(day_of_week(0), 4); // 1970-01-01
    assert_int_equal(day_of_week(-1), 3);
    assert_int_equal(day_of_week(day_at("2026-09-07")), 1);
    assert_int_equal(day_of_week(day_at("2026-09-06")), 7);
}

static void working_days_are_those_after_the_day_of_receipt(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        uint32_t days;
    } cases[] = {
        {"2026-09-04", "2026-09-08", 2}, {"2026-09-04", "2026-09-04", 0},
        {"2026-09-04", "2026-09-06", 0}, {"2026-09-04", "2026-09-07", 1},
        {"2026-09-08", "2026-09-04", 0}, {"2026-08-31", "2026-09-30", 22},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(day_working_between(day_at(cases[i].from), day_at(cases[i].to), NULL, 0),
                         cases[i].days);
}

static void the_production_calendar_is_policy(void **state)
{
    (void)state;
    const day_exception_t calendar[] = {{day_at("2026-11-04"), false}, // Wednesday, a holiday
                                        {day_at("2026-11-07"), true}}; // a Saturday that is worked
    assert_int_equal(day_working_between(day_at("2026-11-03"), day_at("2026-11-09"), calendar, 2),
                     4);
    assert_int_equal(day_working_between(day_at("2026-11-03"), day_at("2026-11-09"), NULL, 0), 4);
    assert_false(day_is_worked(day_at("2026-11-04"), calendar, 2));
    assert_true(day_is_worked(day_at("2026-11-07"), calendar, 2));
    assert_false(day_is_worked(day_at("2026-11-08"), calendar, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_numbered_from_1970),
        cmocka_unit_test(a_day_that_is_none_is_refused),
        cmocka_unit_test(every_day_is_printed_as_it_is_read),
        cmocka_unit_test(the_week_begins_on_monday),
        cmocka_unit_test(working_days_are_those_after_the_day_of_receipt),
        cmocka_unit_test(the_production_calendar_is_policy),
    };
    return cmocka_run_group_tests_name("day", tests, NULL, NULL);
}
