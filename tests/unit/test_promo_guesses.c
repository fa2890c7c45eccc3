// test_promo_guesses - ten within an hour, thirty within a day, of each account by itself; and what
// is old is forgotten.
#include "promo_words.h"

static void ten_within_an_hour_are_the_limit(void **state)
{
    (void)state;
    promo_guesses_t guesses;
    uid_t16 a = account_of(1), b = account_of(2);
    promo_guesses_init(&guesses);
    for (int i = 0; i < PROMO_GUESSES_HOUR; i++) {
        assert_true(promo_guesses_may(&guesses, &a, T0 + i));
        promo_guesses_note(&guesses, &a, T0 + i);
    }
    assert_false(promo_guesses_may(&guesses, &a, T0 + PROMO_GUESSES_HOUR));
    assert_true(promo_guesses_may(&guesses, &b, T0 + PROMO_GUESSES_HOUR));
    assert_false(promo_guesses_may(&guesses, &a, T0 + HOUR_US - 1));
    assert_true(promo_guesses_may(&guesses, &a, T0 + HOUR_US)); // the first one counts no more
    promo_guesses_note(&guesses, &a, T0 + HOUR_US);
    assert_false(promo_guesses_may(&guesses, &a, T0 + HOUR_US)); // the second still does
    promo_guesses_release(&guesses);
}

static void thirty_within_a_day_are_the_limit(void **state)
{
    (void)state;
    promo_guesses_t guesses;
    uid_t16 a = account_of(1);
    promo_guesses_init(&guesses);
    for (int round = 0; round < 3; round++) { // the ring goes round
        instant_t from = T0 + round * DAY_US;
        for (int i = 0; i < PROMO_GUESSES_DAY; i++) {
            assert_true(promo_guesses_may(&guesses, &a, from + i * 40 * MINUTE_US));
            promo_guesses_note(&guesses, &a, from + i * 40 * MINUTE_US);
        }
        assert_false(promo_guesses_may(&guesses, &a, from + DAY_US - 1));
        assert_true(promo_guesses_may(&guesses, &a, from + DAY_US));
    }
    promo_guesses_release(&guesses);
}

static void what_is_a_day_old_is_forgotten(void **state)
{
    (void)state;
    promo_guesses_t guesses;
    promo_guesses_init(&guesses);
    for (uint64_t day = 0; day < 20; day++)
        for (uint64_t i = 0; i < 50; i++) {
            uid_t16 account = account_of(day * 1000 + i);
            promo_guesses_note(&guesses, &account, T0 + (int64_t)day * DAY_US + (int64_t)i);
        }
    assert_in_range(table_used(&guesses.rows), 50, 51);
    promo_guesses_release(&guesses);
}

static void where_there_are_too_many_the_oldest_is_forgotten(void **state)
{
    (void)state;
    promo_guesses_t guesses;
    uid_t16 first = account_of(1), second = account_of(2);
    promo_guesses_init(&guesses);
    for (uint64_t i = 1; i <= PROMO_GUESSERS_MAX; i++) {
        uid_t16 account = account_of(i);
        for (int n = 0; n < (i <= 2 ? PROMO_GUESSES_HOUR : 1); n++)
            promo_guesses_note(&guesses, &account, T0 + (int64_t)i);
    }
    promo_guesses_note(&guesses, &first, T0 + PROMO_GUESSERS_MAX + 1); // the second is older now
    assert_false(promo_guesses_may(&guesses, &second, T0 + HOUR_US));
    uid_t16 another = account_of(0);
    promo_guesses_note(&guesses, &another, T0 + PROMO_GUESSERS_MAX + 1);
    assert_int_equal(table_used(&guesses.rows), PROMO_GUESSERS_MAX);
    assert_true(promo_guesses_may(&guesses, &second, T0 + HOUR_US));
    assert_false(promo_guesses_may(&guesses, &first, T0 + HOUR_US));
    promo_guesses_release(&guesses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_within_an_hour_are_the_limit),
        cmocka_unit_test(thirty_within_a_day_are_the_limit),
        cmocka_unit_test(what_is_a_day_old_is_forgotten),
        cmocka_unit_test(where_there_are_too_many_the_oldest_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
