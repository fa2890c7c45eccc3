// What the rows of tests/vectors/money_vectors.tsv do not say of lots; those are test_money_lots.
#include "services/ledger/ledger_lots.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static ledger_purses_t book;
static ledger_purse_t purse;

static int begin(void **state)
{
    (void)state;
    ledger_purses_init(&book);
    purse = (ledger_purse_t){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    ledger_purses_release(&book);
    return 0;
}

static void credit(uint64_t number, kopecks_t amount, bool bonus)
{
    ledger_lots_credit(&book, &purse,
                       &(ledger_credit_lot_t){.number = number, .amount = amount, .bonus = bonus});
}

static void charge(uint64_t number, kopecks_t amount)
{
    ledger_lots_charge(&book, &purse, &(ledger_use_t){.number = number, .amount = amount});
}

static kopecks_t left(uint64_t number)
{
    uint32_t n = ledger_purse_find(&book, &purse, number);
    return n ? ledger_purse_left(&purse, ledger_purse_lot(&book, n)) : -1;
}

static void a_charge_that_one_lot_covers_touches_no_row(void **state)
{
    (void)state;
    credit(1, 100, false);
    credit(2, 100, false);
    charge(3, 60);
    charge(4, 40);
    assert_int_equal(purse.number, 1);
    assert_int_equal(ledger_purse_lot(&book, 1)->left, 100); // until the purse is opened
    assert_int_equal(left(1), 0);
    charge(5, 1);
    assert_int_equal(purse.number, 2);
    assert_int_equal(left(1), 0);
    assert_int_equal(left(2), 99);
}

static void no_bonus_pays_a_charge_that_an_act_names(void **state)
{
    (void)state;
    charge(1, 30);
    charge(2, 30);
    ledger_lots_issue(&book, &purse, 1);
    credit(3, 100, true);
    ledger_totals_t totals = ledger_lots_totals(&book, &purse, 0);
    assert_int_equal(totals.usage, 30);
    assert_int_equal(totals.bonus, 70);
    assert_int_equal(ledger_totals_balance(&totals), 40);
    credit(4, 100, false);
    totals = ledger_lots_totals(&book, &purse, 0);
    assert_int_equal(totals.usage, 0);
    assert_int_equal(totals.cash, 70);
}

static void one_lot_alone_is_asked_back(void **state)
{
    (void)state;
    credit(1, 100, false);
    credit(2, 100, false);
    assert_false(ledger_lots_hold(&book, &purse, 1, 101));
    assert_int_equal(left(1), 100);
    assert_true(ledger_lots_hold(&book, &purse, 1, 60));
    assert_int_equal(left(1), 40);
    assert_int_equal(left(2), 100);
    ledger_totals_t totals = ledger_lots_totals(&book, &purse, 0);
    assert_int_equal(totals.held, 60);
    assert_int_equal(ledger_totals_balance(&totals), 140);
}

static void what_is_not_there_ends_and_returns_nothing(void **state)
{
    (void)state;
    credit(1, 100, false);
    assert_int_equal(ledger_lots_end(&book, &purse, 1), 0); // cash never ends
    assert_int_equal(ledger_lots_end(&book, &purse, 9), 0);
    assert_int_equal(left(1), 100);
    ledger_lots_settle(&book, &purse, 9, 30, false);
    assert_int_equal(left(1), 100);
    ledger_lots_settle(&book, &purse, 9, 30, true); // it went out all the same
    ledger_totals_t totals = ledger_lots_totals(&book, &purse, 0);
    assert_int_equal(totals.reversal, 30);
    ledger_lots_chargeback(&book, &purse, 9, 120);
    assert_int_equal(left(1), 0);
    totals = ledger_lots_totals(&book, &purse, 0);
    assert_int_equal(totals.reversal, 50);
}

static void more_than_a_charge_took_is_said(void **state)
{
    (void)state;
    credit(1, 100, false);
    charge(2, 50);
    ledger_credit_lot_t instead = {.number = 3};
    const ledger_part_t parts[] = {{1, 50}, {0, 20}};
    assert_int_equal(ledger_lots_correct(&book, &purse, 2, parts, 2, 60, &instead), 10);
    assert_int_equal(left(1), 100);
}

static void a_bonus_that_came_after_the_refund_was_asked_for_is_left_alone(void **state)
{
    (void)state;
    credit(1, 100, false);
    assert_true(ledger_lots_hold(&book, &purse, 0, 100));
    ledger_lots_credit(&book, &purse,
                       &(ledger_credit_lot_t){.number = 2,
                                              .amount = 50,
                                              .bonus = true,
                                              .limited = true,
                                              .terms = {.with = 1, .base = 100}});
    ledger_lots_settle(&book, &purse, 1, 100, false);
    assert_int_equal(left(1), 100);
    assert_int_equal(left(2), 50);
}

static void a_share_of_the_largest_sums_is_exact(void **state)
{
    (void)state;
    const kopecks_t most = INT64_C(100000000000000);
    credit(1, most, false);
    ledger_lots_credit(&book, &purse,
                       &(ledger_credit_lot_t){.number = 2,
                                              .amount = most - 1,
                                              .bonus = true,
                                              .limited = true,
                                              .terms = {.with = 1, .base = most}});
    assert_true(ledger_lots_hold(&book, &purse, 0, most - 1));
    // (10^14 - 1)^2 / 10^14 is 10^14 - 2 and a part of a kopeck
    assert_int_equal(left(2), 1);
}

static void three_lots_of_a_million_accounts_are_small(void **state)
{
    (void)state;
    assert_int_equal(sizeof(ledger_purse_t), 32);
    assert_int_equal(sizeof(ledger_lot_t), 32);
    assert_int_equal(sizeof(ledger_debt_t), 32);
    assert_true(sizeof(ledger_terms_t) <= 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_charge_that_one_lot_covers_touches_no_row, begin, end),
        cmocka_unit_test_setup_teardown(no_bonus_pays_a_charge_that_an_act_names, begin, end),
        cmocka_unit_test_setup_teardown(one_lot_alone_is_asked_back, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_there_ends_and_returns_nothing, begin, end),
        cmocka_unit_test_setup_teardown(more_than_a_charge_took_is_said, begin, end),
        cmocka_unit_test_setup_teardown(
            a_bonus_that_came_after_the_refund_was_asked_for_is_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(a_share_of_the_largest_sums_is_exact, begin, end),
        cmocka_unit_test(three_lots_of_a_million_accounts_are_small)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
