// Autopay's limits: declines and their backoff, caps by count and sum, and the month they are of.
#include "tests/unit/autopay_words.h"

static void lowered_limits_hold_at_once(void **state)
{
    (void)state;
    size_t account = linked(10000);
    event_t event = {.type = EVENT_mandate_changed, .at = world->now};
    event.mandate_changed = (event_mandate_changed_t){
        harness_mandate(world, account), world->accounts[account].id, COUNT_MAX, AMOUNT - 1};
    harness_say(world, &event);
    harness_post(world, account, -1);
    settle();
    assert_int_equal(requests(), 0);
    assert_int_equal(last_reason(), AUTOPAY_NO_SUM_CAP);
}

static void declines_back_off_and_the_third_suspends_until_resumed(void **state)
{
    (void)state;
    size_t account = linked(9999);
    static const instant_t waits[] = {HOUR_US, 6 * HOUR_US};
    for (size_t i = 0; i < 3; i++) {
        harness_tick(world, true);
        assert_int_equal(requests(), i + 1);
        world->now += HOUR_US; // the answer took so long that the interval is over
        harness_decline(world, request(), DECLINE_STATE_10, 0, 0);
        settle();
        assert_int_equal(requests(), i + 1);
        if (i == 2)
            break;
        assert_int_equal(last_reason(), AUTOPAY_NO_BACKOFF);
        assert_int_equal(harness_wake(world), world->now + waits[i]);
        world->now += waits[i] - 1;
        harness_tick(world, true);
        assert_int_equal(requests(), i + 1);
        world->now += 1;
    }
    assert_int_equal(harness_count(world, EVENT_autopay_suspended), 1);
    assert_int_equal(harness_last(world, EVENT_autopay_suspended)->autopay_suspended.why, 1);
    assert_int_equal(last_reason(), AUTOPAY_NO_SUSPENDED);
    world->now += DAY_US;
    harness_tick(world, true);
    assert_int_equal(requests(), 3);
    request_t resume = {.type = REQUEST_autopay_resume};
    resume.autopay_resume.account = world->accounts[account].id;
    resume.autopay_resume.why = 3;
    assert_int_equal(harness_command(world, ROLE_WEB, resume), FAIL_DENIED);
    resume.autopay_resume.why = 1;
    assert_int_equal(harness_command(world, ROLE_WEB, resume), FAIL_NONE);
    assert_int_equal(harness_command(world, ROLE_WEB, resume), FAIL_NONE);
    assert_int_equal(harness_count(world, EVENT_autopay_resumed), 1);
    harness_tick(world, true);
    assert_int_equal(requests(), 4);
    assert_int_equal(last_request()->attempts, 3);
    assert_int_equal(last_request()->declines, 0);
}

static void a_hard_decline_suspends_at_once_and_a_new_consent_resumes(void **state)
{
    (void)state;
    size_t account = linked(9999);
    harness_tick(world, true);
    harness_decline(world, request(), DECLINE_REJECTED, 34, 0);
    settle();
    assert_int_equal(harness_last(world, EVENT_autopay_suspended)->autopay_suspended.why, 2);
    assert_true(harness_ask(world, account, true).suspended);
    harness_consent(world, account, AMOUNT, COUNT_MAX, SUM_MAX);
    settle();
    assert_int_equal(harness_last(world, EVENT_autopay_resumed)->autopay_resumed.why, 2);
    assert_false(harness_ask(world, account, true).suspended);
}

static void five_declined_attempts_are_a_month_s_worth(void **state)
{
    (void)state;
    linked(9999);
    for (size_t i = 0; i < 5; i++) {
        harness_tick(world, true);
        assert_int_equal(requests(), i + 1);
        harness_decline(world, request(), DECLINE_STATE_10, 0, 0);
        harness_catch_up(world);
        request_t resume = {.type = REQUEST_autopay_resume};
        resume.autopay_resume.account = world->accounts[0].id;
        resume.autopay_resume.why = 3;
        harness_command(world, ROLE_OPERATOR, resume);
        world->now += DAY_US;
    }
    harness_tick(world, true);
    assert_int_equal(requests(), 5);
    assert_int_equal(last_reason(), AUTOPAY_NO_ATTEMPT_CAP);
    assert_int_equal(harness_wake(world), at("2026-03-31T21:00:00Z"));
    world->now = at("2026-03-31T21:00:00Z");
    harness_tick(world, true);
    assert_int_equal(requests(), 6);
}

// Charges, succeeds, is used up again.
static void succeed_and_use_up(size_t account)
{
    harness_succeed(world, request(), false);
    harness_post(world, account, -AMOUNT);
    settle();
    world->now += HOUR_US;
    harness_tick(world, true);
}

