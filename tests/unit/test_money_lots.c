// The family `lots` of the money vectors: nothing that is not a word of it passes. That its rows
// hold, and spoiled ones do not, is unit/money_vectors.
#include "tests/vectors/money.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static money_said_t said;

static money_verdict_t judge(const char *given, const char *when, const char *then)
{
    return money_lots(&(money_row_t){"lots-0", "of this test", given, when, then}, &said);
}

static void what_is_no_word_is_an_error(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"C1=1.00", "spend 1.00", "C1=0.00"},
        {"C1=1.00", "charge 1.00 quickly", "C1=0.00"},
        {"C1=1.00", "charge 1.00 for the day ending 2026-01-01 00:00", "C1=0.00"},
        {"C1=1.00", "charge 1.00 for the hour ending 2026-02-29 00:00", "C1=0.00"},
        {"C1=1.00", "charge 1.00 for the hour ending 2026-02-28 24:00", "C1=0.00"},
        {"C1=1.00", "charge 1.00 for LLM", "C1=0.00"},
        {"C1=1.00", "charge 1", "C1=0.00"},
        {"C1=1.00", "charge 1,00", "C1=0.00"},
        {"C1=1.00", "charge -1.00", "C1=1.00"},
        {"C1=1.00", "charge 0.00", "C1=1.00"},
        {"C1=1.00", "at noon charge 1.00", "C1=0.00"},
        {"C1=1.00", "charge 1.00; charge", "C1=0.00"},
        {"C1=1.00", "topup C1 1.00", "C1=2.00"},
        {"C1=1.00", "topup B1 1.00", "B1=1.00"},
        {"C1=1.00", "topup C2 1.00 until 2026-01-01 00:00", "C2=1.00"},
        {"C1=1.00", "grant C2 1.00", "C2=1.00"},
        {"C1=1.00", "grant B1 1.00 forever", "B1=1.00"},
        {"C1=1.00", "grant B1 1.00 with C2", "B1=1.00"},
        {"C1=1.00", "grant B1 1.00 with B1", "B1=1.00"},
        {"C1=1.00", "grant B1 1.00 until soon", "B1=1.00"},
        {"C1=1.00", "grant B1 1.00 of 2.00", "B1=1.00"},
        {"C1=1.00", "expire C1", "C1=0.00"},
        {"C1=1.00", "expire B1", "C1=1.00"},
        {"C1=1.00", "void C1", "C1=0.00"},
        {"C1=1.00", "refund C1 done", "C1=1.00"},
        {"C1=1.00", "refund 1.00; refund C1 finished", "C1=0.00"},
        {"C1=1.00", "refund 1.00; refund C1 done; refund C1 done", "C1=0.00"},
        {"C1=1.00", "refund 0.00", "C1=1.00"},
        {"C1=1.00", "refund all", "C1=0.00"},
        {"C1=1.00", "chargeback C2 1.00", "C1=0.00"},
        {"C1=1.00", "chargeback C1", "C1=0.00"},
        {"C1=1.00", "won C1 1.00 as C2", "C2=1.00"},
        {"C1=1.00", "chargeback C1 1.00; won C1 1.00 for C2", "C2=1.00"},
        {"C1=1.00", "chargeback C1 1.00; won C1 1.00 as C1", "C1=1.00"},
        {"C1=1.00", "chargeback C1 1.00; won C9 1.00 as C2", "C2=1.00"},
        {"C1=1.00", "charge 1.00; correct 2.00", "C1=1.00"},
        {"C1=1.00", "charge 1.00; correct", "C1=1.00"},
        {"C1=1.00", "charge 1.00", ""},
        {"C1=1.00", "charge 1.00", "C1 0.00"},
        {"C1=1.00", "charge 1.00", "C1=0.00 today"},
        {"C1=1.00", "charge 1.00", "C2=0.00"},
        {"C1=1.00", "charge 1.00", "owed=0.00"},
        {"C1=1.00", "charge 1.00", "C1=zero"},
        {"C1=1.00 of 0.50", "charge 1.00", "C1=0.00"},
        {"C1=1.00 until 2026-01-01 00:00", "charge 1.00", "C1=0.00"},
        {"C1=1.00; C1=2.00", "charge 1.00", "C1=0.00"},
        {"D1=1.00", "charge 1.00", "D1=0.00"},
        {"C0=1.00", "charge 1.00", "C0=0.00"},
        {"C1 1.00", "charge 1.00", "C1=0.00"},
        {"C1=1.00; debt 1.00", "charge 1.00", "C1=0.00"},
        {"C1=1.00; debt=some", "charge 1.00", "C1=0.00"},
        {"C1=1.00; debt=1.00 today", "charge 1.00", "C1=0.00"},
        {"C1=0.00; B1=1.00 with C1", "charge 1.00", "B1=0.00"},
        {"C1=99999999999999999.00", "charge 1.00", "C1=0.00"},
        {"C1=1.00", "charge 1.00 for a_name_that_is_longer_than_any_word_of_a_row_may_be",
         "C1=0.00"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (judge(rows[i][0], rows[i][1], rows[i][2]) != MONEY_UNKNOWN)
            fail_msg("%s | %s | %s: taken", rows[i][0], rows[i][1], rows[i][2]);
        assert_true(said.text[0]);
    }
}

static void what_may_be_left_out_may_be(void **state)
{
    (void)state;
    assert_int_equal(judge("", "topup C1 1.00", "C1=1.00; balance=1.00"), MONEY_HOLDS);
    assert_int_equal(judge("debt=0.00", "topup C1 1.00", "debt=0.00;reversal=0.00"), MONEY_HOLDS);
    assert_int_equal(judge("C1=1.00", "chargeback C1 1.00; won C1 as C2", "C2=1.00;"), MONEY_HOLDS);
}

static void what_differs_is_said(void **state)
{
    (void)state;
    assert_int_equal(judge("C1=1.00", "charge 1.50", "C1=0.00; balance=0.50"), MONEY_DIFFERS);
    assert_string_equal(said.text, "balance=-0.50");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_differs_is_said),
                                       cmocka_unit_test(what_is_no_word_is_an_error),
                                       cmocka_unit_test(what_may_be_left_out_may_be)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
