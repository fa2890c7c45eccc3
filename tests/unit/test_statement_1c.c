// test_statement_1c - lines of banks' files, in every order and spelling that was seen, and what is
// refused in them.
#include "statement_words.h"

// The first document of a file, or a failure of the test.
static statement_document_t *document_of(statement_t *statement, const char *text)
{
    bool accepted = read_text(statement, text);
    if (!accepted)
        print_message("  %s\n", statement->refusal_text);
    assert_true(accepted);
    assert_true(statement->documents_count > 0);
    return statement->documents;
}

static void a_document_is_read_whole(void **state)
{
    (void)state;
    statement_t statement;
    const statement_document_t *document = document_of(
        &statement,
        HEAD "Отправитель=Банк\nНовыйКлюч=5\n" DOCUMENT_OF(
            "БА8170433", "01.09.2026", "1 000,50", PAYER, OWN_A,
            "ПлательщикРасчСчет=" PAYER "\nПлательщикИНН=9999234565\nПлательщикКПП=999901001\n"
            "ПлательщикБИК=044599202\nПлательщик=ИНН 9999234565 другое\nПлательщик1=ООО "
            "\"Ромашка\"\n"
            "ПлательщикКорСчет=1\nПолучательКорсчет=2\nДатаСписано=31.08.2026\n"
            "ДатаПоступило=02.09.2026\nНазначениеПлатежа=  {53=33798.03}  за\tуслуги \n") TAIL);
    assert_span(statement.sender, "Банк");
    assert_span(document->kind, "Платежное поручение");
    assert_span(document->number, "БА8170433");
    assert_int_equal(document->amount, 100050);
    assert_span(document->payer.account, PAYER);
    assert_span(document->payer.inn, "9999234565");
    assert_span(document->payer.kpp, "999901001");
    assert_span(document->payer.bic, "044599202");
    assert_span(document->payer.name, "ООО \"Ромашка\"");
    assert_span(document->purpose, "{53=33798.03}  за\tуслуги");
    assert_span(document->plain, "{53=33798.03} за услуги");
    assert_int_equal(document->payer.booked, document->day - 1);
    assert_int_equal(document->booked, document->day + 1);
    assert_int_equal(document->line, 7);
    statement_release(&statement);
}

