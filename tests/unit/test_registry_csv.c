// test_registry_csv - which files are registries of Robokassa, and where others are refused.
#include "tools/kopeck/registry_csv.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define HEADER "date;invoice;kind;state;amount;fee\n"
#define ROW "2026-08-31;17;payment;paid;500.00;19.50\n"

static bool take(registry_csv_t *self, const char *text)
{
    return registry_csv_read(self, text, strlen(text));
}

static day_t day(uint32_t year, uint32_t month, uint32_t number)
{
    day_t found = 0;
    assert_true(day_of(year, month, number, &found));
    return found;
}

static void its_forms_say_the_same_row(void **state)
{
    (void)state;
    static const char *const texts[] = {
        HEADER ROW,
        "\xef\xbb\xbf" HEADER ROW,
        "Сумма;Комиссия;ДАТА;Номер счета;Состояние\r\n"
        "500,000000;19,5;31.08.2026 23:59:59;17;Оплачен\r\n",
        // the same in Windows-1251
        "\xd1\xf3\xec\xec\xe0;\xca\xee\xec\xe8\xf1\xf1\xe8\xff;\xc4\xe0\xf2\xe0;InvId\n"
        "500;19,50;31.08.2026;17\n",
        "fee,amount,date,invoice,who\n\"19,50\",\"500,00\",2026-08-31T10:00:00,17,x\n",
        HEADER "2026-08-31;17;;100; 5\xc2\xa0"
               "00,00 ;19.5\nTOTAL;1;500;;19,50\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        registry_csv_t file = {0};
        print_message("  %zu\n", i);
        assert_true(take(&file, texts[i]));
        assert_int_equal(file.count, 1);
        assert_int_equal(file.rows[0].number, 17);
        assert_int_equal(file.rows[0].amount, 50000);
        assert_int_equal(file.rows[0].fee, 1950);
        assert_true(file.rows[0].has_fee && !file.rows[0].refund);
        assert_int_equal(file.rows[0].state, REGISTRY_DONE);
        assert_int_equal(file.rows[0].day, day(2026, 8, 31));
        assert_int_equal(file.rows[0].line, 2);
        registry_csv_release(&file);
    }
}

static void states_and_kinds_are_words_or_codes(void **state)
{
    (void)state;
    registry_csv_t file = {0};
    assert_true(take(&file, HEADER "2026-08-31;1;refund;finished;5;\n"
                                   "2026-08-31;2;возврат;Возвращен;5;0\n"
                                   "2026-08-31;3;оплата;в обработке;5;\n"
                                   "2026-08-31;4;payment;10;5;\n"
                                   "Итого;4\n"));
    assert_true(file.rows[0].refund && file.rows[1].refund && !file.rows[2].refund);
    assert_false(file.rows[0].has_fee);
    assert_int_equal(file.rows[1].state, REGISTRY_DONE);
    assert_int_equal(file.rows[2].state, REGISTRY_UNDER_WAY);
    assert_int_equal(file.rows[3].state, REGISTRY_NOTHING);
    assert_int_equal(file.totals, 1);
    assert_true(take(&file, HEADER));
    assert_int_equal(file.count, 4);
    assert_int_equal(file.totals, 1);
    registry_csv_release(&file);
}

static void what_is_none_is_refused_whole_by_line_and_column(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "line 1"},
        {"date;invoice\n", "column amount"},
        {"date;amount;Сумма;invoice\n", "column amount: \"twice\""},
        {HEADER ROW "31.09.2026;18;;paid;5;\n", "line 3: column date"},
        {HEADER "2026-08-31T10:00:00+03:00;18;;paid;5;\n", "line 2: column date"},
        {HEADER "2026-08-31 ;18x;;paid;5;\n", "column invoice"},
        {HEADER "2026-08-31;0;;paid;5;\n", "column invoice"},
        {HEADER "2026-08-31;9223372036854775808;;paid;5;\n", "column invoice"},
        {HEADER "2026-08-31;18;gift;paid;5;\n", "column kind"},
        {HEADER "2026-08-31;18;;maybe;5;\n", "column state"},
        {HEADER "2026-08-31;18;;;5;\n", "column state"},
        {HEADER "2026-08-31;18;;paid;0;\n", "column amount"},
        {HEADER "2026-08-31;18;;paid;-5;\n", "column amount"},
        {HEADER "2026-08-31;18;;paid;5.001;\n", "column amount"},
        {HEADER "2026-08-31;18;;paid;5.0000000;\n", "column amount"},
        {HEADER "2026-08-31;18;;paid;1.234,50;\n", "column amount"},
        {HEADER "2026-08-31;18;;paid;5;6\n", "column fee"},
        {HEADER "2026-08-31;18;;paid;5;x\n", "column fee"},
        {HEADER "2026-08-31;18;;paid;5\n", "line 2: another count of fields"},
        {HEADER "2026-08-31;18;;paid;5;;\n", "line 2: another count of fields"},
        {HEADER "2026-08-31;\"18;;paid;5;\n", "line 2: field 2"},
        {HEADER ROW "TOTAL;2\n", "line 3: TOTAL counts"},
        {HEADER ROW "TOTAL;x\n", "line 3: expected TOTAL"},
        {HEADER ROW "TOTAL\n", "line 3: expected TOTAL"},
        {HEADER ROW "TOTAL;1;501\n", "line 3: TOTAL says"},
        {HEADER ROW "TOTAL;1;500;1\n", "line 3: TOTAL says"},
        {HEADER ROW "TOTAL;1;500;;;1\n", "line 3: expected TOTAL"},
        {HEADER ROW "TOTAL;1\n" ROW, "rows behind TOTAL"},
        {"\x98;invoice\n", "line 1: expected UTF-8 or Windows-1251"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        registry_csv_t file = {0};
        assert_true(take(&file, HEADER ROW));
        assert_false(take(&file, cases[i][0]));
        print_message("  %s\n", file.error);
        assert_non_null(strstr(file.error, cases[i][1]));
        assert_int_equal(file.count, 1); // what was read before stays
        registry_csv_release(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_forms_say_the_same_row),
        cmocka_unit_test(states_and_kinds_are_words_or_codes),
        cmocka_unit_test(what_is_none_is_refused_whole_by_line_and_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
