// How values stand on a page: vectors in both languages, and every byte that must not stand there.
#include "services/base/hole.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static char buffer[4096];
static writer_t writer;

static writer_t *anew(void)
{
    writer = writer_on(buffer, sizeof buffer);
    return &writer;
}

static const char *written(void)
{
    writer_end(&writer);
    return buffer;
}

static void sums_stand_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        kopecks_t sum;
        const char *russian, *english;
    } rows[] = {
        {123456, "1 234,56 ₽", "1,234.56 ₽"},
        {0, "0,00 ₽", "0.00 ₽"},
        {-1, "−0,01 ₽", "−0.01 ₽"},
        {-40, "−0,40 ₽", "−0.40 ₽"},
        {-99, "−0,99 ₽", "−0.99 ₽"},
        {99900, "999,00 ₽", "999.00 ₽"},
        {100000, "1 000,00 ₽", "1,000.00 ₽"},
        {INT64_MIN, "−92 233 720 368 547 758,08 ₽", "−92,233,720,368,547,758.08 ₽"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        hole_money(anew(), LANGUAGE_RUSSIAN, rows[i].sum);
        assert_string_equal(written(), rows[i].russian);
        hole_money(anew(), LANGUAGE_ENGLISH, rows[i].sum);
        assert_string_equal(written(), rows[i].english);
    }
    hole_signed(anew(), LANGUAGE_RUSSIAN, 50000);
    assert_string_equal(written(), "+500,00 ₽");
    hole_signed(anew(), LANGUAGE_RUSSIAN, 0);
    assert_string_equal(written(), "0,00 ₽");
    hole_rubles(anew(), LANGUAGE_RUSSIAN, 50000);
    assert_string_equal(written(), "500 ₽");
    hole_rubles(anew(), LANGUAGE_ENGLISH, -150000);
    assert_string_equal(written(), "−1,500 ₽");
    hole_rubles(anew(), LANGUAGE_ENGLISH, 50001);
    assert_string_equal(written(), "500.01 ₽");
    hole_plain_money(anew(), ',', -5);
    assert_string_equal(written(), "-0,05");
    hole_plain_money(anew(), '.', 123456);
    assert_string_equal(written(), "1234.56");
}

static void a_minutes_price_has_five_digits(void **state)
{
    (void)state;
    hole_price(anew(), LANGUAGE_RUSSIAN, 17000); // 170 rubles for 720 hours
    assert_string_equal(written(), "0,00394");
    hole_price(anew(), LANGUAGE_ENGLISH, INT64_C(43200) * 100 * 1234);
    assert_string_equal(written(), "1,234.00000");
    hole_price(anew(), LANGUAGE_RUSSIAN, INT64_C(43200) * 100 - 1); // rounds up to a ruble
    assert_string_equal(written(), "1,00000");
}

