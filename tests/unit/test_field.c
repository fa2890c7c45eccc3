#include "proto/field.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void ids_are_read_in_their_text_form_only(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "00112233-4455-6677-8899-aabbccddeef",
                                      "00112233-4455-6677-8899-aabbccddeeff0",
                                      "00112233445566778899aabbccddeeff",
                                      "00112233-4455-6677-8899_aabbccddeeff",
                                      "0011223g-4455-6677-8899-aabbccddeeff",
                                      "{0112233-4455-6677-8899-aabbccddeef}",
                                      " 0112233-4455-6677-8899-aabbccddeeff"};
    uid_t16 id, untouched = {{9}};
    char text[UID_TEXT_SIZE];
    assert_true(uid_parse("00112233-4455-6677-8899-AABBccddeeff", &id));
    assert_int_equal(id.bytes[15], 0xff);
    uid_format(&id, text);
    assert_string_equal(text, "00112233-4455-6677-8899-aabbccddeeff");
    id = untouched;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(uid_parse(bad[i], &id));
    assert_true(uid_equal(&id, &untouched));
}

static void times_are_read_and_written_as_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        instant_t at;
        const char *written;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000000Z"},
        {"2026-01-01", INT64_C(1767214800000000), "2025-12-31T21:00:00.000000Z"},
        {"2026-01-01 03:00:00", INT64_C(1767225600000000), "2026-01-01T00:00:00.000000Z"},
        {"2026-01-01T03:00", INT64_C(1767225600000000), "2026-01-01T00:00:00.000000Z"},
        {"2026-01-01T00:00Z", INT64_C(1767225600000000), "2026-01-01T00:00:00.000000Z"},
        {"2026-01-01T03:00:00.5", INT64_C(1767225600500000), "2026-01-01T00:00:00.500000Z"},
        {"2026-01-01 03:00:00+03:00", INT64_C(1767225600000000), "2026-01-01T00:00:00.000000Z"},
        {"2026-01-01T00:00:00.000001Z", INT64_C(1767225600000001), "2026-01-01T00:00:00.000001Z"},
        {"2024-02-29", INT64_C(1709154000000000), "2024-02-28T21:00:00.000000Z"},
        {"2026-01-01T00:00:00.5Z", INT64_C(1767225600500000), "2026-01-01T00:00:00.500000Z"},
        {"2025-12-31T22:30:00-01:30", INT64_C(1767225600000000), "2026-01-01T00:00:00.000000Z"},
        {"2026-01-01T03:00:00.5+03:00", INT64_C(1767225600500000), "2026-01-01T00:00:00.500000Z"},
        {"1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999999Z"},
    };
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-01-01T",
                                      "2026-01-01T00",
                                      "2026-01-01T00:",
                                      "2026-01-01T00:00:",
                                      "2026-01-01T00:00x",
                                      "2026-01-01T00:00:00z",
                                      "2026-01-01T00:00:00+0300",
                                      "2026-01-01T00:00:00+25:00",
                                      "2026-01-01T00:00:00+03:60",
                                      "2026-01-01T00:00:00+03:00x",
                                      "2026-01-01T00:00:00+3:00",
                                      "2026-01-01T00:00:00-03",
                                      "2026-01-01x00:00:00Z",
                                      "2026-01-01T00:00:00Z ",
                                      "2026-02-30",
                                      "2026-02-29T12:00:00Z",
                                      "2026-04-31T00:00:00+03:00",
                                      "2026-01-01T00:00:60Z",
                                      "yesterday"};
    char text[TIME_TEXT_SIZE];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        instant_t at;
        assert_true(time_parse(good[i].text, &at));
        assert_true(at == good[i].at);
        time_format(at, text);
        assert_string_equal(text, good[i].written);
    }
    instant_t at = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (time_parse(bad[i], &at))
            fail_msg("`%s` was read", bad[i]);
    assert_int_equal(at, 7);
    time_format(INT64_MAX, text); // beyond what a date can say, and no crash
    time_format(INT64_MIN, text);
    time_format_moscow(INT64_MAX, text);
    time_format_moscow(INT64_MIN, text);
}

