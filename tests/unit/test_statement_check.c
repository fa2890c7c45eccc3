// test_statement_check - what is true of a statement as a whole: whose money moved which way, when,
// that totals are those of the documents, and which of equal documents is which.
#include "services/documents/statement_check.h"
#include "statement_words.h"

#define DAY_1 "01.09.2026"
#define SECTION_A(opening, in, out, closing)                                                       \
    SECTION_OF(OWN_A, DAY_1, DAY_1, opening, in, out, closing)

static void the_own_account_decides_the_direction(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        direction_t direction;
        const char *own;
        int booked; // of September
    } cases[] = {
        {DOCUMENT_OF("1", DAY_1, "5", PAYER, OWN_A, "ДатаСписано=13.09.2026\n"), DIRECTION_IN,
         OWN_A, 13},
        {DOCUMENT_OF("1", DAY_1, "5", PAYER, OWN_A,
                     "ДатаСписано=13.09.2026\nДатаПоступило=14.09.2026\n"),
         DIRECTION_IN, OWN_A, 14},
        {DOCUMENT_OF("1", DAY_1, "5", OWN_B, PAYER,
                     "ДатаСписано=13.09.2026\nДатаПоступило=14.09.2026\n"),
         DIRECTION_OUT, OWN_B, 13},
        {DOCUMENT_OF("1", DAY_1, "5", OWN_B, PAYER, "ДатаПоступило=14.09.2026\n"), DIRECTION_OUT,
         OWN_B, 14},
        {DOCUMENT_OF("1", DAY_1, "5", OWN_B, OWN_A, "ДатаПоступило=14.09.2026\n"), DIRECTION_OWN,
         OWN_B, 14},
        {DOCUMENT_OF("1", DAY_1, "5", PAYER, "", "ПолучательРасчСчет=" OWN_A "\n"), DIRECTION_IN,
         OWN_A, 1},
        {DOCUMENT_OF("1", DAY_1, "5", PAYER, "30101810100000000403",
                     "ПолучательРасчСчет=" OWN_A "\n"),
         DIRECTION_IN, OWN_A, 1},
        {DOCUMENT_OF("1", DAY_1, "5", "", OWN_A, "ПлательщикРасчСчет=" PAYER "\n"), DIRECTION_IN,
         OWN_A, 1},
        {DOCUMENT_OF("1", DAY_1, "5", "", OWN_A, ""), DIRECTION_IN, OWN_A, 1},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        statement_t statement;
        char text[4096];
        day_t day;
        print_message("  %zu\n", i);
        snprintf(text, sizeof text, HEAD "%s" TAIL, cases[i].text);
        assert_true(read_text(&statement, text));
        assert_int_equal(statement.documents[0].direction, cases[i].direction);
        assert_span(statement.documents[0].own_account, cases[i].own);
        assert_true(day_of(2026, 9, (uint32_t)cases[i].booked, &day));
        assert_int_equal(statement.documents[0].booked, day);
        statement_release(&statement);
    }
    assert_string_equal(direction_name(DIRECTION_OWN), "own");
}

static void an_account_that_is_not_ours_refuses_the_file(void **state)
{
    (void)state;
    static const char *const files[] = {
        HEAD "РасчСчет=" PAYER "\n" INCOME("1", "5", "") TAIL,
        HEAD "РасчСчет=" OWN_A "\nРасчСчет=" PAYER "\n" TAIL,
        HEAD SECTION_OF(PAYER, DAY_1, DAY_1, "0", "0", "0", "0") TAIL,
        HEAD DOCUMENT_OF("1", DAY_1, "5", PAYER, PAYER, "") TAIL,
        HEAD DOCUMENT_OF("1", DAY_1, "5", "", "", "") TAIL,
    };
    for (size_t i = 0; i < LENGTH(files); i++)
        assert_int_equal(refusal_of(files[i], true), STATEMENT_NOT_OUR_ACCOUNT);
}