static void numbers_stand_with_their_nouns(void **state)
{
    (void)state;
    static const char *const days[5] = {"день", "дня", "дней", "day", "days"};
    static const struct {
        uint64_t number;
        const char *russian, *english;
    } rows[] = {{0, "0 дней", "0 days"},       {1, "1 день", "1 day"},
                {2, "2 дня", "2 days"},        {4, "4 дня", "4 days"},
                {5, "5 дней", "5 days"},       {11, "11 дней", "11 days"},
                {12, "12 дней", "12 days"},    {14, "14 дней", "14 days"},
                {21, "21 день", "21 days"},    {22, "22 дня", "22 days"},
                {111, "111 дней", "111 days"}, {1001, "1 001 день", "1,001 days"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        hole_plural(anew(), LANGUAGE_RUSSIAN, rows[i].number, days);
        assert_string_equal(written(), rows[i].russian);
        hole_plural(anew(), LANGUAGE_ENGLISH, rows[i].number, days);
        assert_string_equal(written(), rows[i].english);
    }
    hole_count(anew(), LANGUAGE_ENGLISH, 1234567);
    assert_string_equal(written(), "1,234,567");
    hole_id(anew(), LANGUAGE_ENGLISH, 1234567);
    assert_string_equal(written(), "1234567");
    hole_svg(anew(), LANGUAGE_ENGLISH, -12);
    assert_string_equal(written(), "-12");
}

static void times_are_those_of_moscow(void **state)
{
    (void)state;
    instant_t at;
    assert_true(hole_read_clock(SPAN("29.11.2026 14:05"), &at));
    assert_int_equal(at, INT64_C(1795950300000000));
    hole_time(anew(), LANGUAGE_RUSSIAN, at);
    assert_string_equal(written(), "29 ноября 2026, 14:05 МСК");
    hole_time(anew(), LANGUAGE_ENGLISH, at);
    assert_string_equal(written(), "29 Nov 2026, 14:05 MSK");
    hole_date(anew(), LANGUAGE_RUSSIAN, at);
    assert_string_equal(written(), "29 ноября 2026");
    hole_clock(anew(), LANGUAGE_RUSSIAN, at);
    assert_string_equal(written(), "29.11.2026 14:05");
    hole_stamp(anew(), LANGUAGE_RUSSIAN, at + 59 * SECOND_US);
    assert_string_equal(written(), "2026-11-29T14:05:59+03:00");
    // The last instant of a day in Moscow is in that day.
    assert_true(hole_read_clock(SPAN("01.01.2027"), &at));
    hole_clock(anew(), LANGUAGE_RUSSIAN, at - 1);
    assert_string_equal(written(), "31.12.2026 23:59");
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",           "29.11.2026 ",      "29.11.2026 24:00", "29.11.2026 10:60", "32.12.2026",
        "00.12.2026", "30.02.2026",       "29.02.2027",       "1.1.2026",         "01.13.2026",
        "01.00.2026", "29.11.2026T10:00", "29.11.2026 10:0",  "29.11.1999",       "29.11.2200",
        "29/11/2026", "29.11.2026 10:000"};
    instant_t at = 7;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(hole_read_clock(span_of(refused[i]), &at));
    assert_int_equal(at, 7);
    assert_true(hole_read_clock(SPAN("29.02.2028 23:59"), &at));
}

static void nothing_that_is_written_is_markup(void **state)
{
    (void)state;
    hole_text(anew(), LANGUAGE_RUSSIAN, SPAN("<b a='1' c=\"2\">&amp;"));
    assert_string_equal(written(), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;");
    hole_text(anew(), LANGUAGE_RUSSIAN, SPAN("проект 1\nя"));
    assert_string_equal(written(), "проект 1\xef\xbf\xbdя");
    hole_text(anew(), LANGUAGE_RUSSIAN, SPAN("a\xffz\xc3"));
    assert_string_equal(written(), "a\xef\xbf\xbdz\xef\xbf\xbd");
    // Marks that turn what is around them, and C1.
    hole_text(anew(), LANGUAGE_RUSSIAN,
              SPAN("\xe2\x80\xae|\xe2\x81\xa6|\xe2\x80\x8f|\xd8\x9c|\xc2\x85|\xe2\x80\x94"));
    assert_string_equal(written(), "\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|"
                                   "\xef\xbf\xbd|\xe2\x80\x94");
    hole_path(anew(), LANGUAGE_RUSSIAN, SPAN("a/b?c&d\"e"));
    assert_string_equal(written(), "a%2Fb%3Fc%26d%22e");
    hole_route(anew(), LANGUAGE_RUSSIAN, SPAN("//evil.example/A<b>:"));
    assert_string_equal(written(), "evil.example/b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_stand_as_people_write_them),
        cmocka_unit_test(a_minutes_price_has_five_digits),
        cmocka_unit_test(numbers_stand_with_their_nouns),
        cmocka_unit_test(times_are_those_of_moscow),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(nothing_that_is_written_is_markup),
    };
    return cmocka_run_group_tests_name("page_hole", tests, NULL, NULL);
}
