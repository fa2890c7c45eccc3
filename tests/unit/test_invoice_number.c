// test_invoice_number - numbers that survive accountants, and how they are found in a purpose.
#include "services/documents/invoice_number.h"
#include "documents_fixture.h"

static void numbers_are_made_with_their_check(void **state)
{
    (void)state;
    static const struct {
        uint32_t year, serial;
        const char *digits;
    } cases[] = {
        {26, 1, "26000000013"},        {26, 2, "26000000021"}, {26, 99999999, "26999999993"},
        {27, 12345678, "27123456785"}, {0, 1, "00000000018"},  {69, 5, "69000000054"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        invoice_number_t number;
        assert_true(invoice_number_make(cases[i].year, cases[i].serial, &number));
        assert_string_equal(number.digits, cases[i].digits);
        assert_true(invoice_number_is(span_of(number.digits)));
    }
    invoice_number_t untouched = {"-"};
    assert_false(invoice_number_make(70, 1, &untouched));
    assert_false(invoice_number_make(26, 0, &untouched));
    assert_false(invoice_number_make(26, 100000000, &untouched));
    assert_string_equal(untouched.digits, "-");
}

static void one_wrong_digit_and_most_swaps_are_found(void **state)
{
    (void)state;
    char number[] = "26000000013";
    for (size_t at = 0; at < 11; at++)
        for (char digit = '0'; digit <= '9'; digit++) {
            char right = number[at];
            number[at] = digit;
            assert_int_equal(invoice_number_is(span_of(number)), digit == right);
            number[at] = right;
        }
    static const char *const none[] = {"",
                                       "2600000001",
                                       "260000000133",
                                       "26000000031",
                                       "2600000001a",
                                       "79161234566",
                                       "89161234565",
                                       "2600000001/"};
    for (size_t i = 0; i < LENGTH(none); i++)
        assert_false(invoice_number_is(span_of(none[i])));
}

static void numbers_are_found_in_a_purpose(void **state)
{
    (void)state;
    static const struct {
        const char *purpose, *first, *second;
    } cases[] = {
        {"Оплата по счету № 26000000013 от 31.08.2026", "26000000013", NULL},
        {"26000000013", "26000000013", NULL},
        {"26000000013.", "26000000013", NULL},
        {"сч26000000013от", "26000000013", NULL},
        {"по сч. 2600-0000-021 от 01.09.2026", "26000000021", NULL},
        {"2600\u00a00000\u00a0021", "26000000021", NULL},
        {"2600\u20110000\u2013021", "26000000021", NULL},
        {"2 6 0 0 0 0 0 0 0 2 1", "26000000021", NULL},
        {"26000000 062 от 30.06.2026", "26000000062", NULL},
        {"26000000 062 30.06.2026", "26000000062", NULL},
        {"01.09.2026 26000000 062", "26000000062", NULL},
        {"счетов 26000000070 и 26000000039", "26000000070", "26000000039"},
        {"26000000070, 26000000070", "26000000070", NULL},
        {"НДС 22% 9016-39", NULL, NULL},
        {"26000000031", NULL, NULL},
        {"026000000013", NULL, NULL},
        {"260000000139", NULL, NULL},
        {"26 000 000 013.00", NULL, NULL},
        {"26000000 013,00", NULL, NULL},
        {"1,26000000 013", NULL, NULL},
        {"26000000 013.", NULL, NULL},
        {"26000000  013", NULL, NULL},
        {"26000000--013", NULL, NULL},
        {"26000000/013", NULL, NULL},
        {"15 2600-0000-021", NULL, NULL},
        {"8 916 123-45-65", NULL, NULL},
        {"999934567840 044599403", NULL, NULL},
        {"40702810700000000101", NULL, NULL},
        {"", NULL, NULL},
        {" ", NULL, NULL},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        invoice_number_t found[INVOICE_NUMBER_FOUND_MAX];
        print_message("  %s\n", cases[i].purpose);
        size_t count = invoice_number_find(span_of(cases[i].purpose), found);
        assert_int_equal(count, (cases[i].first != NULL) + (cases[i].second != NULL));
        if (cases[i].first)
            assert_string_equal(found[0].digits, cases[i].first);
        if (cases[i].second)
            assert_string_equal(found[1].digits, cases[i].second);
    }
}

static void a_purpose_full_of_numbers_is_counted_to_the_end_of_the_list(void **state)
{
    (void)state;
    char purpose[400] = "";
    invoice_number_t found[INVOICE_NUMBER_FOUND_MAX], number;
    for (uint32_t serial = 1; serial <= 20; serial++) {
        assert_true(invoice_number_make(26, serial, &number));
        strcat(strcat(purpose, number.digits), "; ");
    }
    assert_int_equal(invoice_number_find(span_of(purpose), found), INVOICE_NUMBER_FOUND_MAX);
    assert_true(invoice_number_make(26, INVOICE_NUMBER_FOUND_MAX, &number));
    assert_string_equal(found[INVOICE_NUMBER_FOUND_MAX - 1].digits, number.digits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_made_with_their_check),
        cmocka_unit_test(one_wrong_digit_and_most_swaps_are_found),
        cmocka_unit_test(numbers_are_found_in_a_purpose),
        cmocka_unit_test(a_purpose_full_of_numbers_is_counted_to_the_end_of_the_list),
    };
    return cmocka_run_group_tests_name("invoice_number", tests, NULL, NULL);
}
