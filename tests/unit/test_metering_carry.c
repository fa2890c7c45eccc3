#include "services/metering/metering_carry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { NACHALNY = 29000, PROBNY = 17000, MINUTES_A_MONTH = 43200 };

// Vectors print carries in 1/43 200 kopeck.
static int64_t printed(int64_t carry)
{
    assert_int_equal(carry % CARRY_PER_PRICE_MINUTE, 0);
    return carry / CARRY_PER_PRICE_MINUTE;
}

static void eleven_hours_of_nachalny_post_40_or_41(void **state)
{
    (void)state;
    static const kopecks_t posted[] = {40, 40, 40, 41, 40, 40, 40, 41, 40, 40, 41};
    int64_t carry = 0;
    for (size_t i = 0; i < sizeof posted / sizeof *posted; i++) {
        assert_int_equal(carry_charge(NACHALNY, 60, &carry), posted[i]);
        if (i == 0)
            assert_int_equal(printed(carry), 12000);
        if (i == 3)
            assert_int_equal(printed(carry), 4800);
    }
}

static void any_split_of_minutes_comes_to_the_golden_sum(void **state)
{
    (void)state;
    static const struct {
        kopecks_t price;
        uint64_t calls, minutes;
        kopecks_t posted;
        int64_t carry;
    } table[] = {
        {NACHALNY, 720, 60, 29000, 0},
        {NACHALNY, 1, 12, 8, 2400},
        {NACHALNY, 12, 1, 8, 2400},
        {PROBNY, 1, 12, 4, 31200},
        {PROBNY, 4, 3, 4, 31200},
        {NACHALNY, 744, 60, 29966, 28800},
        {NACHALNY, 1, 744 * 60, 29966, 28800},
        {17000, 720, 60, 17000, 0},
        {49000, 720, 60, 49000, 0},
        {145000, 720, 60, 145000, 0},
        {430000, 720, 60, 430000, 0},
        {775000, 720, 60, 775000, 0},
        {775000, 43200, 1, 775000, 0},
        {0, 10, 60, 0, 0},
        {1, 43199, 1, 0, 43199},
        {1, 43200, 1, 1, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t carry = 0;
        kopecks_t posted = 0;
        for (uint64_t n = 0; n < table[i].calls; n++)
            posted += carry_charge(table[i].price, table[i].minutes, &carry);
        assert_int_equal(posted, table[i].posted);
        assert_int_equal(printed(carry), table[i].carry);
    }
}

static void the_largest_arguments_stay_exact(void **state)
{
    (void)state;
    int64_t carry = CARRY_DENOMINATOR - 1;
    unsigned __int128 exact = (unsigned __int128)PRICE_MAX * MINUTES_MAX * CARRY_PER_PRICE_MINUTE +
                              (unsigned __int128)carry;
    kopecks_t posted = carry_charge(PRICE_MAX, MINUTES_MAX, &carry);
    assert_true((unsigned __int128)posted * CARRY_DENOMINATOR + (unsigned __int128)carry == exact);
    assert_true(carry >= 0 && carry < CARRY_DENOMINATOR);
    assert_true(posted <= POSTING_AMOUNT_MAX);
}

static void posted_stays_below_exact_by_less_than_a_kopeck(void **state)
{
    (void)state;
    uint64_t seed = 42;
    int64_t carry = 0;
    __int128 exact = 0, posted = 0;
    for (int i = 0; i < 100000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        kopecks_t price = (kopecks_t)(seed >> 33) % 1000000;
        uint64_t minutes = seed % 61;
        posted += carry_charge(price, minutes, &carry);
        exact += (__int128)price * (int64_t)minutes * CARRY_PER_PRICE_MINUTE;
        __int128 behind = exact - posted * CARRY_DENOMINATOR;
        assert_true(behind >= 0 && behind < CARRY_DENOMINATOR && behind == carry);
    }
}

static void two_moved_carries_make_a_kopeck_once_they_reach_it(void **state)
{
    (void)state;
    int64_t carry = CARRY_DENOMINATOR / 2;
    assert_int_equal(carry_move(CARRY_DENOMINATOR / 2 - 1, &carry), 0);
    assert_int_equal(carry, CARRY_DENOMINATOR - 1);
    assert_int_equal(carry_move(1, &carry), 1);
    assert_int_equal(carry, 0);
    carry = CARRY_DENOMINATOR - 1;
    assert_int_equal(carry_move(CARRY_DENOMINATOR - 1, &carry), 1);
    assert_int_equal(carry, CARRY_DENOMINATOR - 2);
}

// Charged and given back in any order: what is left is what the rest alone would have come to.
static void what_is_given_back_leaves_what_the_rest_costs(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        kopecks_t price = (kopecks_t)(seed >> 33) % 1000000;
        uint64_t kept = seed % 600, wrong = seed / 600 % 600;
        int64_t carry = 0, alone = 0;
        kopecks_t posted = carry_charge(price, kept + wrong, &carry);
        kopecks_t given = carry_credit(price, wrong / 2, &carry);
        assert_true(given >= 0 && carry >= 0 && carry < CARRY_DENOMINATOR);
        given += carry_credit(price, wrong - wrong / 2, &carry);
        assert_int_equal(posted - given, carry_charge(price, kept, &alone));
        assert_int_equal(carry, alone);
    }
    int64_t carry = 0;
    assert_int_equal(carry_charge(29000, 235, &carry), 157);
    assert_int_equal(carry_credit(29000, 205, &carry), 137);
    carry = 0;
    assert_int_equal(carry_credit(29000, 60, &carry), 41); // a kopeck more than an hour's line
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eleven_hours_of_nachalny_post_40_or_41),
        cmocka_unit_test(any_split_of_minutes_comes_to_the_golden_sum),
        cmocka_unit_test(the_largest_arguments_stay_exact),
        cmocka_unit_test(posted_stays_below_exact_by_less_than_a_kopeck),
        cmocka_unit_test(what_is_given_back_leaves_what_the_rest_costs),
        cmocka_unit_test(two_moved_carries_make_a_kopeck_once_they_reach_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
