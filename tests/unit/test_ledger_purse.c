#include "services/ledger/ledger_purse.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static ledger_purses_t book;
static ledger_purse_t purse;
static ledger_move_t told[16];
static size_t told_count;

static void note(void *arg, const ledger_move_t *move)
{
    (void)arg;
    told[told_count++] = *move;
}

static int begin(void **state)
{
    (void)state;
    ledger_purses_init(&book);
    purse = (ledger_purse_t){0};
    told_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    ledger_purses_release(&book);
    return 0;
}

static uint32_t add(uint64_t number, bool bonus, instant_t until, kopecks_t left)
{
    ledger_lot_t lot = {.number = number & 0xff,
                        .bonus = bonus,
                        .left = left,
                        .amount = left,
                        .day = number & 0xff};
    ledger_terms_t terms = {.until = until};
    return ledger_purse_add(&book, &purse, &lot, until ? &terms : NULL);
}

static void assert_order(const uint64_t *numbers, size_t count)
{
    uint32_t n = ledger_purse_first(&book, &purse);
    for (size_t i = 0; i < count; i++, n = ledger_purse_after(&book, &purse, n)) {
        assert_int_not_equal(n, 0);
        assert_int_equal(ledger_purse_lot(&book, n)->number, numbers[i]);
    }
    assert_int_equal(n, 0);
}

static void lots_stand_as_they_are_spent(void **state)
{
    (void)state;
    assert_order(NULL, 0);
    add(5, false, 0, 10);
    add(3, false, 0, 10);
    add(4, false, 0, 10);
    add(9, true, 0, 10);
    add(6, true, 500, 10);
    add(7, true, 300, 10);
    add(8, true, 500, 10);
    assert_order((const uint64_t[]){7, 6, 8, 9, 3, 4, 5}, 7);
}

static void the_first_lot_is_current_if_it_pays_whatever_comes(void **state)
{
    (void)state;
    ledger_purse_close(&book, &purse);
    assert_int_equal(purse.number, 0);
    add(5, false, 0, 10);
    ledger_purse_close(&book, &purse);
    assert_int_equal(purse.number, 5);
    assert_int_equal(purse.cover, 10);
    purse.cover = 4;
    assert_int_equal(ledger_purse_left(&purse, ledger_purse_lot(&book, 1)), 4);
    ledger_purse_open(&book, &purse);
    ledger_purse_open(&book, &purse); // once more is no other
    assert_int_equal(purse.number, 0);
    assert_int_equal(ledger_purse_lot(&book, 1)->left, 4);
    add(6, true, 500, 10);
    ledger_purse_close(&book, &purse);
    assert_int_equal(purse.number, 0); // it does not pay every hour
    ledger_terms_t *terms = ledger_purse_agree(&book, 2);
    *terms = (ledger_terms_t){.category = 3};
    ledger_purse_close(&book, &purse);
    assert_int_equal(purse.number, 0);
    *terms = (ledger_terms_t){.from = 3};
    ledger_purse_close(&book, &purse);
    assert_int_equal(purse.number, 0);
    *terms = (ledger_terms_t){.with = 5};
    ledger_purse_close(&book, &purse);
    assert_int_equal(purse.number, 6);
    ledger_purse_open(&book, &purse);
    ledger_purse_lot(&book, 2)->lapsed = true;
    ledger_purse_close(&book, &purse);
    assert_int_equal(purse.number, 0);
}

static void a_used_up_lot_is_set_aside_and_comes_back_to_its_place(void **state)
{
    (void)state;
    uint32_t first = add(3, false, 0, 10), second = add(4, false, 0, 10),
             third = add(5, false, 0, 10);
    ledger_purse_move(&book, &purse, LEDGER_MOVE_TAKE, first, 10);
    ledger_purse_move(&book, &purse, LEDGER_MOVE_REVOKE, second, 10);
    ledger_purse_move(&book, &purse, LEDGER_MOVE_HOLD, third, 10);
    ledger_purse_close(&book, &purse);
    assert_order((const uint64_t[]){5}, 1);
    assert_int_equal(ledger_purse_find(&book, &purse, 3), first);
    assert_int_equal(ledger_purse_find(&book, &purse, 4), second);
    assert_int_equal(ledger_purse_find(&book, &purse, 5), third);
    assert_int_equal(ledger_purse_find(&book, &purse, 6), 0);
    ledger_purse_move(&book, &purse, LEDGER_MOVE_GIVE, second, 4);
    ledger_purse_move(&book, &purse, LEDGER_MOVE_GIVE, second, 0);
    ledger_purse_move(&book, &purse, LEDGER_MOVE_GIVE, first, 4);
    ledger_purse_move(&book, &purse, LEDGER_MOVE_GIVE, first, 1);
    ledger_purse_move(&book, &purse, LEDGER_MOVE_FREE, third, 3);
    ledger_purse_move(&book, &purse, LEDGER_MOVE_SEND, third, 7);
    assert_order((const uint64_t[]){3, 4, 5}, 3);
    ledger_purse_close(&book, &purse);
    assert_int_equal(purse.number, 3);
    assert_int_equal(purse.cover, 5);
}

