// The core in its small world: what it hears, in which order, and what it then decides.
#include "tests/unit/autopay_words.h"

static void below_the_threshold_is_charged_with_every_value_in_the_decision(void **state)
{
    (void)state;
    size_t account = linked(10000);
    harness_tick(world, true);
    assert_int_equal(harness_count(world, EVENT_autopay_withheld), 0); // implied by the consent
    harness_post(world, account, -1);
    settle();
    assert_int_equal(requests(), 1);
    const event_autopay_payment_requested_t *decided = last_request();
    uid_t16 mandate = harness_mandate(world, account);
    assert_true(uid_equal(&decided->account, &world->accounts[account].id));
    assert_true(uid_equal(&decided->mandate, &mandate));
    assert_int_equal(decided->amount, AMOUNT);
    assert_int_equal(decided->month, 2026 * 12 + 2);
    assert_int_equal(decided->balance, 9999);
    assert_int_equal(decided->balance_sequence, world->ledger_count);
    assert_int_equal(decided->credit, 1); // the linking top-up
    assert_int_equal(decided->threshold, 10000);
    assert_int_equal(decided->count_max, COUNT_MAX);
    assert_int_equal(decided->sum_max, SUM_MAX);
    assert_int_equal(decided->rule, AUTOPAY_RULE);
    assert_int_equal(decided->previous, 0);
    uint64_t first = request();
    harness_decline(world, first, DECLINE_STATE_10, 0, 0);
    settle();
    assert_int_equal(harness_last(world, EVENT_autopay_withheld)->autopay_withheld.previous, first);
}

static void a_linking_topup_not_yet_seen_holds_the_charge_back(void **state)
{
    (void)state;
    size_t account = harness_open(world);
    harness_consent(world, account, AMOUNT, COUNT_MAX, SUM_MAX);
    while (harness_hear(world) || harness_see(world))
        ;
    harness_tick(world, true);
    assert_int_equal(requests(), 0);
    assert_int_equal(last_reason(), AUTOPAY_NO_PENDING);
    settle();
    assert_int_equal(requests(), 0);
    assert_int_equal(last_reason(), AUTOPAY_NO_ABOVE_THRESHOLD);
}

static void a_credit_that_landed_elsewhere_is_waited_for_no_longer(void **state)
{
    (void)state;
    size_t account = linked(9999), other = harness_open(world);
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    harness_succeed(world, request(), false);
    while (harness_hear(world))
        ;
    world->payment[world->payment_count - 1].payment_succeeded.account =
        world->accounts[other].id; // as if the ledger had placed it there
    world->now += HOUR_US;
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    assert_int_equal(harness_ask(world, account, true).verdict, AUTOPAY_NO_PENDING);
    settle(); // no posting of its own, but the one it waits for
    assert_int_equal(requests(), 2);
    assert_int_equal(harness_ask(world, account, true).count, 1);
}

static void a_stale_request_waits_for_the_balance_it_missed(void **state)
{
    (void)state;
    size_t account = linked(9999);
    uint64_t credit = harness_topup(world, account, 50 * RUBLE);
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    harness_decline(world, request(), DECLINE_STALE, 0, credit);
    while (harness_hear(world))
        ;
    world->now += 2 * HOUR_US;
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    assert_int_equal(harness_ask(world, account, true).verdict, AUTOPAY_NO_PENDING);
    settle();
    assert_int_equal(last_reason(), AUTOPAY_NO_ABOVE_THRESHOLD);
    harness_post(world, account, -50 * RUBLE);
    settle();
    assert_int_equal(requests(), 2);
    assert_int_equal(last_request()->credit, credit);
    assert_int_equal(last_request()->declines, 0);
    assert_int_equal(last_request()->attempts, 0);
}

static void an_account_below_the_threshold_is_charged_once_over_restarts(void **state)
{
    (void)state;
    linked(9999);
    harness_crash(world);
    assert_int_equal(harness_tick(world, false), 0);
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    for (int i = 0; i < 3; i++) {
        harness_crash(world);
        harness_tick(world, true);
        world->now += DAY_US;
        harness_tick(world, true);
    }
    assert_int_equal(requests(), 1);
}

static void success_is_in_flight_until_its_posting_was_seen(void **state)
{
    (void)state;
    size_t account = linked(-100 * RUBLE);
    harness_tick(world, true);
    harness_succeed(world, request(), false);
    while (harness_hear(world)) // payment first
        ;
    world->now += 2 * HOUR_US;
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    assert_int_equal(harness_ask(world, account, true).verdict, AUTOPAY_NO_PENDING);
    assert_int_equal(harness_ask(world, account, true).count, 1);
    settle();
    assert_int_equal(requests(), 1);
    assert_int_equal(last_reason(), AUTOPAY_NO_ABOVE_THRESHOLD);
}

static void the_posting_may_be_seen_before_the_success(void **state)
{
    (void)state;
    size_t account = linked(-1000 * RUBLE);
    harness_tick(world, true);
    harness_succeed(world, request(), false);
    while (harness_ledger_consume(world) || harness_see(world)) // the ledger first
        ;
    world->now += 2 * HOUR_US;
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    assert_int_equal(harness_ask(world, account, true).request, request());
    settle();
    assert_int_equal(requests(), 2);
    assert_int_equal(last_request()->count, 1);
    assert_int_equal(last_request()->sum, AMOUNT);
}

static void a_revoked_mandate_is_not_charged_and_a_replaced_one_does_not_matter(void **state)
{
    (void)state;
    size_t account = linked(10000);
    uid_t16 first = harness_mandate(world, account);
    harness_consent(world, account, 2 * AMOUNT, 2, 4 * AMOUNT);
    harness_revoke(world, account, &first);
    harness_post(world, account, -2 * AMOUNT - 1);
    settle();
    assert_int_equal(requests(), 1);
    assert_int_equal(last_request()->amount, 2 * AMOUNT);
    uid_t16 second = harness_mandate(world, account);
    harness_revoke(world, account, &second);
    harness_decline(world, request(), DECLINE_REVOKED, 0, 0);
    settle();
    assert_int_equal(last_reason(), AUTOPAY_NO_REVOKED);
    world->now += 40 * DAY_US;
    settle();
    assert_int_equal(requests(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(below_the_threshold_is_charged_with_every_value_in_the_decision),
        TEST(a_linking_topup_not_yet_seen_holds_the_charge_back),
        TEST(a_credit_that_landed_elsewhere_is_waited_for_no_longer),
        TEST(a_stale_request_waits_for_the_balance_it_missed),
        TEST(an_account_below_the_threshold_is_charged_once_over_restarts),
        TEST(success_is_in_flight_until_its_posting_was_seen),
        TEST(the_posting_may_be_seen_before_the_success),
        TEST(a_revoked_mandate_is_not_charged_and_a_replaced_one_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
