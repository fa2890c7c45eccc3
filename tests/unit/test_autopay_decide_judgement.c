// Ticks: who is charged at once, who waits for a turn in a crowd, which reason is stored.
#include "tests/unit/autopay_words.h"

// Opens so many linked accounts that are all below the threshold at once.
static void cross_together(size_t accounts)
{
    for (size_t i = 0; i < accounts; i++)
        linked(10000);
    harness_tick(world, true);
    for (size_t i = 0; i < accounts; i++)
        harness_post(world, i, -1);
    harness_catch_up(world);
}

static void up_to_the_crowd_all_are_charged_at_once(void **state)
{
    (void)state;
    cross_together(64);
    harness_tick(world, true);
    assert_int_equal(requests(), 64);
}

static void a_crowd_is_spread_and_each_decided_on_the_balance_of_its_turn(void **state)
{
    (void)state;
    cross_together(65);
    instant_t start = world->now;
    harness_tick(world, true);
    assert_int_equal(requests(), 0);
    size_t ahead = 0, most = 0;
    while (harness_wake(world) != INT64_MAX) {
        assert_in_range(harness_wake(world), world->now, start + 15 * MINUTE_US - 1);
        world->now = harness_wake(world);
        if (requests() == 30 && ahead == 0)
            for (size_t i = 0; i < 65; i++)
                if (harness_ask(world, i, true).verdict == AUTOPAY_CHARGE && ahead++ < 5)
                    harness_post(world, i, 100 * RUBLE); // paid by hand meanwhile
        harness_catch_up(world);
        size_t now = harness_tick(world, true);
        most = now > most ? now : most;
    }
    assert_int_equal(requests(), 60);
    assert_true(most < 10);
    assert_true(world->now - start > 10 * MINUTE_US);
}

static void a_tick_that_decides_more_than_fits_goes_on(void **state)
{
    (void)state;
    assert_int_equal(harness_command(world, ROLE_OPERATOR, policy_of(10000, 1000)), FAIL_NONE);
    cross_together(HARNESS_ACCOUNTS_MAX);
    harness_tick(world, true);
    assert_int_equal(requests(), HARNESS_ACCOUNTS_MAX);
}

static void announcing(uint64_t span)
{
    request_t request = policy_of(10000, 64);
    request.autopay_policy.prenotice_us = span;
    assert_int_equal(harness_command(world, ROLE_OPERATOR, request), FAIL_NONE);
}

static const event_autopay_announced_t *last_announced(void)
{
    return &harness_last(world, EVENT_autopay_announced)->autopay_announced;
}

static void a_payment_is_announced_first_and_comes_no_earlier(void **state)
{
    (void)state;
    announcing(DAY_US);
    size_t account = linked(9999);
    instant_t start = world->now;
    harness_tick(world, true);
    assert_int_equal(requests(), 0);
    assert_int_equal(harness_count(world, EVENT_autopay_announced), 1);
    assert_int_equal(last_announced()->earliest, start + DAY_US);
    assert_int_equal(last_announced()->amount, AMOUNT);
    assert_int_equal(last_reason(), AUTOPAY_NO_PRENOTICE);
    answer_autopay_t answer = harness_ask(world, account, true);
    assert_int_equal(answer.earliest, start + DAY_US);
    assert_int_equal(answer.again, start + DAY_US);
    assert_int_equal(harness_wake(world), start + DAY_US);
    world->now = start + DAY_US - 1;
    harness_post(world, account, -1); // judged again, and not announced again
    settle();
    assert_int_equal(requests(), 0);
    assert_int_equal(harness_count(world, EVENT_autopay_announced), 1);
    world->now = start + DAY_US;
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    assert_int_equal(last_request()->earliest, start + DAY_US);
    harness_succeed(world, request(), false);
    harness_post(world, account, -AMOUNT);
    settle();
    world->now += HOUR_US;
    settle();
    assert_int_equal(requests(), 1); // the next one is announced too
    assert_int_equal(harness_count(world, EVENT_autopay_announced), 2);
}