static void used_up_lots_of_earlier_days_are_forgotten(void **state)
{
    (void)state;
    for (uint64_t number = 1; number <= 4; number++)
        ledger_purse_move(&book, &purse, LEDGER_MOVE_TAKE,
                          add(number, true, number == 2 ? 9 : 0, 5), 5);
    ledger_purse_close(&book, &purse);
    ledger_purse_forget(&book, &purse, 1);
    assert_int_equal(book.lots.used, 4);
    ledger_purse_forget(&book, &purse, 4);
    assert_int_equal(book.lots.used, 1);
    assert_int_equal(book.terms.used, 0);
    assert_int_equal(ledger_purse_find(&book, &purse, 2), 0);
    assert_int_not_equal(ledger_purse_find(&book, &purse, 4), 0);
    ledger_purse_forget(&book, &purse, 9);
    assert_int_equal(book.lots.used, 0);
    ledger_purse_forget(&book, &purse, 9);
}

static void each_move_is_told(void **state)
{
    (void)state;
    book.moved = note;
    uint32_t lot = add(7, false, 0, 10);
    ledger_purse_owe(&book, &purse,
                     &(ledger_debt_t){.kind = LEDGER_DEBT_USAGE, .number = 9, .left = 6});
    ledger_purse_repay(&book, lot, 1, 4);
    ledger_purse_repay(&book, lot, 1, 0); // nothing is no move
    ledger_purse_forgive(&book, 1, 2);
    ledger_purse_move(&book, &purse, LEDGER_MOVE_LAPSE, lot, 6);
    const ledger_move_t expected[] = {{LEDGER_MOVE_CREDIT, 7, 0, 10},
                                      {LEDGER_MOVE_OWE, 0, 9, 6},
                                      {LEDGER_MOVE_REPAY, 7, 9, 4},
                                      {LEDGER_MOVE_FORGIVE, 0, 9, 2},
                                      {LEDGER_MOVE_LAPSE, 7, 0, 6}};
    assert_int_equal(told_count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < told_count; i++) {
        assert_int_equal(told[i].kind, expected[i].kind);
        assert_int_equal(told[i].lot, expected[i].lot);
        assert_int_equal(told[i].debt, expected[i].debt);
        assert_int_equal(told[i].amount, expected[i].amount);
    }
    assert_int_equal(book.debts.used, 1);
    ledger_purse_close(&book, &purse);
    assert_int_equal(book.debts.used, 0);
    assert_int_equal(purse.debts, 0);
}

static void paid_debts_leave_from_anywhere(void **state)
{
    (void)state;
    uint32_t lot = add(7, false, 0, 100);
    for (uint64_t number = 1; number <= 5; number++)
        ledger_purse_owe(&book, &purse,
                         &(ledger_debt_t){.kind = LEDGER_DEBT_USAGE, .number = number, .left = 6});
    ledger_purse_repay(&book, lot, 1, 6);
    ledger_purse_repay(&book, lot, 3, 6);
    ledger_purse_repay(&book, lot, 5, 6);
    ledger_purse_close(&book, &purse);
    uint32_t n = ledger_purse_first_in(&book.debts, purse.debts);
    assert_int_equal(ledger_purse_debt(&book, n)->number, 2);
    n = ledger_purse_after_in(&book.debts, purse.debts, n);
    assert_int_equal(ledger_purse_debt(&book, n)->number, 4);
    assert_int_equal(ledger_purse_after_in(&book.debts, purse.debts, n), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lots_stand_as_they_are_spent, begin, end),
        cmocka_unit_test_setup_teardown(the_first_lot_is_current_if_it_pays_whatever_comes, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_used_up_lot_is_set_aside_and_comes_back_to_its_place,
                                        begin, end),
        cmocka_unit_test_setup_teardown(used_up_lots_of_earlier_days_are_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(each_move_is_told, begin, end),
        cmocka_unit_test_setup_teardown(paid_debts_leave_from_anywhere, begin, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