static void the_fourth_payment_waits_for_moscow_s_midnight(void **state)
{
    (void)state;
    size_t account = linked(9999);
    harness_tick(world, true);
    for (int i = 0; i < 3; i++)
        succeed_and_use_up(account);
    assert_int_equal(requests(), 3);
    assert_int_equal(last_reason(), AUTOPAY_NO_COUNT_CAP);
    assert_int_equal(harness_ask(world, account, true).count, 3);
    assert_int_equal(harness_wake(world), at("2026-03-31T21:00:00Z"));
    world->now = at("2026-03-31T20:59:59Z");
    harness_tick(world, true);
    assert_int_equal(requests(), 3);
    world->now = at("2026-03-31T21:00:00Z");
    harness_crash(world); // also after a restart just then
    harness_tick(world, true);
    assert_int_equal(requests(), 4);
    assert_int_equal(last_request()->month, 2026 * 12 + 3);
    assert_int_equal(last_request()->count, 0);
}

static void a_success_counts_in_the_month_of_its_decision(void **state)
{
    (void)state;
    world->now = at("2026-03-31T20:59:59Z");
    size_t account = linked(-2000 * RUBLE);
    harness_tick(world, true);
    world->now = at("2026-03-31T22:30:00Z");
    harness_succeed(world, request(), false);
    settle();
    assert_int_equal(harness_last(world, EVENT_autopay_settled)->autopay_settled.month,
                     2026 * 12 + 2);
    assert_int_equal(requests(), 2);
    assert_int_equal(last_request()->count, 0);
    assert_int_equal(harness_ask(world, account, true).count, 0);
}

static void a_late_success_of_last_month_counts_there(void **state)
{
    (void)state;
    world->now = at("2026-03-31T20:00:00Z");
    size_t account = linked(-3000 * RUBLE);
    harness_tick(world, true);
    uint64_t march = request();
    harness_decline(world, march, DECLINE_NOT_ARRIVED, 0, 0);
    settle();
    world->now = at("2026-03-31T21:00:00Z");
    harness_tick(world, true);
    assert_int_equal(requests(), 2);
    assert_int_equal(last_request()->attempts, 0); // the declined one was March's
    harness_succeed(world, request(), false);
    harness_succeed(world, march, true);
    settle();
    assert_int_equal(harness_last(world, EVENT_autopay_settled)->autopay_settled.request, march);
    assert_int_equal(harness_last(world, EVENT_autopay_settled)->autopay_settled.month,
                     2026 * 12 + 2);
    assert_int_equal(harness_ask(world, account, true).count, 1);
    assert_int_equal(harness_ask(world, account, true).sum, AMOUNT);
}

static void a_late_success_counts_and_no_limit_is_passed_after_it(void **state)
{
    (void)state;
    size_t account = linked(-3000 * RUBLE);
    harness_tick(world, true);
    uint64_t declined = request();
    harness_decline(world, declined, DECLINE_NOT_ARRIVED, 0, 0);
    settle();
    for (int i = 0; i < 2; i++) { // two that succeed
        world->now += 6 * HOUR_US;
        harness_tick(world, true);
        harness_succeed(world, request(), false);
        settle();
    }
    assert_int_equal(requests(), 3);
    harness_succeed(world, declined, true);
    while (harness_hear(world))
        ;
    assert_int_equal(harness_ask(world, account, true).count, 3);
    assert_int_equal(harness_ask(world, account, true).verdict, AUTOPAY_NO_PENDING);
    settle();
    world->now += 6 * HOUR_US;
    harness_tick(world, true);
    assert_int_equal(requests(), 3);
    assert_int_equal(last_reason(), AUTOPAY_NO_COUNT_CAP);
}

static void a_late_success_leaves_the_one_in_flight_in_flight(void **state)
{
    (void)state;
    size_t account = linked(-3000 * RUBLE);
    harness_tick(world, true);
    uint64_t declined = request();
    harness_decline(world, declined, DECLINE_NOT_ARRIVED, 0, 0);
    settle();
    world->now += HOUR_US;
    harness_tick(world, true);
    assert_int_equal(requests(), 2);
    harness_succeed(world, declined, true);
    settle();
    assert_int_equal(harness_ask(world, account, true).request, request());
    world->now += DAY_US;
    harness_tick(world, true);
    assert_int_equal(requests(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lowered_limits_hold_at_once),
        TEST(declines_back_off_and_the_third_suspends_until_resumed),
        TEST(a_hard_decline_suspends_at_once_and_a_new_consent_resumes),
        TEST(five_declined_attempts_are_a_month_s_worth),
        TEST(the_fourth_payment_waits_for_moscow_s_midnight),
        TEST(a_success_counts_in_the_month_of_its_decision),
        TEST(a_late_success_of_last_month_counts_there),
        TEST(a_late_success_counts_and_no_limit_is_passed_after_it),
        TEST(a_late_success_leaves_the_one_in_flight_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
