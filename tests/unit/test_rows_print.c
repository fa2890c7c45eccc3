// Rows for other programs: what a strict reader of CSV, a Russian Excel and a reader of JSON get.
#include "tools/kopeck/rows_print.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char *const columns[] = {"text", "number", "money", "time", "id", "none"};

static void expect(rows_format_t format, const char *text, uint64_t number, kopecks_t money,
                   const char *expected)
{
    char *out_text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&out_text, &size);
    assert_non_null(out);
    static const uid_t16 id = {{0xab}};
    rows_print_t rows = rows_print_begin(columns, 6, format, out);
    rows_print_text(&rows, text);
    rows_print_number(&rows, number);
    rows_print_money(&rows, money);
    rows_print_time(&rows, 0);
    rows_print_uid(&rows, &id);
    rows_print_none(&rows);
    fclose(out);
    assert_string_equal(out_text, expected);
    free(out_text);
}

#define ID "ab000000-0000-0000-0000-000000000000"
#define TIME "1970-01-01T03:00:00.000000+03:00"
#define HEADER "text,number,money,time,id,none\r\n"
#define EXCEL "\xef\xbb\xbftext;number;money;time;id;none\r\n"
#define REST TIME "," ID ",\r\n"
#define EXCEL_REST TIME ";" ID ";\r\n"
#define JSON_REST "\"time\":\"" TIME "\",\"id\":\"" ID "\",\"none\":null}\n"

static void csv_is_that_of_rfc_4180(void **state)
{
    (void)state;
    expect(ROWS_CSV, "сумма", 7, 5, HEADER "сумма,7,0.05," REST);
    expect(ROWS_CSV, "a,b \"c\"\nd", UINT64_MAX, -123456,
           HEADER "\"a,b \"\"c\"\"\nd\",18446744073709551615,-1234.56," REST);
    expect(ROWS_CSV, "=1+1", 0, INT64_MIN, HEADER "=1+1,0,-92233720368547758.08," REST);
}

static void excel_shows_what_was_meant(void **state)
{
    (void)state;
    expect(ROWS_EXCEL, "a;b", 7, 2250, EXCEL "\"a;b\";7;22,50;" EXCEL_REST);
    expect(ROWS_EXCEL, "a,b", 99999999999, -5, EXCEL "a,b;99999999999;-0,05;" EXCEL_REST);
    // digits are kept, and nothing is run
    expect(ROWS_EXCEL, "=SUM(A1)", 100000000000, 0,
           EXCEL "\"'=SUM(A1)\";\"=\"\"100000000000\"\"\";0,00;" EXCEL_REST);
    static const char *const formulas[] = {"+1", "-1", "@x", "\tx"};
    for (size_t i = 0; i < 4; i++) {
        char expected[256];
        snprintf(expected, sizeof expected, EXCEL "\"'%s\";0;0,00;" EXCEL_REST, formulas[i]);
        expect(ROWS_EXCEL, formulas[i], 0, 0, expected);
    }
    expect(ROWS_EXCEL, "", 0, 0, EXCEL ";0;0,00;" EXCEL_REST);
}

static void json_lines_have_one_type_a_column(void **state)
{
    (void)state;
    expect(ROWS_JSONL, "a\"\n", 7, -5,
           "{\"text\":\"a\\\"\\u000a\",\"number\":7,\"money\":-5," JSON_REST);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    static const char *const column[] = {"payment"};
    rows_print_t rows = rows_print_begin(column, 1, ROWS_JSONL, out);
    rows_print_id64(&rows, 7);
    rows_print_id64(&rows, UINT64_MAX);
    fclose(out);
    assert_string_equal(text, "{\"payment\":\"7\"}\n{\"payment\":\"18446744073709551615\"}\n");
    free(text);
}

static void formats_have_names(void **state)
{
    (void)state;
    rows_format_t format = ROWS_CSV;
    assert_true(rows_format_read("csv", &format) && format == ROWS_CSV);
    assert_true(rows_format_read("excel", &format) && format == ROWS_EXCEL);
    assert_true(rows_format_read("jsonl", &format) && format == ROWS_JSONL);
    assert_false(rows_format_read("xlsx", &format));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_is_that_of_rfc_4180),
        cmocka_unit_test(excel_shows_what_was_meant),
        cmocka_unit_test(json_lines_have_one_type_a_column),
        cmocka_unit_test(formats_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