// A posting of 1 April at 01:00 in Moscow is one of April: UTC's 1 April begins two hours later.
static void a_date_is_a_day_of_moscow(void **state)
{
    (void)state;
    static const char *const zones[] = {"", "+03:00"};
    for (size_t i = 0; i < 2; i++) {
        char text[TIME_TEXT_SIZE];
        instant_t day, posted, before;
        assert_true(time_parse("2026-04-01", &day));
        snprintf(text, sizeof text, "2026-04-01T01:00:00%s", zones[i]);
        assert_true(time_parse(text, &posted));
        snprintf(text, sizeof text, "2026-03-31T23:59:59.999999%s", zones[i]);
        assert_true(time_parse(text, &before));
        assert_true(posted - day == HOUR_US);
        assert_true(day - before == 1);
        time_format_moscow(day, text);
        assert_string_equal(text, "2026-04-01T00:00:00.000000+03:00");
        assert_true(time_parse(text, &posted) && posted == day);
    }
}

static char *shown(field_type_t type, const void *value, bool json)
{
    field_t field = {"name", "meaning", type, 0, CODES_NONE};
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    (json ? field_json : field_print)(&field, value, out);
    fclose(out);
    return text;
}

static void check(field_type_t type, const void *value, const char *json, const char *print)
{
    char *text = shown(type, value, true);
    assert_string_equal(text, json);
    free(text);
    text = shown(type, value, false);
    assert_string_equal(text, print);
    free(text);
}

static void values_are_shown_for_people_and_as_json(void **state)
{
    (void)state;
    check(FIELD_TYPE_money, &(kopecks_t){1234}, "1234", "12.34");
    check(FIELD_TYPE_money, &(kopecks_t){-5}, "-5", "-0.05");
    check(FIELD_TYPE_money, &(kopecks_t){INT64_MIN}, "-9223372036854775808",
          "-92233720368547758.08");
    check(FIELD_TYPE_u64, &(uint64_t){UINT64_MAX}, "18446744073709551615", "18446744073709551615");
    // JavaScript and jq make ...000 of the last three digits of a bare one.
    check(FIELD_TYPE_id64, &(uint64_t){1767225600000000320}, "\"1767225600000000320\"",
          "1767225600000000320");
    check(FIELD_TYPE_code, &(uint64_t){UINT64_MAX}, "18446744073709551615", "18446744073709551615");
    check(FIELD_TYPE_i64, &(int64_t){INT64_MIN}, "-9223372036854775808", "-9223372036854775808");
    check(FIELD_TYPE_flag, &(bool){true}, "true", "true");
    check(FIELD_TYPE_time, &(instant_t){0}, "0", "1970-01-01T03:00:00.000000+03:00");
    check(FIELD_TYPE_bytes, &(bytes_t){(const uint8_t *)"\x00\xff", 2}, "\"00ff\"", "00ff");
    check(FIELD_TYPE_bytes, &(bytes_t){0}, "\"\"", "");
    text_t text = text_of("a\"b\\c\n\t\x01\x1f");
    check(FIELD_TYPE_text, &text, "\"a\\\"b\\\\c\\u000a\\u0009\\u0001\\u001f\"",
          "\"a\\\"b\\\\c\\u000a\\u0009\\u0001\\u001f\"");
    text = text_of("рубль ₽");
    check(FIELD_TYPE_text, &text, "\"рубль ₽\"", "\"рубль ₽\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_read_in_their_text_form_only),
        cmocka_unit_test(times_are_read_and_written_as_rfc_3339),
        cmocka_unit_test(a_date_is_a_day_of_moscow),
        cmocka_unit_test(values_are_shown_for_people_and_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