static void without_own_accounts_those_of_the_file_are_taken(void **state)
{
    (void)state;
    static const char text[] =
        HEAD SECTION_OF(PAYER, DAY_1, DAY_1, "", "", "5", "-5") INCOME("1", "5", "") TAIL;
    static const char nothing[] = HEAD INCOME("1", "5", "") TAIL;
    const statement_terms_t terms = {.today = 30000};
    statement_t statement;
    assert_true(statement_read(&statement, text, sizeof text - 1, &terms));
    assert_int_equal(statement.documents[0].direction, DIRECTION_OUT);
    statement_release(&statement);
    assert_false(statement_read(&statement, nothing, sizeof nothing - 1, &terms));
    assert_int_equal(statement.refusal, STATEMENT_NOT_OUR_ACCOUNT);
    statement_release(&statement);
}

static void totals_must_be_those_of_the_documents(void **state)
{
    (void)state;
    static const struct {
        statement_refusal_t refusal;
        const char *text;
    } cases[] = {
        {STATEMENT_ACCEPTED, SECTION_A("10", "5", "0", "15") INCOME("1", "5", "")},
        {STATEMENT_ACCEPTED, SECTION_A("", "5", "", "5") INCOME("1", "5", "")},
        {STATEMENT_ACCEPTED, SECTION_A("-10", "5", "0", "-5") INCOME("1", "5", "")},
        {STATEMENT_ACCEPTED, SECTION_A("0", "0", "0", "0")},
        {STATEMENT_TOTALS, SECTION_A("10", "6", "0", "15") INCOME("1", "5", "")},
        {STATEMENT_TOTALS, SECTION_A("10", "5", "1", "15") INCOME("1", "5", "")},
        {STATEMENT_TOTALS, SECTION_A("10", "5", "0", "16") INCOME("1", "5", "")},
        {STATEMENT_TOTALS, SECTION_A("0", "0", "0", "1")},
        // a section said twice, and one within another, are each compared
        {STATEMENT_ACCEPTED,
         SECTION_A("10", "5", "0", "15") SECTION_A("10", "5", "0", "15") INCOME("1", "5", "")},
        {STATEMENT_TOTALS,
         SECTION_A("10", "5", "0", "15") SECTION_A("10", "0", "0", "10") INCOME("1", "5", "")},
        // both sides of an own transfer
        {STATEMENT_ACCEPTED,
         SECTION_A("10", "0", "5", "5") SECTION_OF(OWN_B, DAY_1, DAY_1, "0", "5", "0", "5")
             DOCUMENT_OF("1", DAY_1, "5", OWN_A, OWN_B, "")},
        {STATEMENT_TOTALS,
         SECTION_A("10", "0", "5", "5") SECTION_OF(OWN_B, DAY_1, DAY_1, "0", "0", "0", "0")
             DOCUMENT_OF("1", DAY_1, "5", OWN_A, OWN_B, "")},
        // the file is about one of the two alone
        {STATEMENT_ACCEPTED,
         SECTION_A("10", "0", "5", "5") DOCUMENT_OF("1", DAY_1, "5", OWN_A, OWN_B, "")},
        // sums that leave int64: 93 x 10^12 rubles
        {STATEMENT_TOTALS, SECTION_A("1000000000000", "1000000000000", "0", "1")},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char text[8192];
        print_message("  %zu\n", i);
        snprintf(text, sizeof text, HEAD "%s" TAIL, cases[i].text);
        assert_int_equal(refusal_of(text, false), cases[i].refusal);
    }
}

static void a_refused_total_names_the_section_and_both_sums(void **state)
{
    (void)state;
    statement_t statement;
    assert_false(read_text(&statement, HEAD SECTION_A("0", "140001", "0", "140000")
                                           INCOME("1", "140000", "") TAIL));
    assert_non_null(strstr(statement.refusal_text, "2026-09-01..2026-09-01"));
    assert_non_null(strstr(statement.refusal_text, OWN_A));
    assert_non_null(strstr(statement.refusal_text, "14000100"));
    assert_non_null(strstr(statement.refusal_text, "14000000"));
    assert_int_equal(statement.refusal_line, 5);
    statement_release(&statement);
}

#define BARE(keys)                                                                                 \
    "СекцияРасчСчет\nДатаНачала=01.09.2026\nДатаКонца=01.09.2026\nРасчСчет=" OWN_A "\n" keys       \
    "КонецРасчСчет\n"

