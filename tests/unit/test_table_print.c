// Tables: what aligns on a terminal, and what a program reads.
#include "tools/kopeck/table_print.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void widths_are_those_of_a_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t width;
    } rows[] = {{"", 0},
                {"abc", 3},
                {"Начальный Плюс", 14},
                {"₽", 1},
                {"日本", 4},
                {"e\u0301", 1}, // a combining accent takes no column
                {"\xd0", 1},    // half of a letter
                {"a\xff\xfe"
                 "b",
                 4}, // no UTF-8 at all
                {"й", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(table_print_width(rows[i].text), rows[i].width);
}

static const column_t columns[] = {
    {"name", "имя", false}, {"amount", "сумма", true}, {"note", "note", false}};

// Prints two rows; the caller frees.
static char *print(table_shape_t shape, bool json, size_t rows)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    table_print_t *table = table_print_new(columns, 3, shape, json, out);
    for (size_t i = 0; i < rows; i++) {
        table_print_text(table, i ? "Ультра" : "a \"b\"\n");
        table_print_money(table, i ? -123456 : 5);
        i ? table_print_none(table) : table_print_flag(table, true);
    }
    table_print_destroy(&table);
    fclose(out);
    return text;
}

static void tables_records_and_json_say_the_same(void **state)
{
    (void)state;
    static const struct {
        table_shape_t shape;
        bool json;
        size_t rows;
        const char *expected;
    } cases[] = {
        {TABLE_ROWS, false, 2,
         "имя        сумма  note\n"
         "a \"b\"?      0.05  yes\n"
         "Ультра  -1234.56  -\n"},
        {TABLE_ROWS, false, 0, "имя  сумма  note\n"},
        {TABLE_RECORD, false, 1, "имя    a \"b\"?\nсумма  0.05\nnote   yes\n"},
        {TABLE_ROWS, true, 2,
         "[\n{\"name\":\"a \\\"b\\\"\\u000a\",\"amount\":5,\"note\":true},\n"
         "{\"name\":\"Ультра\",\"amount\":-123456,\"note\":null}\n]\n"},
        {TABLE_ROWS, true, 0, "[]\n"},
        {TABLE_RECORD, true, 1, "{\"name\":\"a \\\"b\\\"\\u000a\",\"amount\":5,\"note\":true}\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = print(cases[i].shape, cases[i].json, cases[i].rows);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
}

static void a_page_that_is_full_is_printed_and_the_next_aligns_with_it(void **state)
{
    (void)state;
    char *text = print(TABLE_ROWS, false, TABLE_PAGE_ROWS + 2);
    size_t lines = 0;
    const char *last = text;
    for (const char *c = text; *c; c++)
        if (*c == '\n') {
            lines++;
            if (c[1])
                last = c + 1;
        }
    assert_int_equal(lines, TABLE_PAGE_ROWS + 3); // one heading
    assert_string_equal(last, "Ультра  -1234.56  -\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_are_those_of_a_terminal),
        cmocka_unit_test(tables_records_and_json_say_the_same),
        cmocka_unit_test(a_page_that_is_full_is_printed_and_the_next_aligns_with_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
