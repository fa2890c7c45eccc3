// test_promo_accounts - which accounts are known, and how old one is that is not.
#include "services/payment/promo_accounts.h"
#include "proto/posting.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static uid_t16 account(uint8_t n)
{
    return (uid_t16){{n, 1}};
}

static void note(promo_accounts_t *self, uint8_t n, uint64_t number)
{
    event_account_noted_t noted = {account(n), number, n * DAY_US};
    promo_accounts_apply(self, &noted);
}

static instant_t opened(const promo_accounts_t *self, uint8_t n)
{
    uid_t16 id = account(n);
    return promo_accounts_opened(self, &id, 100 * DAY_US);
}

static void who_is_not_opened_yet_is_as_new_as_can_be(void **state)
{
    (void)state;
    promo_accounts_t self;
    promo_accounts_init(&self);
    assert_int_equal(opened(&self, 1), 100 * DAY_US);
    note(&self, 1, SYSTEM_END);
    note(&self, 2, SYSTEM_END + 1);
    note(&self, 2, SYSTEM_END + 1); // told again
    assert_int_equal(opened(&self, 1), DAY_US);
    assert_int_equal(opened(&self, 2), 2 * DAY_US);
    assert_int_equal(opened(&self, 3), 100 * DAY_US);
    promo_accounts_release(&self);
}

static void where_some_were_not_heard_of_nobody_else_is_new(void **state)
{
    (void)state;
    promo_accounts_t self;
    promo_accounts_init(&self);
    note(&self, 5, SYSTEM_END + 7);
    assert_int_equal(opened(&self, 5), 5 * DAY_US);
    assert_true(opened(&self, 6) == INT64_MIN);
    promo_accounts_release(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_not_opened_yet_is_as_new_as_can_be),
        cmocka_unit_test(where_some_were_not_heard_of_nobody_else_is_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
