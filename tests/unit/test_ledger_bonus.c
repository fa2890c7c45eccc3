// The rows of promo codes' bonuses: what of a top-up went back, and which share waits.
#include "services/ledger/ledger_bonus.h"
#include "proto/posting.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { INVOICE = 77, ACCOUNT = 3 };

static event_posted_t back(uint64_t invoice, posting_kind_t kind, kopecks_t amount)
{
    return (event_posted_t){.debit = SYSTEM_END + ACCOUNT,
                            .credit = SYSTEM_REFUNDS,
                            .amount = amount,
                            .kind = kind,
                            .reference = posting_payment_reference(invoice)};
}

static ledger_bonuses_t one(void)
{
    ledger_bonuses_t self;
    ledger_bonuses_init(&self);
    event_bonus_given_t given = {.reference = posting_bonus_reference(INVOICE),
                                 .invoice = INVOICE,
                                 .amount = 100,
                                 .topup = 300,
                                 .lot = 9};
    ledger_bonus_apply_given(&self, ACCOUNT, &given, false);
    return self;
}

static void a_share_is_rounded_down_and_never_more_than_the_bonus(void **state)
{
    (void)state;
    static const kopecks_t rows[][2] = {{-5, 0},   {0, 0},    {2, 0},     {3, 1},     {100, 33},
                                        {200, 66}, {299, 99}, {300, 100}, {9000, 100}};
    const ledger_bonus_t bonus = {.bonus = 100, .topup = 300}, gift = {.bonus = 100};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(ledger_bonus_share(&bonus, rows[i][0]), rows[i][1]);
        assert_int_equal(ledger_bonus_share(&gift, rows[i][0]), 0);
    }
}

static void what_goes_back_of_a_topup_makes_its_bonus_wait_until_a_share_is_taken(void **state)
{
    (void)state;
    ledger_bonuses_t self = one();
    assert_null(ledger_bonuses_waiting(&self));
    event_posted_t posted = back(INVOICE, POSTING_REFUND, 2); // less than a kopeck of the bonus
    ledger_bonus_apply_returned(&self, ACCOUNT, &posted);
    assert_null(ledger_bonuses_waiting(&self));
    posted = back(INVOICE, POSTING_CHARGEBACK, 98);
    ledger_bonus_apply_returned(&self, ACCOUNT, &posted);
    const ledger_bonus_t *row = ledger_bonuses_waiting(&self);
    assert_non_null(row);
    assert_int_equal(row->returned, 100);
    assert_int_equal(row->disputed, 98);
    event_bonus_clawed_t clawed = {.invoice = INVOICE, .returned = 100, .due = 33};
    ledger_bonus_apply_clawed(&self, &clawed);
    assert_null(ledger_bonuses_waiting(&self));
    posted.debit = SYSTEM_CHARGEBACKS; // it failed, comes back, and is tried again
    posted.credit = SYSTEM_END + ACCOUNT;
    ledger_bonus_apply_returned(&self, ACCOUNT, &posted);
    assert_non_null(ledger_bonuses_waiting(&self)); // what was taken is to be given again
    posted = back(INVOICE, POSTING_CHARGEBACK, 98);
    ledger_bonus_apply_returned(&self, ACCOUNT, &posted);
    assert_null(ledger_bonuses_waiting(&self));
    ledger_bonuses_release(&self);
}

static void only_what_names_the_topup_of_that_account_counts(void **state)
{
    (void)state;
    ledger_bonuses_t self = one();
    event_posted_t posted = back(INVOICE, POSTING_REFUND, 300);
    ledger_bonus_apply_returned(&self, ACCOUNT + 1, &posted);
    posted = back(INVOICE + 1, POSTING_REFUND, 300);
    ledger_bonus_apply_returned(&self, ACCOUNT, &posted);
    posted = back(0, POSTING_REFUND, 300);
    ledger_bonus_apply_returned(&self, ACCOUNT, &posted);
    assert_null(ledger_bonuses_waiting(&self));
    ledger_bonuses_release(&self);
}

static void what_is_held_takes_no_bonus_until_it_has_left(void **state)
{
    (void)state;
    ledger_bonuses_t self = one();
    event_posted_t held = back(INVOICE, POSTING_HOLD, 300);
    ledger_bonus_apply_returned(&self, ACCOUNT, &held);
    assert_null(ledger_bonuses_waiting(&self));
    event_posted_t released = {.debit = SYSTEM_REFUNDS,
                               .credit = SYSTEM_END + ACCOUNT,
                               .amount = 300,
                               .kind = POSTING_RELEASE,
                               .reference = posting_payment_reference(INVOICE)};
    ledger_bonus_apply_returned(&self, ACCOUNT, &released);
    ledger_bonus_apply_left(&self, ACCOUNT + 1, INVOICE, 300); // another's
    ledger_bonus_apply_left(&self, ACCOUNT, INVOICE + 1, 300);
    assert_null(ledger_bonuses_waiting(&self));
    ledger_bonus_apply_left(&self, ACCOUNT, INVOICE, 300);
    const ledger_bonus_t *row = ledger_bonuses_waiting(&self);
    assert_non_null(row);
    assert_int_equal(row->returned, 300);
    assert_int_equal(row->disputed, 0);
    ledger_bonuses_release(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_is_rounded_down_and_never_more_than_the_bonus),
        cmocka_unit_test(what_goes_back_of_a_topup_makes_its_bonus_wait_until_a_share_is_taken),
        cmocka_unit_test(only_what_names_the_topup_of_that_account_counts),
        cmocka_unit_test(what_is_held_takes_no_bonus_until_it_has_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
