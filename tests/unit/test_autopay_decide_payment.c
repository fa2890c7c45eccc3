// What payment says: declines, successes and consents, and which limit each of them reaches.
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

// A refusal that a later try may not meet is one decline of three; the card goes on.
static void one_soft_refusal_suspends_nothing(void **state)
{
    (void)state;
    static const uint64_t codes[] = {0, 1, 20, 33, 36, 500};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        size_t account = linked(9999);
        size_t before = requests();
        harness_tick(world, true);
        assert_int_equal(requests(), before + 1);
        harness_decline(world, request(), DECLINE_REJECTED, codes[i], 0);
        settle();
        assert_int_equal(harness_count(world, EVENT_autopay_suspended), 0);
        assert_false(harness_ask(world, account, true).suspended);
        assert_int_equal(last_reason(), AUTOPAY_NO_BACKOFF);
        world->now += HOUR_US;
        harness_tick(world, true);
        assert_true(requests() > before + 1);
        (void)harness_succeed(world, request(), false);
        settle();
    }
}

static void a_card_that_is_gone_is_charged_no_more_until_another_is_linked(void **state)
{
    (void)state;
    static const uint64_t codes[] = {ROBOKASSA_ERROR_NO_REPEATS, ROBOKASSA_ERROR_BAD_REPEAT};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        size_t account = linked(9999);
        harness_tick(world, true);
        size_t before = requests();
        uid_t16 mandate = harness_mandate(world, account);
        harness_decline(world, request(), DECLINE_REJECTED, codes[i], 0);
        settle();
        const event_autopay_card_gone_t *gone =
            &harness_last(world, EVENT_autopay_card_gone)->autopay_card_gone;
        assert_int_equal(gone->code, codes[i]);
        assert_true(uid_equal(&gone->mandate, &mandate));
        assert_int_equal(harness_ask(world, account, true).verdict, AUTOPAY_NO_INSTRUMENT);
        assert_int_equal(last_reason(), AUTOPAY_NO_INSTRUMENT);
        assert_false(harness_ask(world, account, true).suspended);
        world->now += DAY_US;
        request_t resume = {.type = REQUEST_autopay_resume};
        resume.autopay_resume.account = world->accounts[account].id;
        resume.autopay_resume.why = RESUMED_BY_CUSTOMER;
        assert_int_equal(harness_command(world, ROLE_WEB, resume), FAIL_NONE); // no card by that
        harness_tick(world, true);
        assert_int_equal(requests(), before);
        harness_consent(world, account, AMOUNT, COUNT_MAX, SUM_MAX);
        harness_post(world, account, -AMOUNT);
        settle();
        assert_int_equal(requests(), before + 1);
    }
}

