// The loss account by itself: what records add to it, those too that knew no account.
#include "services/metering/metering_losses.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static answer_losses_t told(const losses_t *losses)
{
    answer_losses_t answer;
    losses_query(losses, &answer);
    return answer;
}

static void it_adds_up_and_keeps_the_last_carry(void **state)
{
    (void)state;
    losses_t losses = {0};
    assert_int_equal(told(&losses).last, 0);
    event_usage_expired_t event = {.minutes = 90, .price = 29000, .amount = 60, .remainder = 7};
    losses_apply(&losses, &event, HOUR_US);
    event = (event_usage_expired_t){.minutes = 1, .price = 430000, .amount = 10, .remainder = 5};
    losses_apply(&losses, &event, 2 * HOUR_US);
    answer_losses_t answer = told(&losses);
    assert_int_equal(answer.minutes, 91);
    assert_int_equal(answer.amount, 70);
    assert_int_equal(answer.remainder, 5);
    assert_int_equal(answer.unpriced, 0);
    assert_int_equal(answer.last, 2 * HOUR_US);
}

static void records_of_before_it_have_minutes_and_no_price(void **state)
{
    (void)state;
    losses_t losses = {.carry = 5};
    event_usage_expired_t event = {.minutes = 12};
    losses_apply(&losses, &event, HOUR_US);
    answer_losses_t answer = told(&losses);
    assert_int_equal(answer.minutes, 12);
    assert_int_equal(answer.unpriced, 12);
    assert_int_equal(answer.amount, 0);
    assert_int_equal(answer.remainder, 5);
}

static void beyond_all_money_it_stands_still(void **state)
{
    (void)state;
    losses_t losses = {.amount = INT64_MAX - 1};
    event_usage_expired_t event = {.minutes = 1, .price = 1, .amount = 2};
    losses_apply(&losses, &event, HOUR_US);
    assert_true(told(&losses).amount == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_adds_up_and_keeps_the_last_carry),
        cmocka_unit_test(records_of_before_it_have_minutes_and_no_price),
        cmocka_unit_test(beyond_all_money_it_stands_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
