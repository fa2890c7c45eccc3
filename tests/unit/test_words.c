// Every number of a closed list has a word of its own, and no other number has one.
#include "tools/kopeck/words.h"
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

enum { NUMBERS = 32 }; // no list is longer

// How many of the numbers have a word; all of them differ.
static int count(codes_family_t family)
{
    const char *words[NUMBERS];
    int found = 0;
    for (uint64_t number = 0; number < NUMBERS; number++) {
        words[found] = words_of(family, number);
        for (int i = 0; words[found] && i < found; i++)
            assert_string_not_equal(words[i], words[found]);
        found += words[found] != NULL;
    }
    return found;
}

static void each_number_of_a_list_has_a_word_of_its_own(void **state)
{
    (void)state;
    static const struct {
        codes_family_t family;
        int count;
    } lists[] = {
        {CODES_invoice_state, 9}, {CODES_payment_kind, 2},    {CODES_mandate_state, 2},
        {CODES_posting_kind, 17}, {CODES_autopay_reason, 17}, {CODES_NONE, 0},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        assert_int_equal(count(lists[i].family), lists[i].count);
}

static void states_and_kinds_are_called_by_their_names(void **state)
{
    (void)state;
    static const struct {
        codes_family_t family;
        uint64_t number;
        const char *word;
    } words[] = {
        {CODES_invoice_state, PAYMENT_CREATED, "created"},
        {CODES_invoice_state, PAYMENT_SENT, "sent"},
        {CODES_invoice_state, PAYMENT_PENDING, "pending"},
        {CODES_invoice_state, PAYMENT_UNKNOWN, "unknown"},
        {CODES_invoice_state, PAYMENT_SUCCEEDED, "succeeded"},
        {CODES_invoice_state, PAYMENT_DECLINED, "declined"},
        {CODES_invoice_state, PAYMENT_EXPIRED, "expired"},
        {CODES_invoice_state, PAYMENT_MISMATCHED, "mismatched"},
        {CODES_payment_kind, PAYMENT_KIND_TOPUP, "top-up"},
        {CODES_payment_kind, PAYMENT_KIND_AUTOPAY, "autopay payment"},
        {CODES_mandate_state, 1, "live"},
        {CODES_mandate_state, 2, "revoked"},
        {CODES_autopay_reason, AUTOPAY_NO_PENDING, "NO_PENDING"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_string_equal(words_of(words[i].family, words[i].number), words[i].word);
}

static void each_reason_has_a_code_and_a_sentence(void **state)
{
    (void)state;
    assert_string_equal(words_reason_code(AUTOPAY_CHARGE), "CHARGE");
    assert_string_equal(words_reason(AUTOPAY_CHARGE), "charge the card");
    assert_string_equal(words_reason_code(AUTOPAY_NO_SUM_CAP), "NO_SUM_CAP");
    assert_string_equal(words_reason(AUTOPAY_NO_SUM_CAP), "the month's sum would be exceeded");
    for (uint64_t number = 0; number < CODES_COUNT_autopay_reason; number++) {
        assert_non_null(words_reason_code((autopay_reason_t)number));
        assert_non_null(words_reason((autopay_reason_t)number));
    }
    assert_null(words_reason_code((autopay_reason_t)99));
    assert_null(words_reason((autopay_reason_t)99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_of_a_list_has_a_word_of_its_own),
        cmocka_unit_test(states_and_kinds_are_called_by_their_names),
        cmocka_unit_test(each_reason_has_a_code_and_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