static void a_total_that_is_missing_is_what_the_balances_leave(void **state)
{
    (void)state;
    static const struct {
        statement_refusal_t refusal;
        const char *text;
    } cases[] = {
        {STATEMENT_ACCEPTED, BARE("НачальныйОстаток=1\nВсегоПоступило=5\nКонечныйОстаток=6\n")},
        {STATEMENT_TOTALS, BARE("НачальныйОстаток=1\nВсегоПоступило=5\nКонечныйОстаток=5\n")},
        {STATEMENT_ACCEPTED, BARE("НачальныйОстаток=1\nВсегоСписано=0\nКонечныйОстаток=6\n")},
        {STATEMENT_TOTALS, BARE("НачальныйОстаток=1\nВсегоСписано=1\nКонечныйОстаток=6\n")},
        {STATEMENT_ACCEPTED, BARE("ВсегоПоступило=5\nВсегоСписано=0\n")},
        {STATEMENT_ACCEPTED, BARE("ВсегоПоступило=5\nВсегоСписано=0\nНачальныйОстаток=9\n")},
        {STATEMENT_NO_TOTALS, BARE("ВсегоПоступило=5\n")},
        {STATEMENT_NO_TOTALS, BARE("ВсегоПоступило=5\nКонечныйОстаток=5\n")},
        {STATEMENT_NO_TOTALS, BARE("НачальныйОстаток=1\nКонечныйОстаток=6\n")},
        {STATEMENT_TOTALS, BARE("НачальныйОстаток=1\nКонечныйОстаток=7\n")},
        {STATEMENT_NO_TOTALS, BARE("")},
        {STATEMENT_NO_TOTALS, ""},
        {STATEMENT_NO_TOTALS, SECTION_OF(OWN_A, "02.09.2026", "03.09.2026", "0", "0", "0", "0")},
        {STATEMENT_NO_TOTALS, SECTION_OF(OWN_B, DAY_1, DAY_1, "0", "0", "0", "0")},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char text[4096];
        print_message("  %zu\n", i);
        snprintf(text, sizeof text, HEAD "%s" INCOME("1", "5", "") TAIL, cases[i].text);
        assert_int_equal(refusal_of(text, false), cases[i].refusal);
        if (cases[i].refusal == STATEMENT_NO_TOTALS)
            assert_int_equal(refusal_of(text, true), STATEMENT_ACCEPTED);
    }
}

static void an_operators_word_is_a_warning_of_the_file(void **state)
{
    (void)state;
    statement_t statement;
    assert_true(read_text(&statement, HEAD INCOME("1", "5", "") INCOME("2", "5", "") TAIL));
    assert_int_equal(statement.warnings_count, 1);
    assert_true(has_warning(&statement, WARN_NO_TOTALS));
    statement_release(&statement);
    // one side of an own transfer that the file is about, too
    assert_int_equal(refusal_of(HEAD "РасчСчет=" OWN_B "\n" SECTION_A("10", "0", "5", "5")
                                    DOCUMENT_OF("1", DAY_1, "5", OWN_A, OWN_B, "") TAIL,
                                false),
                     STATEMENT_NO_TOTALS);
}

static void a_gap_between_sections_is_a_warning(void **state)
{
    (void)state;
    statement_t statement;
    assert_true(read_text(&statement,
                          HEAD SECTION_A("0", "0", "0", "0")
                              SECTION_OF(OWN_A, "02.09.2026", "02.09.2026", "1", "0", "0", "1")
                                  SECTION_OF(OWN_B, DAY_1, DAY_1, "7", "0", "0", "7") SECTION_OF(
                                      OWN_B, "02.09.2026", "03.09.2026", "7", "0", "0", "7") TAIL));
    assert_int_equal(statement.warnings_count, 1);
    assert_true(has_warning(&statement, WARN_GAP));
    statement_release(&statement);
}

static void days_that_are_not_over_are_told_apart(void **state)
{
    (void)state;
    statement_t statement;
    assert_true(read_text(
        &statement, "1CClientBankExchange\nВерсияФормата=1.03\nДатаСоздания=02.09.2026\n" INCOME(
                        "1", "5", "") INCOME("2", "5", "ДатаПоступило=02.09.2026\n") TAIL));
    assert_true(statement.documents[0].closed);
    assert_false(statement.documents[1].closed);
    assert_true(has_warning(&statement, WARN_NOT_CLOSED));
    statement_release(&statement);
    // without it the clock counts, here 29.11.2026
    assert_true(read_text(&statement, "1CClientBankExchange\nВерсияФормата=1.03\n" INCOME(
                                          "1", "5", "ДатаПоступило=28.11.2026\n")
                                          INCOME("2", "5", "ДатаПоступило=29.11.2026\n") TAIL));
    assert_true(statement.documents[0].closed);
    assert_false(statement.documents[1].closed);
    statement_release(&statement);
}

