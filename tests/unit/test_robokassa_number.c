// test_robokassa_number - sums and invoice numbers are read exactly or not at all.
#include "services/robokassa/robokassa_number.h"
#include "robokassa_fixture.h"

static void sums_are_read_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        kopecks_t want;
    } CASES[] = {
        {"0", 0},
        {"0.00", 0},
        {"1", 100},
        {"1.5", 150},
        {"1.50", 150},
        {"0.01", 1},
        {"0.010000", 1},
        {"199.000000", 19900},
        {"199.99", 19999},
        {"199.9900", 19999},
        {"1000000000000.00", 100000000000000},
        {"92233720368547758.07", INT64_MAX},
        {"92233720368547758.070000", INT64_MAX},
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        kopecks_t sum = -1;
        print_message("  %s\n", CASES[i].text);
        assert_true(robokassa_number_parse_sum(span_of(CASES[i].text), &sum));
        assert_int_equal(sum, CASES[i].want);
    }
}

static void what_is_no_sum_of_whole_kopecks_is_refused(void **state)
{
    (void)state;
    static const char *const CASES[] = {
        "",
        ".",
        "1.",
        ".5",
        "-1",
        "-0",
        "+1",
        "1e3",
        "1E3",
        "1,50",
        "1 000",
        " 1",
        "1 ",
        "\t1",
        "1\n",
        "0x10",
        "1.005",
        "1.001000",
        "1.000001",
        "1.0000000",
        "1.2.3",
        "1..2",
        "00",
        "01",
        "00.50",
        "1.-5",
        "1.+5",
        "nan",
        "inf",
        "1.5a",
        "a1.5",
        "１",
        "1'000",
        "$1",
        "1.00руб",
        "99999999999999999999",
        "92233720368547758.08",
        "92233720368547759",
        "9223372036854775808",
        "18446744073709551616",
        "18446744073709551617.00",
        "1.00000000000000000000",
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        kopecks_t sum = -7;
        print_message("  '%s'\n", CASES[i]);
        assert_false(robokassa_number_parse_sum(span_of(CASES[i]), &sum));
        assert_int_equal(sum, -7);
    }
    kopecks_t sum = -7;
    assert_false(robokassa_number_parse_sum((span_t){"1\0.5", 4}, &sum));
}

static void sums_are_printed_with_two_decimals_and_read_back(void **state)
{
    (void)state;
    static const struct {
        kopecks_t sum;
        const char *want;
    } CASES[] = {
        {0, "0.00"},   {1, "0.01"},       {10, "0.10"},        {99, "0.99"},
        {100, "1.00"}, {19900, "199.00"}, {123456, "1234.56"}, {INT64_MAX, "92233720368547758.07"},
    };
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        char buffer[ROBOKASSA_NUMBER_SIZE];
        kopecks_t sum = -1;
        span_t text = robokassa_number_print_sum(CASES[i].sum, buffer);
        assert_string_equal(text.bytes, CASES[i].want);
        assert_int_equal(text.size, strlen(CASES[i].want));
        assert_true(robokassa_number_parse_sum(text, &sum));
        assert_int_equal(sum, CASES[i].sum);
    }
}

static void invoices_are_from_1_to_the_end_of_int64(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want;
    } GOOD[] = {
        {"1", 1}, {"1001", 1001}, {"2147483648", 2147483648}, {"9223372036854775807", INT64_MAX}};
    static const char *const BAD[] = {"",
                                      "0",
                                      "00",
                                      "01",
                                      "-1",
                                      "+1",
                                      "1.0",
                                      "1 ",
                                      " 1",
                                      "1e3",
                                      "0x1",
                                      "a",
                                      "1a",
                                      "١",
                                      "1,0",
                                      "9223372036854775808",
                                      "18446744073709551617",
                                      "99999999999999999999999"};
    for (size_t i = 0; i < LENGTH(GOOD); i++) {
        int64_t invoice = 0;
        assert_true(robokassa_number_parse_invoice(span_of(GOOD[i].text), &invoice));
        assert_int_equal(invoice, GOOD[i].want);
        char buffer[ROBOKASSA_NUMBER_SIZE];
        assert_string_equal(robokassa_number_print_invoice(invoice, buffer).bytes, GOOD[i].text);
    }
    for (size_t i = 0; i < LENGTH(BAD); i++) {
        int64_t invoice = -7;
        print_message("  '%s'\n", BAD[i]);
        assert_false(robokassa_number_parse_invoice(span_of(BAD[i]), &invoice));
        assert_int_equal(invoice, -7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_read_exactly),
        cmocka_unit_test(what_is_no_sum_of_whole_kopecks_is_refused),
        cmocka_unit_test(sums_are_printed_with_two_decimals_and_read_back),
        cmocka_unit_test(invoices_are_from_1_to_the_end_of_int64),
    };
    return cmocka_run_group_tests_name("robokassa_number", tests, NULL, NULL);
}