static void names_are_found_behind_an_inn(void **state)
{
    (void)state;
    static const struct {
        const char *written, *name;
    } cases[] = {
        {"ИНН 9999234565 ООО \"Ромашка\"", "ООО \"Ромашка\""},
        {"9999234565, ООО \"Ромашка\"", "ООО \"Ромашка\""},
        {"999934567840 ИП Тестов", "ИП Тестов"},
        {"ИНН: 9999234565/КПП 999901001 ООО", "ООО"},
        {"ИНН 9999234565 КПП999901001 ООО", "ООО"},
        {"ИНН 9999234565/999901001 ООО", "ООО"},
        {"ИНН 0 ООО", "ООО"},
        {"ИНН 9999234565", ""},
        {"ООО \"Ромашка\"", "ООО \"Ромашка\""},
        {"1000 мелочей", "1000 мелочей"},
        {"9999234565ООО", "9999234565ООО"},
        {"99992345651 ООО", "99992345651 ООО"},
        {"ИННОВАЦИЯ ООО", "ИННОВАЦИЯ ООО"},
        {"ИНН 9999234565 КПП ООО", "КПП ООО"},
        {"ИНН", "ИНН"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        statement_t statement;
        char text[2048];
        print_message("  %s\n", cases[i].written);
        snprintf(text, sizeof text,
                 HEAD DOCUMENT_OF("1", "01.09.2026", "1", PAYER, OWN_A, "Плательщик=%s\n") TAIL,
                 cases[i].written);
        assert_span(document_of(&statement, text)->payer.name, cases[i].name);
        statement_release(&statement);
    }
}

static void an_inn_is_ten_or_twelve_digits_or_absent(void **state)
{
    (void)state;
    static const char *const absent[] = {"0", "4", "", "99992345651", "999923456a", "9999 34565"};
    for (size_t i = 0; i < LENGTH(absent); i++) {
        statement_t statement;
        char text[2048];
        snprintf(text, sizeof text,
                 HEAD DOCUMENT_OF("1", "01.09.2026", "1", PAYER, OWN_A, "ПлательщикИНН=%s\n") TAIL,
                 absent[i]);
        assert_int_equal(document_of(&statement, text)->payer.inn.size, 0);
        statement_release(&statement);
    }
}

static void a_purpose_in_pieces_is_joined(void **state)
{
    (void)state;
    statement_t statement;
    const statement_document_t *document = document_of(
        &statement,
        HEAD INCOME("1", "1",
                    "НазначениеПлатежа=\nНазначениеПлатежа6=конец\n"
                    "НазначениеПлатежа1=Оплата по  \nНазначениеПлатежа2=\n"
                    "НазначениеПлатежа3=счету\n")
            INCOME("2", "1", "НазначениеПлатежа1=раз\nНазначениеПлатежа2=два\n")
                INCOME("3", "1", "НазначениеПлатежа=целое\nНазначениеПлатежа1=часть\n") TAIL);
    assert_span(document[0].purpose, "Оплата по счету конец");
    assert_span(document[1].purpose, "раз два");
    assert_span(document[2].purpose, "целое");
    statement_release(&statement);
}

static void line_ends_blank_lines_and_the_end_of_dos_do_not_matter(void **state)
{
    (void)state;
    static const char *const files[] = {
        HEAD INCOME("1", "5", "") "КонецФайла",
        "\n\n" HEAD "\r\n \t\r\n" INCOME("1", "5", "") "\n\n" TAIL "\n \r\n",
        HEAD INCOME("1", "5", "") TAIL "\x1a",
        "1CClientBankExchange\rВерсияФормата=1.03\r" INCOME("1", "5", "") TAIL,
        "  1CClientBankExchange  \nВерсияФормата=1.03\n" INCOME("1", "5", "") TAIL,
        HEAD " Ключ = 5\n" INCOME("1", "5", "ПолучательСчет2 =x\n") TAIL,
        HEAD "СекцияЗарплата=5\nНомер=1\nНомер=1\nбез знака\nКонецЗарплаты\n" INCOME("1", "5", "")
            TAIL,
        HEAD "СекцияДокумент\nНомер=7\nДата=01.09.2026\nСумма=5\nПлательщикСчет=" PAYER
             "\nПолучательСчет=" OWN_A "\nКонецДокумента\n" TAIL,
        HEAD "РасчСчет=" OWN_A "\nРасчСчет=" OWN_B
             "\nРасчСчет=\nДокумент=А\nДокумент=Б\n" INCOME("1", "5", "") TAIL,
    };
    for (size_t i = 0; i < LENGTH(files); i++) {
        statement_t statement;
        print_message("  %zu\n", i);
        assert_int_equal(document_of(&statement, files[i])->amount, 500);
        assert_int_equal(statement.documents_count, 1);
        statement_release(&statement);
    }
}

static void what_does_not_hold_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        statement_refusal_t refusal;
        const char *text;
    } cases[] = {
        {STATEMENT_UNFINISHED, HEAD INCOME("1", "5", "")},
        {STATEMENT_UNFINISHED, HEAD "СекцияДокумент=X\nНомер=1\n"},
        {STATEMENT_UNFINISHED, HEAD "СекцияДокумент=X\nНомер=1\n" TAIL},
        {STATEMENT_FORMAT, HEAD INCOME("1", "5", "") TAIL "Номер=5\n"},
        {STATEMENT_FORMAT, HEAD "СекцияДокумент=X\nСекцияДокумент=X\n" TAIL},
        {STATEMENT_FORMAT, HEAD "КонецДокумента\n" TAIL},
        {STATEMENT_FORMAT, HEAD "СекцияРасчСчет\nКонецДокумента\n" TAIL},
        {STATEMENT_FORMAT, HEAD "СекцияЗарплата\nСекцияДокумент\nКонецРасчСчет\n" TAIL},
        {STATEMENT_FORMAT, HEAD "СекцияРасчСчет\nДатаНачала=01.09.2026\nКонецРасчСчет\n" TAIL},
        {STATEMENT_AMOUNT, HEAD INCOME("1", "1.005", "") TAIL},
        {STATEMENT_AMOUNT, HEAD INCOME("1", "", "") TAIL},
        {STATEMENT_AMOUNT, HEAD INCOME("1", "0", "") TAIL},
        {STATEMENT_AMOUNT, HEAD "СекцияДокумент=X\nДата=01.09.2026\nКонецДокумента\n" TAIL},
        {STATEMENT_DATE, HEAD "СекцияДокумент=X\nСумма=5\nКонецДокумента\n" TAIL},
        {STATEMENT_DATE, HEAD INCOME("1", "5", "ДатаПоступило=31.02.2026\n") TAIL},
        {STATEMENT_DATE, HEAD INCOME("1", "5", "ДатаСписано=вчера\n") TAIL},
        {STATEMENT_DATE, "1CClientBankExchange\nВерсияФормата=1.03\nДатаСоздания=1\n" TAIL},
        {STATEMENT_REPEATED_KEY, HEAD INCOME("1", "5", "Сумма=5\n") TAIL},
        {STATEMENT_REPEATED_KEY, HEAD INCOME("1", "5", "Новый=5\nНовый=6\n") TAIL},
        {STATEMENT_REPEATED_KEY,
         HEAD INCOME("1", "5", "ПлательщикКорСчет=5\nПлательщикКорсчет=5\n") TAIL},
        {STATEMENT_REPEATED_KEY, HEAD "ВерсияФормата=1.03\n" TAIL},
        {STATEMENT_AMOUNT,
         HEAD SECTION_OF(OWN_A, "01.09.2026", "01.09.2026", "x", "0", "0", "0") TAIL},
        {STATEMENT_AMOUNT,
         HEAD SECTION_OF(OWN_A, "01.09.2026", "01.09.2026", "0", "-1", "0", "0") TAIL},
        {STATEMENT_AMOUNT,
         HEAD SECTION_OF(OWN_A, "01.09.2026", "01.09.2026", "0", "0", "1e1", "0") TAIL},
        {STATEMENT_AMOUNT,
         HEAD SECTION_OF(OWN_A, "01.09.2026", "01.09.2026", "0", "0", "0", "1.2.3") TAIL},
        {STATEMENT_DATE,
         HEAD SECTION_OF(OWN_A, "02.09.2026", "01.09.2026", "0", "0", "0", "0") TAIL},
        {STATEMENT_DATE, HEAD SECTION_OF(OWN_A, "x", "01.09.2026", "0", "0", "0", "0") TAIL},
        {STATEMENT_DATE, HEAD SECTION_OF(OWN_A, "01.09.2026", "x", "0", "0", "0", "0") TAIL},
        {STATEMENT_DATE, HEAD SECTION_OF(OWN_A, "", "", "0", "0", "0", "0") TAIL},
        {STATEMENT_DATE,
         HEAD "ДатаНачала=01.09.2026\n" SECTION_OF(OWN_A, "", "", "0", "0", "0", "0") TAIL},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("  %zu: %s\n", i, statement_refusal_name(cases[i].refusal));
        assert_int_equal(refusal_of(cases[i].text, true), cases[i].refusal);
    }
}

