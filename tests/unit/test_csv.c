// CSV as RFC 4180 describes it: its own examples and the borders of them, and what is said of files
// that are none.
#include "tools/command_line/csv.h"
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#define CRLF "\r\n"
#define MARK "\xef\xbb\xbf"

static csv_t csv;

// The records of the text, fields divided by | and records by / .
static const char *shown(const char *text, size_t size)
{
    static char out[512];
    size_t used = 0;
    FILE *file = fmemopen((void *)(uintptr_t)text, size, "r");
    assert_non_null(file);
    csv_init(&csv, file);
    out[0] = '\0';
    while (csv_next(&csv))
        for (size_t i = 0; i < csv.count; i++)
            used += (size_t)snprintf(out + used, sizeof out - used, "%s%s",
                                     i      ? "|"
                                     : used ? "/"
                                            : "",
                                     csv.fields[i]);
    assert_false(csv_next(&csv)); // the end is the end
    fclose(file);
    return out;
}

static void the_examples_of_rfc_4180_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *records;
    } cases[] = {
        {"aaa,bbb,ccc" CRLF "zzz,yyy,xxx" CRLF, "aaa|bbb|ccc/zzz|yyy|xxx"}, // 2.1
        {"aaa,bbb,ccc" CRLF "zzz,yyy,xxx", "aaa|bbb|ccc/zzz|yyy|xxx"},      // 2.2
        {"field_name,field_name,field_name" CRLF "aaa,bbb,ccc" CRLF "zzz,yyy,xxx" CRLF,
         "field_name|field_name|field_name/aaa|bbb|ccc/zzz|yyy|xxx"},              // 2.3
        {"aaa,bbb,ccc", "aaa|bbb|ccc"},                                            // 2.4
        {"\"aaa\",\"bbb\",\"ccc\"" CRLF "zzz,yyy,xxx", "aaa|bbb|ccc/zzz|yyy|xxx"}, // 2.5
        {"\"aaa\",\"b" CRLF "bb\",\"ccc\"" CRLF "zzz,yyy,xxx",
         "aaa|b" CRLF "bb|ccc/zzz|yyy|xxx"},              // 2.6
        {"\"aaa\",\"b\"\"bb\",\"ccc\"", "aaa|b\"bb|ccc"}, // 2.7
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(shown(cases[i].text, strlen(cases[i].text)), cases[i].records);
        assert_null(csv.error);
    }
}

static void what_such_files_also_have_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *records;
    } cases[] = {
        {MARK "a,b" CRLF "c,d" CRLF, "a|b/c|d"},
        {MARK "\"a\",b\n", "a|b"},
        {"a,b\nc,d\n", "a|b/c|d"},
        {"a,b\r", "a|b"}, // cut off between the two
        {"\n\r\n\na,b\n\n\r\nc,d\n\n", "a|b/c|d"},
        {" a ,\" b \"\n", " a | b "}, // blanks are part of a field
        {",\n,\"\"\n", "|/|"},
        {"a,\n,a\n", "a|/|a"},
        {"\"a,b\",c\n", "a,b|c"},
        {"\"\"\"\",\"\"\"a\"\"\"\n", "\"|\"a\""},
        {"\"a\nb\",\"\n\"\n", "a\nb|\n"},
        {"\"a\"", "a"},
        {"привет,мир\n", "привет|мир"},
        {MARK, ""},
        {MARK "\n", ""},
        {"\n", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(shown(cases[i].text, strlen(cases[i].text)), cases[i].records);
        assert_null(csv.error);
    }
}