static void what_holds_no_more_when_its_time_comes_is_announced_anew(void **state)
{
    (void)state;
    announcing(DAY_US);
    size_t account = linked(9999);
    harness_tick(world, true);
    world->now += HOUR_US;
    harness_post(world, account, 100 * RUBLE); // paid by hand meanwhile
    settle();
    assert_int_equal(last_reason(), AUTOPAY_NO_ABOVE_THRESHOLD);
    assert_int_equal(harness_ask(world, account, true).earliest, 0);
    world->now += DAY_US;
    harness_post(world, account, -100 * RUBLE);
    settle();
    assert_int_equal(requests(), 0);
    assert_int_equal(harness_count(world, EVENT_autopay_announced), 2);
    assert_int_equal(last_announced()->earliest, world->now + DAY_US);
}

static void what_was_promised_holds_under_another_policy(void **state)
{
    (void)state;
    announcing(DAY_US);
    linked(9999);
    instant_t start = world->now;
    harness_tick(world, true);
    announcing(0);
    world->now = start + DAY_US - 1;
    harness_tick(world, true);
    assert_int_equal(requests(), 0);
    world->now += 1;
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
}

static void a_crowd_is_announced_at_once(void **state)
{
    (void)state;
    announcing(HOUR_US);
    cross_together(HARNESS_ACCOUNTS_MAX);
    harness_tick(world, true);
    assert_int_equal(harness_count(world, EVENT_autopay_announced), HARNESS_ACCOUNTS_MAX);
    assert_int_equal(requests(), 0);
}

static void a_closed_account_is_not_charged(void **state)
{
    (void)state;
    size_t account = linked(9999);
    uid_t16 id = world->accounts[account].id;
    event_t event = {.type = EVENT_account_closed, .account_closed.account = id};
    harness_ledger_says(world, &event);
    settle();
    assert_int_equal(requests(), 0);
    assert_int_equal(last_reason(), AUTOPAY_NO_ACCOUNT_CLOSED);
    event = (event_t){.type = EVENT_account_reopened, .account_reopened.account = id};
    harness_ledger_says(world, &event);
    settle();
    assert_int_equal(requests(), 1);
}

static void an_account_the_ledger_has_not_named_is_not_judged(void **state)
{
    (void)state;
    size_t account = harness_open(world);
    harness_consent(world, account, AMOUNT, COUNT_MAX, SUM_MAX);
    while (harness_hear(world))
        ;
    assert_int_equal(harness_tick(world, true), 0);
    assert_int_equal(harness_ask(world, account, true).verdict, AUTOPAY_NO_STALE);
    settle();
    assert_int_equal(harness_ask(world, account, true).verdict, AUTOPAY_NO_ABOVE_THRESHOLD);
}

static void nothing_is_judged_while_not_current(void **state)
{
    (void)state;
    size_t account = linked(9999);
    assert_int_equal(harness_tick(world, false), 0);
    assert_int_equal(harness_wake(world), world->now);
    assert_int_equal(harness_ask(world, account, false).verdict, AUTOPAY_NO_STALE);
    assert_int_equal(harness_ask(world, account, true).verdict, AUTOPAY_CHARGE);
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
}

static void a_reason_is_stored_when_it_changes_and_not_again(void **state)
{
    (void)state;
    size_t account = linked(20000);
    harness_tick(world, true);
    size_t before = world->journal_count;
    for (int i = 0; i < 20; i++) {
        harness_post(world, account, -1);
        settle();
    }
    assert_int_equal(world->journal_count, before);
    size_t other = harness_open(world); // never any mandate: never judged
    harness_post(world, other, -100);
    settle();
    assert_int_equal(world->journal_count, before);
    assert_int_equal(harness_ask(world, other, true).verdict, AUTOPAY_NO_NOT_ENABLED);
    assert_int_equal(harness_wake(world), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(up_to_the_crowd_all_are_charged_at_once),
        TEST(a_crowd_is_spread_and_each_decided_on_the_balance_of_its_turn),
        TEST(a_tick_that_decides_more_than_fits_goes_on),
        TEST(a_payment_is_announced_first_and_comes_no_earlier),
        TEST(what_holds_no_more_when_its_time_comes_is_announced_anew),
        TEST(what_was_promised_holds_under_another_policy),
        TEST(a_crowd_is_announced_at_once),
        TEST(a_closed_account_is_not_charged),
        TEST(an_account_the_ledger_has_not_named_is_not_judged),
        TEST(nothing_is_judged_while_not_current),
        TEST(a_reason_is_stored_when_it_changes_and_not_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
