// test_bank_books - what becomes of each document: the first rule that speaks decides, nothing is
// credited twice, and nothing is credited on a likeness.
#include "services/documents/bank_books.h"
#include "statement_words.h"

#define PURPOSE(text) "НазначениеПлатежа=" text "\n"

// Takes a file into the books; the results are those of its documents.
static void take(bank_books_t *books, const char *text, bank_result_t *ret_results)
{
    statement_t statement;
    bool accepted = read_text(&statement, text);
    if (!accepted)
        print_message("  %s\n", statement.refusal_text);
    assert_true(accepted);
    assert_true(bank_books_take(books, &statement, ret_results));
    statement_release(&statement);
}

static void fill(bank_books_t *books)
{
    bank_books_init(books);
    assert_true(bank_books_add_invoice(books, SPAN("26000000013"), SPAN("9999234565"), 500));
    assert_true(bank_books_add_invoice(books, SPAN("26000000021"), SPAN("9999456783"), 500));
    assert_true(bank_books_add_invoice(books, SPAN("26000000039"), (span_t){NULL, 0}, 500));
}

static void the_first_rule_that_speaks_decides(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        bank_class_t class;
        bank_reason_t reason;
        const char *invoice;
    } cases[] = {
        {INCOME("1", "5", PURPOSE("счет 26000000013")), BANK_MATCH, BANK_NO_REASON, "26000000013"},
        {INCOME("1", "5", PURPOSE("услуги")), BANK_SUSPENSE, BANK_NO_INVOICE, ""},
        {INCOME("1", "5", PURPOSE("счет 26000000047")), BANK_SUSPENSE, BANK_UNKNOWN_INVOICE,
         "26000000047"},
        {INCOME("1", "5", PURPOSE("счета 26000000013, 26000000021")), BANK_SUSPENSE,
         BANK_SEVERAL_INVOICES, ""},
        {INCOME("1", "6", PURPOSE("счет 26000000013")), BANK_SUSPENSE, BANK_AMOUNT_DIFFERS,
         "26000000013"},
        {INCOME("1", "5", PURPOSE("счет 26000000021")), BANK_SUSPENSE, BANK_PAYER_DIFFERS,
         "26000000021"},
        {INCOME("1", "5", PURPOSE("счет 26000000039")), BANK_SUSPENSE, BANK_PAYER_DIFFERS,
         "26000000039"},
        {DOCUMENT_OF("1", "01.09.2026", "5", PAYER, OWN_A, PURPOSE("счет 26000000013")),
         BANK_SUSPENSE, BANK_PAYER_UNKNOWN, "26000000013"},
        {DOCUMENT_OF("1", "01.09.2026", "5", PAYER, OWN_A, PURPOSE("счет 26000000039")),
         BANK_SUSPENSE, BANK_PAYER_UNKNOWN, "26000000039"},
        // the sum is asked for before the payer
        {INCOME("1", "6", PURPOSE("счет 26000000021")), BANK_SUSPENSE, BANK_AMOUNT_DIFFERS,
         "26000000021"},
        {INCOME("1", "5", PURPOSE("ВОЗВРАТ по счету 26000000013")), BANK_SUSPENSE,
         BANK_RETURNED_TRANSFER, ""},
        {INCOME("1", "5", PURPOSE("возврат по операциям эквайринга")), BANK_SUSPENSE,
         BANK_RETURNED_TRANSFER, ""},
        {INCOME("1", "5", PURPOSE("По Эквайрингу, счет 26000000013")), BANK_SUSPENSE,
         BANK_ACQUIRING_REGISTRY, ""},
        {DOCUMENT_OF("1", "01.09.2026", "5", OWN_A, PAYER, PURPOSE("счет 26000000013")), BANK_OUT,
         BANK_NO_REASON, ""},
        {DOCUMENT_OF("1", "01.09.2026", "5", OWN_A, OWN_B, PURPOSE("счет 26000000013")), BANK_OWN,
         BANK_NO_REASON, ""},
        {INCOME("1", "5", "ДатаПоступило=31.12.2026\n" PURPOSE("счет 26000000013")),
         BANK_NOT_CLOSED, BANK_NO_REASON, ""},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        bank_books_t books;
        bank_result_t result;
        char text[4096];
        fill(&books);
        snprintf(text, sizeof text, HEAD "%s" TAIL, cases[i].document);
        take(&books, text, &result);
        print_message("  %zu: %s %s\n", i, bank_class_name(result.class),
                      bank_reason_name(result.reason));
        assert_int_equal(result.class, cases[i].class);
        assert_int_equal(result.reason, cases[i].reason);
        assert_string_equal(result.invoice.digits, cases[i].invoice);
        bank_books_release(&books);
    }
}