static void equal_documents_are_numbered_and_others_are_not_equal(void **state)
{
    (void)state;
    statement_t statement;
    assert_true(read_text(&statement,
                          HEAD INCOME("1", "5", "НазначениеПлатежа=за  услуги\n")
                              INCOME("1", "5.00", "НазначениеПлатежа=за услуги\nПлательщикКПП=1\n")
                                  INCOME("01", "5", "НазначениеПлатежа=за услуги\n")
                                      INCOME("1", "5.01", "НазначениеПлатежа=за услуги\n")
                                          INCOME("1", "5", "НазначениеПлатежа=За услуги\n")
                                              INCOME("1", "5",
                                                     "НазначениеПлатежа=за услуги\n"
                                                     "ДатаПоступило=02.09.2026\n")
                                                  INCOME("1", "5", "НазначениеПлатежа=за услуги\n")
                                                      TAIL));
    static const uint32_t ordinals[] = {0, 1, 0, 0, 0, 0, 2};
    for (size_t i = 0; i < LENGTH(ordinals); i++)
        assert_int_equal(statement.documents[i].ordinal, ordinals[i]);
    statement_release(&statement);
}

static void an_identity_is_of_seven_fields_and_the_ordinal(void **state)
{
    (void)state;
    const statement_document_t base = {.own_account = SPAN(OWN_A),
                                       .booked = 20000,
                                       .number = SPAN("1"),
                                       .amount = 500,
                                       .payer = {.inn = SPAN("9999234565"), .account = SPAN(PAYER)},
                                       .plain = SPAN("за услуги")};
    statement_document_t others[8] = {base, base, base, base, base, base, base, base};
    others[0].own_account = SPAN(OWN_B);
    others[1].booked = 20001;
    others[2].number = SPAN("2");
    others[3].amount = 501;
    others[4].payer.inn = (span_t){NULL, 0};
    others[5].payer.account = SPAN(OWN_B);
    others[6].plain = SPAN("за услугу");
    others[7].ordinal = 1;
    uint8_t digest[DIGEST_SHA256_SIZE], alike[DIGEST_SHA256_SIZE], other[DIGEST_SHA256_SIZE];
    statement_identity(&base, IDENTITY_WHOLE, digest);
    statement_identity(&base, IDENTITY_ALIKE, alike);
    for (size_t i = 0; i < 8; i++) {
        statement_identity(&others[i], IDENTITY_WHOLE, other);
        assert_memory_not_equal(digest, other, sizeof digest);
        statement_identity(&others[i], IDENTITY_ALIKE, other);
        assert_int_equal(memcmp(alike, other, sizeof alike) == 0, i >= 5);
    }
    // what moves from one field to the next makes another
    others[0] = base;
    others[0].number = SPAN("15");
    others[1] = base;
    others[1].amount = 5500;
    statement_identity(&others[0], IDENTITY_WHOLE, digest);
    statement_identity(&others[1], IDENTITY_WHOLE, other);
    assert_memory_not_equal(digest, other, sizeof digest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_own_account_decides_the_direction),
        cmocka_unit_test(an_account_that_is_not_ours_refuses_the_file),
        cmocka_unit_test(without_own_accounts_those_of_the_file_are_taken),
        cmocka_unit_test(totals_must_be_those_of_the_documents),
        cmocka_unit_test(a_refused_total_names_the_section_and_both_sums),
        cmocka_unit_test(a_total_that_is_missing_is_what_the_balances_leave),
        cmocka_unit_test(an_operators_word_is_a_warning_of_the_file),
        cmocka_unit_test(a_gap_between_sections_is_a_warning),
        cmocka_unit_test(days_that_are_not_over_are_told_apart),
        cmocka_unit_test(equal_documents_are_numbered_and_others_are_not_equal),
        cmocka_unit_test(an_identity_is_of_seven_fields_and_the_ordinal),
    };
    return cmocka_run_group_tests_name("statement_check", tests, NULL, NULL);
}
