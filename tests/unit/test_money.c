#include "proto/money.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void arithmetic_at_the_edges_says_so_and_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        int64_t a, b;
        bool add, subtract, multiply;
    } cases[] = {
        {1, 2, true, true, true},
        {INT64_MAX, 0, true, true, true},
        {INT64_MAX, 1, false, true, true},
        {INT64_MAX, -1, true, false, true},
        {INT64_MIN, -1, false, true, false},
        {INT64_MIN, 1, true, false, true},
        {INT64_MIN, INT64_MIN, false, true, false},
        {INT64_MAX, INT64_MAX, false, true, false},
        {0, INT64_MIN, true, false, true},
        {INT64_C(3037000500), INT64_C(3037000500), true, true, false},
        {INT64_C(3037000499), INT64_C(3037000499), true, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t a = cases[i].a, b = cases[i].b, result = 77;
        __int128 exact = (__int128)a + b;
        assert_int_equal(money_add(a, b, &result), cases[i].add);
        assert_true(result == (cases[i].add ? (int64_t)exact : 77));
        result = 77;
        exact = (__int128)a - b;
        assert_int_equal(money_subtract(a, b, &result), cases[i].subtract);
        assert_true(result == (cases[i].subtract ? (int64_t)exact : 77));
        result = 77;
        exact = (__int128)a * b;
        assert_int_equal(money_multiply(a, b, &result), cases[i].multiply);
        assert_true(result == (cases[i].multiply ? (int64_t)exact : 77));
    }
}

static void carry_units_hold_minutes_disk_and_tokens_exactly(void **state)
{
    (void)state;
    assert_int_equal(CARRY_DENOMINATOR % (43200 * INT64_C(1024)), 0);
    assert_int_equal(CARRY_DENOMINATOR % 1000000, 0);
    assert_int_equal(CARRY_PER_PRICE_MINUTE * 43200, CARRY_DENOMINATOR); // 720 h cost the price
}

static void a_full_batch_of_largest_postings_stays_in_range(void **state)
{
    (void)state;
    kopecks_t sum = 0;
    for (unsigned i = 0; i < 8189; i++)
        assert_true(money_add(sum, POSTING_AMOUNT_MAX, &sum));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_at_the_edges_says_so_and_changes_nothing),
        cmocka_unit_test(carry_units_hold_minutes_disk_and_tokens_exactly),
        cmocka_unit_test(a_full_batch_of_largest_postings_stays_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
