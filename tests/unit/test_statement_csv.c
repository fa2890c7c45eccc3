// test_statement_csv - statements as CSV of our own: columns in any order, a last row that must be
// there and agree.
#include "statement_words.h"
#include "services/documents/statement_csv.h"

#define COLUMNS                                                                                    \
    "date;number;amount;direction;own_account;payer_inn;payer_account;payer_name;purpose\n"
#define ROW(amount)                                                                                \
    "01.09.2026;7;" amount ";in;" OWN_A ";9999234565;" PAYER ";ООО;счет 26000000013\n"

static void rows_are_documents(void **state)
{
    (void)state;
    statement_t statement;
    assert_true(read_text(&statement,
                          "\xef\xbb\xbf" COLUMNS "2026-09-01;0017;1 000,50;IN;" OWN_A
                          ";9999234565;" PAYER ";\"ООО \"\"Роза; ветров\"\"\";\"две\r\nстроки\"\r\n"
                          "01.09.2026;8;5;out;" OWN_B ";0;;;комиссия\n\n"
                          "02.09.2026;9;1.5;in;" OWN_A ";;" OWN_B ";;свои\n"
                          "TOTAL;3;1002;5,00;;\n"));
    const statement_document_t *document = statement.documents;
    assert_int_equal(statement.documents_count, 3);
    assert_int_equal(statement.format, STATEMENT_CSV);
    assert_span(document[0].number, "0017");
    assert_int_equal(document[0].amount, 100050);
    assert_span(document[0].payer.name, "ООО \"Роза; ветров\"");
    assert_span(document[0].plain, "две строки");
    assert_span(document[0].payer.inn, "9999234565");
    assert_span(document[0].own_account, OWN_A);
    assert_int_equal(document[0].direction, DIRECTION_IN);
    assert_int_equal(document[1].direction, DIRECTION_OUT);
    assert_int_equal(document[1].payer.inn.size, 0);
    assert_span(document[1].own_account, OWN_B);
    assert_int_equal(document[2].direction, DIRECTION_OWN);
    assert_int_equal(document[2].line, 6);
    statement_release(&statement);
}

static void columns_may_stand_in_any_order_among_others(void **state)
{
    (void)state;
    statement_t statement;
    assert_true(read_text(&statement,
                          "PURPOSE;extra;payer_name;payer_account;payer_inn;own_account;direction;"
                          "amount;number;date\n"
                          "счет;x;ООО;" PAYER ";12;" OWN_A ";in;5;7;01.09.2026\nTOTAL;1;5;"));
    assert_span(statement.documents[0].purpose, "счет");
    assert_int_equal(statement.documents[0].payer.inn.size, 0);
    statement_release(&statement);
}

static void windows_1251_is_read_too(void **state)
{
    (void)state;
    static const char text[] = COLUMNS "01.09.2026;7;5;in;" OWN_A ";;;\xce\xce\xce;\nTOTAL;1;5;0\n";
    statement_t statement;
    assert_true(read_text(&statement, text));
    assert_int_equal(statement.encoding, STATEMENT_WINDOWS_1251);
    assert_span(statement.documents[0].payer.name, "ООО");
    statement_release(&statement);
}

