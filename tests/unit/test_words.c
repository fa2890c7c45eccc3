// Every number of a closed list has a word of its own, and no other number has one.
#include "tools/kopeck/words.h"
#include "proto/payment.h"
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

enum { NUMBERS = 32 }; // no list is longer

// How many of the numbers have a word; all of them differ.
static int count(request_type_t type, const char *field)
{
    const char *words[NUMBERS];
    int found = 0;
    for (uint64_t number = 0; number < NUMBERS; number++) {
        words[found] = words_of(type, field, number);
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
        request_type_t type;
        const char *field;
        int count;
    } lists[] = {
        {REQUEST_payment, "state", 8}, {REQUEST_payment, "kind", 2},
        {REQUEST_mandate, "state", 2}, {REQUEST_autopay, "verdict", 16},
        {REQUEST_payment, "sum", 0},   {REQUEST_mandate, "kind", 0},
        {REQUEST_autopay, "state", 0}, {REQUEST_balance, "state", 0},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        assert_int_equal(count(lists[i].type, lists[i].field), lists[i].count);
}

static void states_and_kinds_are_called_by_their_names(void **state)
{
    (void)state;
    static const struct {
        request_type_t type;
        const char *field;
        uint64_t number;
        const char *word;
    } words[] = {
        {REQUEST_payment, "state", PAYMENT_CREATED, "created"},
        {REQUEST_payment, "state", PAYMENT_SENT, "sent"},
        {REQUEST_payment, "state", PAYMENT_PENDING, "pending"},
        {REQUEST_payment, "state", PAYMENT_UNKNOWN, "unknown"},
        {REQUEST_payment, "state", PAYMENT_SUCCEEDED, "succeeded"},
        {REQUEST_payment, "state", PAYMENT_DECLINED, "declined"},
        {REQUEST_payment, "state", PAYMENT_EXPIRED, "expired"},
        {REQUEST_payment, "state", PAYMENT_MISMATCHED, "mismatched"},
        {REQUEST_payment, "kind", PAYMENT_KIND_TOPUP, "top-up"},
        {REQUEST_payment, "kind", PAYMENT_KIND_AUTOPAY, "autopay payment"},
        {REQUEST_mandate, "state", 1, "live"},
        {REQUEST_mandate, "state", 2, "revoked"},
        {REQUEST_autopay, "verdict", AUTOPAY_NO_PENDING, "NO_PENDING"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_string_equal(words_of(words[i].type, words[i].field, words[i].number),
                            words[i].word);
}

static void each_reason_has_a_code_and_a_sentence(void **state)
{
    (void)state;
#define REASON(name, number, code, text)                                                           \
    assert_string_equal(words_reason_code(number), code);                                          \
    assert_string_equal(words_reason(number), text);
    AUTOPAY_REASON_LIST(REASON)
#undef REASON
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
