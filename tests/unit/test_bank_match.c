// test_bank_match - the reasons in their order, against books of one invoice.
#include "services/documents/bank_match.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the ones above first
#include <cmocka.h>

static bool find(const void *books, const invoice_number_t *number, bank_invoice_t *ret_invoice)
{
    if (strcmp(number->digits, "26000000013") != 0)
        return false;
    *ret_invoice = *(const bank_invoice_t *)books;
    return true;
}

static void the_first_reason_that_holds_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *purpose, *inn;
        kopecks_t amount;
        bool paid;
        transfer_reason_t reason;
        const char *invoice;
    } rows[] = {
        {"счет 26000000013", "9999123456", 500, false, TRANSFER_MATCHED, "26000000013"},
        {"счет 26000000013", "9999123456", 500, true, TRANSFER_INVOICE_ALREADY_PAID, "26000000013"},
        {"счет 26000000013", "9999123456", 501, true, TRANSFER_INVOICE_ALREADY_PAID, "26000000013"},
        {"счет 26000000013", "9999123456", 501, false, TRANSFER_AMOUNT_DIFFERS, "26000000013"},
        {"счет 26000000013", "", 501, false, TRANSFER_AMOUNT_DIFFERS, "26000000013"},
        {"счет 26000000013", "", 500, false, TRANSFER_PAYER_UNKNOWN, "26000000013"},
        {"счет 26000000013", "9999234565", 500, false, TRANSFER_PAYER_DIFFERS, "26000000013"},
        {"счет 26000000021", "9999123456", 500, false, TRANSFER_UNKNOWN_INVOICE, "26000000021"},
        {"услуги", "9999123456", 500, false, TRANSFER_NO_INVOICE, ""},
        {"26000000013 26000000021", "9999123456", 500, false, TRANSFER_SEVERAL_INVOICES, ""},
        {"Возврат 26000000013", "9999123456", 500, false, TRANSFER_RETURNED_TRANSFER, ""},
        {"по эквайрингу 26000000013", "9999123456", 500, false, TRANSFER_ACQUIRING_REGISTRY, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bank_invoice_t invoice = {500, SPAN("9999123456"), rows[i].paid};
        span_t purpose = span_of(rows[i].purpose);
        bank_transfer_t transfer = {purpose, purpose, span_of(rows[i].inn), rows[i].amount};
        invoice_number_t named = {.digits = ""};
        assert_int_equal(bank_match(&transfer, find, &invoice, &named), rows[i].reason);
        assert_string_equal(named.digits, rows[i].invoice);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_reason_that_holds_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
