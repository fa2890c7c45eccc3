#include "proto/month.h"
#include "proto/field.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <time.h>

// The same by libc: the month's first instant of Moscow's calendar.
static instant_t by_libc(int year, int month)
{
    struct tm parts = {.tm_year = year - 1900, .tm_mon = month, .tm_mday = 1};
    return (int64_t)timegm(&parts) * SECOND_US - 3 * HOUR_US;
}

static void every_month_from_1970_to_2400_begins_where_libc_says(void **state)
{
    (void)state;
    for (int year = 1970; year <= 2400; year++)
        for (int month = 0; month < 12; month++) {
            uint64_t number = (uint64_t)(year * 12 + month);
            instant_t start = by_libc(year, month);
            assert_true(month_start(number) == start);
            assert_int_equal(month_of(start), number);
            assert_int_equal(month_of(start - 1), number - 1);
            assert_int_equal(month_of(start + 27 * DAY_US), number);
        }
}

static void every_day_lies_in_the_month_that_libc_says(void **state)
{
    (void)state;
    for (instant_t at = -DAY_US; at < INT64_C(13569465600) * SECOND_US; at += DAY_US - 1) {
        time_t local = (time_t)((at + 3 * HOUR_US + 10 * DAY_US) / SECOND_US - 10 * 86400);
        struct tm parts;
        assert_non_null(gmtime_r(&local, &parts));
        assert_int_equal(month_of(at), (parts.tm_year + 1900) * 12 + parts.tm_mon);
    }
}

// docs/rules.md "Month": the count of March holds until 21:00 UTC of its last day.
static void march_2026_ends_at_21_utc(void **state)
{
    (void)state;
    static const struct {
        const char *at;
        uint64_t month;
    } cases[] = {
        {"2026-02-28T20:59:59Z", 2026 * 12 + 1},      {"2026-02-28T21:00:00Z", 2026 * 12 + 2},
        {"2026-03-31T20:59:59Z", 2026 * 12 + 2},      {"2026-03-31T21:00:00Z", 2026 * 12 + 3},
        {"2026-04-01T00:00:00+03:00", 2026 * 12 + 3}, {"2026-12-31T21:00:00Z", 2027 * 12}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        instant_t at;
        assert_true(time_parse(cases[i].at, &at));
        assert_int_equal(month_of(at), cases[i].month);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_month_from_1970_to_2400_begins_where_libc_says),
        cmocka_unit_test(every_day_lies_in_the_month_that_libc_says),
        cmocka_unit_test(march_2026_ends_at_21_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