static void a_section_takes_days_and_account_of_the_header(void **state)
{
    (void)state;
    statement_t statement;
    assert_true(read_own(
        &statement,
        HEAD "РасчСчет=" OWN_A "\nДатаНачала=01.09.2026\nДатаКонца=02.09.2026\n"
             "СекцияРасчСчет\nВсегоПоступило=5\nВсегоСписано=\nКонецРасчСчет\n" INCOME("1", "5", "")
                 TAIL,
        strlen(HEAD "РасчСчет=" OWN_A "\nДатаНачала=01.09.2026\nДатаКонца=02.09.2026\n"
                    "СекцияРасчСчет\nВсегоПоступило=5\nВсегоСписано=\n"
                    "КонецРасчСчет\n" INCOME("1", "5", "") TAIL),
        false));
    assert_span(statement.sections[0].account, OWN_A);
    assert_int_equal(statement.sections[0].to - statement.sections[0].from, 1);
    assert_true(statement.sections[0].covers);
    statement_release(&statement);
}

static void what_is_odd_and_does_no_harm_is_a_warning(void **state)
{
    (void)state;
    statement_t statement;
    assert_true(read_text(&statement,
                          "1CClientBankExchange\nВерсияФормата=2.0\nКодировка=Windows\n"
                          "ДатаНачала=20.08.2026\nДатаКонца=23.08.2018\nстрока без знака\n"
                          "ДатаСоздания=\n" TAIL));
    assert_true(has_warning(&statement, WARN_VERSION));
    assert_true(has_warning(&statement, WARN_ENCODING_DECLARED));
    assert_true(has_warning(&statement, WARN_HEADER_DATES));
    assert_true(has_warning(&statement, WARN_LINE_IGNORED));
    assert_int_equal(statement.warnings_count, 4);
    statement_release(&statement);
    assert_true(read_text(&statement, "1CClientBankExchange\nВерсияФормата=1.02\nКодировка=\n"
                                      "ДатаНачала=20.08.2026\nДатаКонца=когда-нибудь\n" TAIL));
    assert_int_equal(statement.warnings_count, 0);
    statement_release(&statement);
}

static void too_many_keys_are_refused(void **state)
{
    (void)state;
    char text[16384];
    size_t size = (size_t)snprintf(text, sizeof text, "%s", HEAD);
    for (int i = 0; i < STATEMENT_KEYS_MAX; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "К%d=\n", i);
    snprintf(text + size, sizeof text - size, TAIL);
    assert_int_equal(refusal_of(text, true), STATEMENT_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_is_read_whole),
        cmocka_unit_test(names_are_found_behind_an_inn),
        cmocka_unit_test(an_inn_is_ten_or_twelve_digits_or_absent),
        cmocka_unit_test(a_purpose_in_pieces_is_joined),
        cmocka_unit_test(line_ends_blank_lines_and_the_end_of_dos_do_not_matter),
        cmocka_unit_test(what_does_not_hold_is_refused_by_name),
        cmocka_unit_test(a_section_takes_days_and_account_of_the_header),
        cmocka_unit_test(what_is_odd_and_does_no_harm_is_a_warning),
        cmocka_unit_test(too_many_keys_are_refused),
    };
    return cmocka_run_group_tests_name("statement_1c", tests, NULL, NULL);
}
