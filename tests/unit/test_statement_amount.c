// test_statement_amount - sums as banks write them, exactly or not at all.
#include "services/documents/statement_amount.h"
#include "documents_fixture.h"

static void sums_are_read_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        kopecks_t amount;
    } cases[] = {
        {"140000", 14000000},
        {"9999.9", 999990},
        {"107728.7", 10772870},
        {"6936.00", 693600},
        {"9714,77", 971477},
        {"1 000.50", 100050},
        {"1\u00a0000\u202f000,5", 100000050},
        {" 7 ", 700},
        {"0", 0},
        {"0.00", 0},
        {"000.01", 1},
        {"1000000000000", 100000000000000},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        kopecks_t amount = -7;
        print_message("  '%s'\n", cases[i].text);
        assert_true(statement_amount_parse(span_of(cases[i].text), &amount));
        assert_int_equal(amount, cases[i].amount);
    }
}

static void what_is_no_sum_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "1.005",
        "1e3",
        "-100",
        "+100",
        "1.",
        ".5",
        "1..5",
        "1.000,5",
        "1,000.5",
        "0x10",
        "12a",
        "a12",
        "1'000",
        "1.2.3",
        "1\n5",
        "−5",
        "１",
        "nan",
        "1.5р.",
        "1\t.x",
        ",",
        ("\xef\xbf\xbd"
         "5"),
        "1000000000000.01",
        "92233720368547758.08",
        "99999999999999999999",
        "10000000000000000000000000000",
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        kopecks_t amount = -7;
        print_message("  '%s'\n", cases[i]);
        assert_false(statement_amount_parse(span_of(cases[i]), &amount));
        assert_int_equal(amount, -7);
    }
}

static void an_account_may_be_overdrawn(void **state)
{
    (void)state;
    kopecks_t balance = -7;
    assert_true(statement_amount_parse_balance(SPAN("-100.5"), &balance));
    assert_int_equal(balance, -10050);
    assert_true(statement_amount_parse_balance(SPAN(" 100,5"), &balance));
    assert_int_equal(balance, 10050);
    assert_false(statement_amount_parse_balance(SPAN("--1"), &balance));
    assert_false(statement_amount_parse_balance(SPAN("-"), &balance));
    assert_false(statement_amount_parse_balance(SPAN(""), &balance));
    assert_int_equal(balance, 10050);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_read_exactly),
        cmocka_unit_test(what_is_no_sum_is_refused),
        cmocka_unit_test(an_account_may_be_overdrawn),
    };
    return cmocka_run_group_tests_name("statement_amount", tests, NULL, NULL);
}
