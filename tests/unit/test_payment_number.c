// The numbers of payments: 15 digits, never twice, and in the order that a search goes by.
#include "proto/payment_number.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define FIRST_INSTANT (INT64_C(1735689600) * SECOND_US) // 2025-01-01T00:00:00Z
#define YEAR_US (DAY_US * 36525 / 100)

static void a_number_follows_the_clock_and_the_last_one(void **state)
{
    (void)state;
    instant_t at = INT64_C(1767225600) * SECOND_US; // 2026-01-01T00:00:00Z
    uint64_t number = payment_number_next(0, at);
    assert_int_equal(number, UINT64_C(31536000) * 1024 * 256);
    assert_int_equal(payment_number_time(number), at);
    assert_int_equal(payment_number_next(number, at), number + 256);
    assert_int_equal(payment_number_next(number, at - DAY_US),
                     number + 256); // a clock that is late
    assert_int_equal(payment_number_next(number, at + SECOND_US), number + UINT64_C(1024) * 256);
    assert_int_equal(payment_number_next(number + 7, at), number + 256); // another partition's
    assert_int_equal(payment_number_next(0, 0), 256);                    // a clock before 2025
}

static void numbers_keep_all_their_digits_for_two_hundred_years(void **state)
{
    (void)state;
    assert_true(payment_number_next(0, FIRST_INSTANT + 120 * YEAR_US) < UINT64_C(1000000000000000));
    uint64_t late = payment_number_next(0, FIRST_INSTANT + 200 * YEAR_US);
    assert_true(late < PAYMENT_NUMBER_MAX / 5);
    assert_int_equal((uint64_t)(double)late, late);
    assert_in_range(payment_number_time(late), FIRST_INSTANT + 200 * YEAR_US - SECOND_US / 1024 - 1,
                    FIRST_INSTANT + 200 * YEAR_US);
    // Robokassa takes 1 to 2^63 - 1, and so does its own end here: no number instead of a wrong
    // one.
    assert_true(PAYMENT_NUMBER_MAX < INT64_MAX);
    assert_int_equal(payment_number_next(PAYMENT_NUMBER_MAX, FIRST_INSTANT), 0);
    assert_int_equal(payment_number_next(0, INT64_MAX), 0);
    assert_int_equal(payment_number_next(PAYMENT_NUMBER_MAX - 511, 0), PAYMENT_NUMBER_MAX - 255);
}

// However many were given since the backup, up to 1024 a second: the clock has passed them.
static void a_journal_put_back_gives_no_number_again(void **state)
{
    (void)state;
    instant_t at = FIRST_INSTANT + YEAR_US;
    uint64_t kept = payment_number_next(0, at), last = kept;
    for (unsigned i = 0; i < 5000; i++)
        last = payment_number_next(last, at += SECOND_US / 1024 + 1);
    assert_true(payment_number_next(kept, at + SECOND_US / 512) > last);
    // Its clock begins at the backup's time; its name is the time at which it was put back.
    uint64_t epoch = (uint64_t)(at / SECOND_US) + 1;
    assert_true(payment_number_next(payment_number_of_epoch(epoch), at - YEAR_US) > last);
    assert_int_equal(payment_number_time(payment_number_of_epoch(epoch)), epoch * SECOND_US);
    assert_int_equal(payment_number_of_epoch(3), 0); // a name that is no time
    assert_int_equal(payment_number_of_epoch(UINT64_MAX), 0);
    assert_int_equal(payment_number_of_epoch(UINT64_C(5522515200)), 0);
    assert_true(payment_number_of_epoch(UINT64_C(5522515199)) < UINT64_C(1000000000000000));
}

static void old_numbers_come_before_new_ones_in_the_order(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {PAYMENT_NUMBER_MAX + 1,
                                       UINT64_C(1767225600000000001),
                                       UINT64_C(1767225600000000002),
                                       UINT64_C(8999999999000000000),
                                       256,
                                       UINT64_C(8266973184000),
                                       PAYMENT_NUMBER_MAX};
    for (size_t i = 1; i < sizeof numbers / sizeof *numbers; i++)
        assert_true(payment_number_order(numbers[i - 1]) < payment_number_order(numbers[i]));
    assert_true(payment_number_is_old(numbers[0]) && !payment_number_is_old(numbers[6]));
    assert_true(payment_number_time(numbers[1]) == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_follows_the_clock_and_the_last_one),
        cmocka_unit_test(numbers_keep_all_their_digits_for_two_hundred_years),
        cmocka_unit_test(a_journal_put_back_gives_no_number_again),
        cmocka_unit_test(old_numbers_come_before_new_ones_in_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