static void an_invoice_is_paid_once(void **state)
{
    (void)state;
    bank_books_t books;
    bank_result_t results[3];
    fill(&books);
    take(&books,
         HEAD INCOME("1", "5", PURPOSE("счет 26000000013"))
             INCOME("1", "5", PURPOSE("счет 26000000013"))
                 INCOME("2", "6", PURPOSE("счет 26000000013")) TAIL,
         results);
    assert_int_equal(results[0].class, BANK_MATCH);
    assert_int_equal(results[1].reason, BANK_INVOICE_ALREADY_PAID);
    assert_int_equal(results[2].reason, BANK_INVOICE_ALREADY_PAID);
    bank_books_release(&books);
}

static void read_twice_credits_once(void **state)
{
    (void)state;
    static const char text[] = HEAD INCOME("1", "5", PURPOSE("счет 26000000013"))
        INCOME("1", "5", PURPOSE("счет 26000000013"))
            DOCUMENT_OF("3", "01.09.2026", "5", OWN_A, PAYER, "") TAIL;
    bank_books_t books;
    bank_result_t results[3];
    fill(&books);
    take(&books, text, results);
    take(&books, HEAD TAIL, NULL);
    take(&books, text, results);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(results[i].class, BANK_DUPLICATE);
        assert_int_equal(results[i].file, 0);
        assert_int_equal(results[i].document, i);
    }
    assert_int_equal(results[2].class, BANK_OUT);
    bank_books_release(&books);
}

static void a_likeness_is_never_credited(void **state)
{
    (void)state;
    bank_books_t books;
    bank_result_t results[4];
    fill(&books);
    take(&books, HEAD INCOME("1", "5", PURPOSE("аванс")) INCOME("1", "5", PURPOSE("другой")) TAIL,
         results);
    // in one file both are payments of their own
    assert_int_equal(results[1].reason, BANK_NO_INVOICE);
    take(&books,
         HEAD INCOME("1", "5", PURPOSE("счет 26000000013"))
             DOCUMENT_OF("1", "01.09.2026", "5", OWN_B, OWN_A, "")
                 DOCUMENT_OF("1", "01.09.2026", "5", "40702810000000007002", OWN_A,
                             "ПлательщикИНН=9999234565\n" PURPOSE("аванс"))
                     INCOME("2", "5", PURPOSE("счет 26000000013")) TAIL,
         results);
    assert_int_equal(results[0].reason, BANK_POSSIBLE_DUPLICATE);
    assert_int_equal(results[1].class, BANK_OWN);
    assert_int_equal(results[2].reason, BANK_POSSIBLE_DUPLICATE);
    assert_int_equal(results[3].class, BANK_MATCH);
    bank_books_release(&books);
}

static void a_day_that_was_not_over_is_read_again(void **state)
{
    (void)state;
    static const char paper[] = INCOME("1", "5", PURPOSE("счет 26000000013"));
    bank_books_t books;
    bank_result_t result;
    char text[4096];
    fill(&books);
    for (int day = 1; day <= 3; day++) {
        snprintf(text, sizeof text,
                 "1CClientBankExchange\nВерсияФормата=1.03\nДатаСоздания=0%d.09.2026\n%s" TAIL, day,
                 paper);
        take(&books, text, &result);
        assert_int_equal(result.class, day == 1   ? BANK_NOT_CLOSED
                                       : day == 2 ? BANK_MATCH
                                                  : BANK_DUPLICATE);
    }
    bank_books_release(&books);
}

static void invoices_that_are_none_are_not_taken(void **state)
{
    (void)state;
    bank_books_t books;
    fill(&books);
    assert_false(bank_books_add_invoice(&books, SPAN("26000000013"), SPAN("9999234565"), 500));
    assert_false(bank_books_add_invoice(&books, SPAN("26000000048"), SPAN("9999234565"), 500));
    assert_false(bank_books_add_invoice(&books, SPAN("26000000047"), SPAN("9999234565123"), 500));
    assert_false(bank_books_add_invoice(&books, SPAN("26000000047"), SPAN("9999234565"), 0));
    assert_true(bank_books_add_invoice(&books, SPAN("26000000047"), SPAN("9999234565"), 1));
    bank_books_release(&books);
}

static void every_reason_has_a_name_and_a_meaning(void **state)
{
    (void)state;
    for (bank_reason_t i = BANK_NO_INVOICE; i < BANK_REASONS_COUNT; i++)
        assert_true(strlen(bank_reason_name(i)) > 5 && strlen(bank_reason_meaning(i)) > 5);
    for (bank_class_t i = 0; i < BANK_CLASSES_COUNT; i++)
        assert_true(strlen(bank_class_name(i)) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rule_that_speaks_decides),
        cmocka_unit_test(an_invoice_is_paid_once),
        cmocka_unit_test(read_twice_credits_once),
        cmocka_unit_test(a_likeness_is_never_credited),
        cmocka_unit_test(a_day_that_was_not_over_is_read_again),
        cmocka_unit_test(invoices_that_are_none_are_not_taken),
        cmocka_unit_test(every_reason_has_a_name_and_a_meaning),
    };
    return cmocka_run_group_tests_name("bank_books", tests, NULL, NULL);
}
