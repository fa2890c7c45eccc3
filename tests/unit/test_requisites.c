// test_requisites - INN, KPP, BIC and accounts by their digits, each with its own error.
#include "services/documents/requisites.h"
#include "documents_fixture.h"

static void inns(void **state)
{
    (void)state;
    static const struct {
        const char *inn, *digits;
        requisite_t verdict;
    } cases[] = {
        {"7707083893", "3", REQUISITE_VALID},
        {"7707083892", "3", REQUISITE_INN_CHECK_DIGIT},
        {"9999000060", "0", REQUISITE_VALID},
        {"500100732259", "59", REQUISITE_VALID},
        {"500100732258", "59", REQUISITE_INN_CHECK_DIGIT},
        {"500100732269", "59", REQUISITE_INN_CHECK_DIGIT},
        {"0100000005", "4", REQUISITE_INN_CHECK_DIGIT},
        {"0000123450", "", REQUISITE_INN_FORM},
        {"", "", REQUISITE_INN_FORM},
        {"0", "", REQUISITE_INN_FORM},
        {"77070838930", "", REQUISITE_INN_FORM},
        {"770708389a", "", REQUISITE_INN_FORM},
        {"770708389/", "", REQUISITE_INN_FORM},
        {"7707 83893", "", REQUISITE_INN_FORM},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char digits[REQUISITE_INN_DIGITS];
        print_message("  %s\n", cases[i].inn);
        assert_int_equal(requisites_inn(span_of(cases[i].inn)), cases[i].verdict);
        requisites_inn_digits(span_of(cases[i].inn), digits);
        assert_string_equal(digits, cases[i].digits);
    }
}

static void one_wrong_digit_is_found(void **state)
{
    (void)state;
    char inn[] = "7707083893";
    for (size_t at = 0; at < 10; at++)
        for (char digit = '0'; digit <= '9'; digit++) {
            char right = inn[at];
            if (digit == right)
                continue;
            inn[at] = digit;
            assert_int_not_equal(requisites_inn(span_of(inn)), REQUISITE_VALID);
            inn[at] = right;
        }
}

static void kpps_and_bics(void **state)
{
    (void)state;
    static const char *const kpps[] = {"999901001", "9999AZ001", "0000Z9000"};
    static const char *const no_kpps[] = {"",          "0",         "99990100",  "9999010011",
                                          "A99901001", "9999a1001", "99990100A", "9999[1001",
                                          "9999@1001", "999/01001"};
    static const char *const bics[] = {"044599001", "004525988", "017003983"};
    static const char *const no_bics[] = {"",          "04459900",  "0445990011",
                                          "144599001", "054599001", "04459900A"};
    for (size_t i = 0; i < LENGTH(kpps); i++)
        assert_int_equal(requisites_kpp(span_of(kpps[i])), REQUISITE_VALID);
    for (size_t i = 0; i < LENGTH(no_kpps); i++)
        assert_int_equal(requisites_kpp(span_of(no_kpps[i])), REQUISITE_KPP_FORM);
    for (size_t i = 0; i < LENGTH(bics); i++)
        assert_int_equal(requisites_bic(span_of(bics[i])), REQUISITE_VALID);
    for (size_t i = 0; i < LENGTH(no_bics); i++)
        assert_int_equal(requisites_bic(span_of(no_bics[i])), REQUISITE_BIC_FORM);
}

static void accounts(void **state)
{
    (void)state;
    static const struct {
        const char *bic, *account;
        requisite_t verdict;
        int key;
    } cases[] = {
        {"044599001", "40702810700000000101", REQUISITE_VALID, 7},
        {"044599202", "40702810700000000101", REQUISITE_ACCOUNT_KEY, 8},
        {"044599001", "40702810700000000110", REQUISITE_ACCOUNT_KEY, 5},
        {"044599001", "30101810900000000001", REQUISITE_VALID, 9},
        {"049805746", "40602810K00000000025", REQUISITE_ACCOUNT_FORM, 7},
        {"049805000", "30101810800000000746", REQUISITE_VALID, 8},
        {"044599000", "40702810600000000101", REQUISITE_VALID, 6},
        {"044599001", "40702A10500000000101", REQUISITE_VALID, 5},
        {"004525988", "40102810545370000003", REQUISITE_VALID, 5},
        {"004525988", "03100643000000017300", REQUISITE_VALID, 5},
        {"044599001", "40702810700000000", REQUISITE_ACCOUNT_FORM, -1},
        {"044599001", "4070281070000000010A", REQUISITE_ACCOUNT_FORM, -1},
        {"044599001", "40702D10500000000101", REQUISITE_ACCOUNT_FORM, -1},
        {"044599001", "", REQUISITE_ACCOUNT_FORM, -1},
        {"144599001", "40702810700000000101", REQUISITE_BIC_FORM, -1},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        span_t bic = span_of(cases[i].bic), account = span_of(cases[i].account);
        print_message("  %s %s\n", cases[i].bic, cases[i].account);
        assert_int_equal(requisites_account(bic, account), cases[i].verdict);
        assert_int_equal(requisites_account_key(bic, account), cases[i].key);
    }
    char nul_inside[] = "40702X10500000000101";
    nul_inside[5] = '\0';
    assert_int_equal(requisites_account_key(SPAN("044599001"), (span_t){nul_inside, 20}), -1);
}

static void each_verdict_says_its_name_and_what_was_expected(void **state)
{
    (void)state;
    assert_string_equal(requisite_name(REQUISITE_VALID), "valid");
    assert_string_equal(requisite_name(REQUISITE_ACCOUNT_KEY), "ACCOUNT_KEY");
    for (requisite_t i = REQUISITE_INN_FORM; i < REQUISITES_COUNT; i++)
        assert_true(strlen(requisite_expected(i)) > 5 && strlen(requisite_name(i)) > 5);
    assert_string_equal(requisite_name(REQUISITES_COUNT), "");
    assert_string_equal(requisite_expected(REQUISITES_COUNT), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inns),
        cmocka_unit_test(one_wrong_digit_is_found),
        cmocka_unit_test(kpps_and_bics),
        cmocka_unit_test(accounts),
        cmocka_unit_test(each_verdict_says_its_name_and_what_was_expected),
    };
    return cmocka_run_group_tests_name("requisites", tests, NULL, NULL);
}