static void a_card_that_was_linked_meanwhile_is_another_one(void **state)
{
    (void)state;
    size_t account = linked(9999);
    harness_tick(world, true);
    harness_consent(world, account, AMOUNT, COUNT_MAX, SUM_MAX);
    harness_decline(world, request(), DECLINE_REJECTED, ROBOKASSA_ERROR_BAD_REPEAT, 0);
    settle();
    assert_int_equal(harness_count(world, EVENT_autopay_card_gone), 0);
    assert_int_not_equal(harness_ask(world, account, true).verdict, AUTOPAY_NO_INSTRUMENT);
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

static void resume(size_t account)
{
    request_t request = {.type = REQUEST_autopay_resume};
    request.autopay_resume.account = world->accounts[account].id;
    request.autopay_resume.why = RESUMED_BY_CUSTOMER;
    assert_int_equal(harness_command(world, ROLE_WEB, request), FAIL_NONE);
}

static void a_full_refund_suspends_until_the_customer_goes_on(void **state)
{
    (void)state;
    size_t account = linked(50000);
    harness_give_back(world, account, POSTING_REFUND, 50000);
    harness_refund(world, account);
    harness_refund(world, account); // what is suspended stays so
    settle();
    assert_int_equal(harness_count(world, EVENT_autopay_suspended), 1);
    const event_t *suspended = harness_last(world, EVENT_autopay_suspended);
    assert_int_equal(suspended->autopay_suspended.why, SUSPENDED_BY_REFUND);
    assert_int_equal(suspended->cause.stream, STREAM_PAYMENT);
    harness_post(world, account, -100);
    settle();
    assert_int_equal(requests(), 0);
    assert_int_equal(last_reason(), AUTOPAY_NO_SUSPENDED);
    resume(account);
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
}

static void a_refund_under_a_replaced_mandate_suspends_nothing(void **state)
{
    (void)state;
    size_t account = linked(50000);
    event_t event = {.type = EVENT_mandate_refunded};
    event.mandate_refunded.account = world->accounts[account].id;
    event.mandate_refunded.mandate = harness_mandate(world, account);
    harness_consent(world, account, AMOUNT, COUNT_MAX, SUM_MAX);
    harness_say(world, &event);
    settle();
    assert_int_equal(harness_count(world, EVENT_autopay_suspended), 0);
}

static void what_is_given_back_charges_nobody_before_the_next_usage(void **state)
{
    (void)state;
    static const posting_kind_t kinds[] = {POSTING_REFUND, POSTING_CHARGEBACK};
    for (size_t i = 0; i < 2; i++) {
        size_t account = linked(50000);
        size_t before = requests();
        harness_give_back(world, account, kinds[i], 45000);
        settle();
        assert_int_equal(requests(), before);
        assert_int_equal(last_reason(), AUTOPAY_NO_RETURNED);
        assert_int_equal(harness_wake(world), INT64_MAX);
        harness_crash(world); // the next life knows it from the ledger's table
        harness_catch_up(world);
        world->now += DAY_US;
        harness_tick(world, true);
        assert_int_equal(requests(), before);
        harness_post(world, account, -1);
        settle();
        assert_int_equal(requests(), before + 1);
        harness_succeed(world, request(), false);
        settle();
    }
}

static void who_was_below_the_threshold_before_is_charged(void **state)
{
    (void)state;
    size_t account = linked(9999);
    harness_give_back(world, account, POSTING_REFUND, 5000);
    settle();
    assert_int_equal(requests(), 1); // the refund is not what brought him there
}

// A journal of payment that was put back asks again and says again what autopay has counted.
static void a_success_told_of_again_is_counted_once(void **state)
{
    (void)state;
    size_t account = linked(9999);
    harness_tick(world, true);
    uint64_t asked = request();
    harness_succeed(world, asked, false);
    settle();
    assert_int_equal(harness_last(world, EVENT_autopay_settled)->autopay_settled.month,
                     2026 * 12 + 2);
    uint64_t again = harness_succeed(world, asked, false);
    settle();
    const event_autopay_settled_t *settled =
        &harness_last(world, EVENT_autopay_settled)->autopay_settled;
    assert_int_equal(settled->month, 0);
    assert_int_equal(settled->credit, again); // if the ledger has not had it yet
    assert_int_equal(harness_ask(world, account, true).count, 1);
    assert_int_equal(harness_ask(world, account, true).sum, AMOUNT);
    harness_crash(world);
    harness_succeed(world, asked, false);
    settle();
    assert_int_equal(harness_ask(world, account, true).count, 1);
}

// And what was said of a mandate by the journal that is lost stands.
static void a_consent_told_of_again_changes_no_limit_and_revives_nothing(void **state)
{
    (void)state;
    size_t account = linked(9999);
    uid_t16 mandate = harness_mandate(world, account);
    event_t consent = {0}, change = {.type = EVENT_mandate_changed, .at = world->now};
    for (uint64_t n = 1; n <= world->payment_count; n++)
        if (world->payment[n - 1].type == EVENT_mandate_consented)
            consent = world->payment[n - 1];
    change.mandate_changed =
        (event_mandate_changed_t){mandate, world->accounts[account].id, 1, AMOUNT};
    harness_say(world, &change);
    harness_say(world, &consent);
    settle();
    const event_autopay_mandate_noted_t *noted =
        &harness_last(world, EVENT_autopay_mandate_noted)->autopay_mandate_noted;
    assert_int_equal(noted->count_max, 1);
    assert_int_equal(noted->state, MANDATE_LIVE);
    assert_int_equal(noted->credit, consent.mandate_consented.credit);
    harness_revoke(world, account, &mandate);
    harness_say(world, &consent);
    settle();
    noted = &harness_last(world, EVENT_autopay_mandate_noted)->autopay_mandate_noted;
    assert_int_equal(noted->state, MANDATE_REVOKED);
}

// The balance need not have what a lost journal credited: the ledger has posted it, or never will.
static void a_lost_credit_is_not_waited_for(void **state)
{
    (void)state;
    size_t account = linked(9999);
    event_t consent = {.type = EVENT_mandate_consented, .at = world->now};
    consent.mandate_consented = (event_mandate_consented_t){.mandate = {{7}},
                                                            .account = world->accounts[account].id,
                                                            .amount = AMOUNT,
                                                            .count_max = COUNT_MAX,
                                                            .sum_max = SUM_MAX,
                                                            .credit = world->payment_count + 100};
    harness_say(world, &consent);
    settle();
    assert_int_equal(requests(), 0);
    assert_int_equal(last_reason(), AUTOPAY_NO_PENDING);
    event_t reseeded = {.type = EVENT_node_reseeded, .at = world->now};
    reseeded.node_reseeded.stream = STREAM_PAYMENT;
    reseeded.node_reseeded.sequence = 1; // the linking top-up, which is posted
    autopay_core.apply(world->state, &reseeded, world->journal_count);
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lowered_limits_hold_at_once),
        TEST(declines_back_off_and_the_third_suspends_until_resumed),
        TEST(one_soft_refusal_suspends_nothing),
        TEST(a_success_told_of_again_is_counted_once),
        TEST(a_consent_told_of_again_changes_no_limit_and_revives_nothing),
        TEST(a_lost_credit_is_not_waited_for),
        TEST(a_card_that_is_gone_is_charged_no_more_until_another_is_linked),
        TEST(a_card_that_was_linked_meanwhile_is_another_one),
        TEST(five_declined_attempts_are_a_month_s_worth),
        TEST(the_fourth_payment_waits_for_moscow_s_midnight),
        TEST(a_success_counts_in_the_month_of_its_decision),
        TEST(a_late_success_of_last_month_counts_there),
        TEST(a_late_success_counts_and_no_limit_is_passed_after_it),
        TEST(a_late_success_leaves_the_one_in_flight_in_flight),
        TEST(a_full_refund_suspends_until_the_customer_goes_on),
        TEST(a_refund_under_a_replaced_mandate_suspends_nothing),
        TEST(what_is_given_back_charges_nobody_before_the_next_usage),
        TEST(who_was_below_the_threshold_before_is_charged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