static void what_does_not_hold_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        statement_refusal_t refusal;
        const char *text;
    } cases[] = {
        {STATEMENT_UNFINISHED, COLUMNS ROW("5")},
        {STATEMENT_UNFINISHED, COLUMNS},
        {STATEMENT_UNFINISHED, COLUMNS "\"01.09.2026"},
        {STATEMENT_UNFINISHED, COLUMNS ROW("5") "TOTAL;1;5;0\n\"x"},
        {STATEMENT_UNFINISHED, "\"own_account;"},
        {STATEMENT_TOTALS, COLUMNS ROW("5") "TOTAL;2;5;0\n"},
        {STATEMENT_TOTALS, COLUMNS ROW("5") "TOTAL;1;5.01;0\n"},
        {STATEMENT_TOTALS, COLUMNS ROW("5") "TOTAL;1;5;0.01\n"},
        {STATEMENT_TOTALS, COLUMNS ROW("5") "TOTAL;1a;5;0\n"},
        {STATEMENT_TOTALS, COLUMNS ROW("5") "TOTAL;;5;0\n"},
        {STATEMENT_TOTALS, COLUMNS ROW("5") "TOTAL;18446744073709551617;5;0\n"},
        {STATEMENT_AMOUNT, COLUMNS ROW("5") "TOTAL;1;x;0\n"},
        {STATEMENT_AMOUNT, COLUMNS ROW("5") "TOTAL;1;5;x\n"},
        {STATEMENT_AMOUNT, COLUMNS ROW("5") "TOTAL;1;5\n"},
        {STATEMENT_FORMAT, COLUMNS ROW("5") "TOTAL;1;5;0;x\n"},
        {STATEMENT_FORMAT, COLUMNS ROW("5") "TOTAL;1;5;0\n" ROW("5")},
        {STATEMENT_FORMAT, COLUMNS "01.09.2026;7;5;in\nTOTAL;1;5;0\n"},
        {STATEMENT_FORMAT, COLUMNS "01.09.2026;7;5;to;" OWN_A ";;;;\nTOTAL;1;5;0\n"},
        {STATEMENT_FORMAT, COLUMNS "\"01.09.2026\"x;7;5;to;" OWN_A ";;;;\n"},
        {STATEMENT_FORMAT, "date;own_account\n"},
        {STATEMENT_REPEATED_KEY, "date;own_account;date\n"},
        {STATEMENT_AMOUNT, COLUMNS ROW("1.005") "TOTAL;1;5;0\n"},
        {STATEMENT_AMOUNT, COLUMNS ROW("0") "TOTAL;1;0;0\n"},
        {STATEMENT_DATE, COLUMNS "31.02.2026;7;5;in;" OWN_A ";;;;\nTOTAL;1;5;0\n"},
        {STATEMENT_NOT_OUR_ACCOUNT, COLUMNS "01.09.2026;7;5;in;;;;;\nTOTAL;1;5;0\n"},
        {STATEMENT_NOT_OUR_ACCOUNT, COLUMNS "01.09.2026;7;5;in;" PAYER ";;;;\nTOTAL;1;5;0\n"},
        {STATEMENT_TOO_LARGE, COLUMNS ";;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;\n"},
        {STATEMENT_FORMAT, "own_account"},
        {STATEMENT_FORMAT, "a;b;c\nown_account\n"},
        {STATEMENT_FORMAT, ""},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("  %zu: %s\n", i, statement_refusal_name(cases[i].refusal));
        assert_int_equal(refusal_of(cases[i].text, true), cases[i].refusal);
    }
}

static void its_totals_stand_for_those_of_sections(void **state)
{
    (void)state;
    assert_int_equal(refusal_of(COLUMNS ROW("5") "TOTAL;1;5;0\n", false), STATEMENT_ACCEPTED);
    assert_int_equal(refusal_of(COLUMNS "TOTAL;0;;\n", false), STATEMENT_ACCEPTED);
}

static void more_accounts_than_there_is_room_for_are_refused(void **state)
{
    (void)state;
    static char text[16384];
    size_t size = (size_t)snprintf(text, sizeof text, "%s", COLUMNS);
    for (int i = 0; i <= STATEMENT_ACCOUNTS_MAX; i++)
        size += (size_t)snprintf(text + size, sizeof text - size,
                                 "01.09.2026;7;5;in;407028107000000%05d;;;;\n", i);
    assert_int_equal(refusal_of(text, true), STATEMENT_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_documents),
        cmocka_unit_test(columns_may_stand_in_any_order_among_others),
        cmocka_unit_test(windows_1251_is_read_too),
        cmocka_unit_test(what_does_not_hold_is_refused_by_name),
        cmocka_unit_test(its_totals_stand_for_those_of_sections),
        cmocka_unit_test(more_accounts_than_there_is_room_for_are_refused),
    };
    return cmocka_run_group_tests_name("statement_csv", tests, NULL, NULL);
}