static void what_is_no_csv_is_refused_with_line_and_field(void **state)
{
    (void)state;
#define TEXT(text) text, sizeof(text) - 1
    static const struct {
        const char *text;
        size_t size;
        uint64_t line;
        size_t field;
        const char *error;
    } cases[] = {
        {TEXT("a,b\"c,d\n"), 1, 2, "a quote inside a field that does not begin with one"},
        {TEXT("a,b\n a,\"b\nc\nd\n"), 2, 2, "a quoted field does not end"},
        {TEXT("\""), 1, 1, "a quoted field does not end"},
        {TEXT("\"a\"b\n"), 1, 1, "text behind a closing quote"},
        {TEXT("\"a\" ,b\n"), 1, 1, "text behind a closing quote"},
        {TEXT("a\rb\n"), 1, 1, "a carriage return inside a line"},
        {TEXT("a\r\r\n"), 1, 1, "a carriage return inside a line"},
        {TEXT("a\n\rb\n"), 2, 1, "a carriage return inside a line"},
        {TEXT("\"a\nb\",c\nd,\"e\n\",\"f"), 3, 3, "a quoted field does not end"},
        {TEXT("\xff\xfe\x61\0,\0b\0"), 1, 1, "a zero byte; expected text in UTF-8 or ASCII"},
        {TEXT("a,\"b\0\"\n"), 1, 2, "a zero byte; expected text in UTF-8 or ASCII"},
        {TEXT("a,\xcf\xeb\xfe\xf1\n"), 1, 2, "bytes that are no UTF-8"},
        {TEXT("a\n\"\xed\xa0\x80\"\n"), 2, 1, "bytes that are no UTF-8"},
        {TEXT("\xef\xbbtext\n"), 1, 1, "half a byte-order mark"},
        {TEXT("a\n" MARK "\"b\"\n"), 2, 1, "a quote inside a field that does not begin with one"},
    };
#undef TEXT
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)shown(cases[i].text, cases[i].size);
        if (!csv.error || strcmp(csv.error, cases[i].error) != 0 || csv.line != cases[i].line ||
            csv.count + 1 != cases[i].field)
            fail_msg("row %zu: line %llu, field %zu: %s", i, (unsigned long long)csv.line,
                     csv.count + 1, csv.error ? csv.error : "no error");
    }
}

static void a_record_of_4095_bytes_and_64_fields_is_the_largest(void **state)
{
    (void)state;
    static char text[CSV_RECORD_MAX + 16];
    memset(text, 'a', sizeof text);
    text[CSV_RECORD_MAX - 1] = '\n';
    FILE *file = fmemopen(text, CSV_RECORD_MAX, "r");
    csv_init(&csv, file);
    assert_true(csv_next(&csv));
    assert_int_equal(strlen(csv.fields[0]), CSV_RECORD_MAX - 1);
    fclose(file);
    text[CSV_RECORD_MAX - 1] = 'a';
    text[CSV_RECORD_MAX] = '\n';
    (void)shown(text, CSV_RECORD_MAX + 1);
    assert_string_equal(csv.error, "the line is longer than 4095 bytes");
    memset(text, ',', sizeof text);
    file = fmemopen(text, CSV_FIELDS_MAX - 1, "r");
    csv_init(&csv, file);
    assert_true(csv_next(&csv));
    assert_int_equal(csv.count, CSV_FIELDS_MAX);
    fclose(file);
    (void)shown(text, CSV_FIELDS_MAX);
    assert_string_equal(csv.error, "more than 64 fields");
}

static const char *semicolons(const char *text)
{
    static char out[256];
    size_t used = 0;
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    assert_non_null(file);
    csv_init(&csv, file);
    csv_take_semicolons(&csv);
    out[0] = '\0';
    while (csv_next(&csv))
        for (size_t i = 0; i < csv.count; i++)
            used += (size_t)snprintf(out + used, sizeof out - used, "%s|", csv.fields[i]);
    fclose(file);
    return out;
}

static void the_first_separator_is_the_files(void **state)
{
    (void)state;
    assert_string_equal(semicolons(MARK "a;b" CRLF "1,5;\"x;y\"" CRLF), "a|b|1,5|x;y|");
    assert_int_equal(csv.separator, ';');
    assert_string_equal(semicolons("a,b\n1;5,2\n"), "a|b|1;5|2|");
    assert_int_equal(csv.separator, ',');
    assert_string_equal(semicolons("\"a;b,c\";d\n"), "a;b,c|d|"); // in quotes it parts nothing
    assert_string_equal(semicolons("one\ntwo\n"), "one|two|");
    assert_int_equal(csv.separator, 0);
    assert_string_equal(semicolons("a;b;\n"), "a|b||");
    assert_string_equal(shown("a;b,c", 5), "a;b|c"); // unless it was asked for, commas alone
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_separator_is_the_files),
        cmocka_unit_test(the_examples_of_rfc_4180_are_read),
        cmocka_unit_test(what_such_files_also_have_is_read),
        cmocka_unit_test(what_is_no_csv_is_refused_with_line_and_field),
        cmocka_unit_test(a_record_of_4095_bytes_and_64_fields_is_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
