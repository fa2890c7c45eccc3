// The agenda: what is to be judged comes up once, in order, when it is time, and when a credit
// came.
#include "services/base/table.h"
#include "services/autopay/autopay_agenda.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static autopay_agenda_t agenda;

static int end(void **state)
{
    (void)state;
    autopay_agenda_release(&agenda);
    return 0;
}

static void finish(void)
{
    assert_int_equal(autopay_agenda_take(&agenda), TABLE_NONE);
    assert_int_equal(autopay_agenda_take_kept(&agenda), TABLE_NONE);
}

static void a_touched_account_is_judged_once_in_order(void **state)
{
    (void)state;
    autopay_agenda_touch(&agenda, 500);
    autopay_agenda_touch(&agenda, 3);
    autopay_agenda_touch(&agenda, 500);
    assert_int_equal(autopay_agenda_wake(&agenda, 7), 7);
    assert_int_equal(autopay_agenda_take(&agenda), 500);
    assert_int_equal(autopay_agenda_take(&agenda), 3);
    finish();
    assert_int_equal(autopay_agenda_wake(&agenda, 7), INT64_MAX);
    autopay_agenda_touch(&agenda, 500);
    assert_int_equal(autopay_agenda_take(&agenda), 500);
    finish();
}

static void the_kept_come_back_in_order_also_after_a_pause(void **state)
{
    (void)state;
    for (uint32_t number = 0; number < 200; number++)
        autopay_agenda_touch(&agenda, number);
    for (uint32_t number = 0; number < 200; number++) {
        assert_int_equal(autopay_agenda_take(&agenda), number);
        if (number % 2)
            autopay_agenda_keep(&agenda, number);
    }
    assert_int_equal(autopay_agenda_take(&agenda), TABLE_NONE);
    assert_int_equal(autopay_agenda_kept_count(&agenda), 100);
    for (uint32_t number = 1; number < 100; number += 2)
        assert_int_equal(autopay_agenda_take_kept(&agenda), number);
    autopay_agenda_touch(&agenda, 101); // still kept: not twice
    autopay_agenda_touch(&agenda, 1);   // gone: once more
    assert_int_equal(autopay_agenda_take(&agenda), 1);
    autopay_agenda_keep(&agenda, 1);
    assert_int_equal(autopay_agenda_take(&agenda), TABLE_NONE);
    for (uint32_t number = 101; number < 200; number += 2)
        assert_int_equal(autopay_agenda_take_kept(&agenda), number);
    assert_int_equal(autopay_agenda_take_kept(&agenda), 1);
    finish();
}

static void an_alarm_rings_at_its_instant_and_a_later_one_replaces_it(void **state)
{
    (void)state;
    autopay_agenda_set_alarm(&agenda, 1, 100, false);
    autopay_agenda_set_alarm(&agenda, 2, 50, false);
    assert_int_equal(autopay_agenda_wake(&agenda, 0), 50);
    autopay_agenda_set_alarm(&agenda, 2, 150, false);
    autopay_agenda_ring(&agenda, 99);
    assert_int_equal(autopay_agenda_take(&agenda), TABLE_NONE);
    autopay_agenda_ring(&agenda, 100);
    assert_int_equal(autopay_agenda_take(&agenda), 1);
    finish();
    autopay_agenda_set_alarm(&agenda, 2, INT64_MAX, false);
    assert_int_equal(autopay_agenda_wake(&agenda, 0), INT64_MAX);
}

static void a_turn_has_come_when_its_alarm_rang(void **state)
{
    (void)state;
    autopay_agenda_set_alarm(&agenda, 4, 100, true);
    assert_int_equal(agenda.waiting, 1);
    autopay_agenda_touch(&agenda, 4);
    assert_int_equal(autopay_agenda_take(&agenda), 4);
    assert_true(autopay_agenda_in_crowd(&agenda, 4));
    assert_false(autopay_agenda_turn_came(&agenda, 4));
    finish();
    autopay_agenda_ring(&agenda, 100);
    assert_true(autopay_agenda_turn_came(&agenda, 4));
    assert_int_equal(autopay_agenda_take(&agenda), 4);
    autopay_agenda_set_alarm(&agenda, 4, INT64_MAX, false);
    assert_false(autopay_agenda_in_crowd(&agenda, 4));
    assert_int_equal(agenda.waiting, 0);
    finish();
}

static void a_credit_wakes_those_who_wait_for_it_or_an_earlier_one(void **state)
{
    (void)state;
    autopay_agenda_set_credit(&agenda, 1, 10);
    autopay_agenda_set_credit(&agenda, 2, 20);
    autopay_agenda_set_credit(&agenda, 3, 5);
    autopay_agenda_set_credit(&agenda, 3, 0);
    autopay_agenda_take_credits(&agenda, 9);
    assert_int_equal(autopay_agenda_take(&agenda), TABLE_NONE);
    autopay_agenda_take_credits(&agenda, 19);
    assert_int_equal(autopay_agenda_take(&agenda), 1);
    finish();
    autopay_agenda_take_credits(&agenda, 20);
    assert_int_equal(autopay_agenda_take(&agenda), 2);
    finish();
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_touched_account_is_judged_once_in_order),
        TEST(the_kept_come_back_in_order_also_after_a_pause),
        TEST(an_alarm_rings_at_its_instant_and_a_later_one_replaces_it),
        TEST(a_turn_has_come_when_its_alarm_rang),
        TEST(a_credit_wakes_those_who_wait_for_it_or_an_earlier_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
