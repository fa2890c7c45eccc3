// The core in its small world: what it hears, in which order, and what it then decides.
#include "proto/month.h"
#include "tests/model/autopay_harness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { RUBLE = 100, AMOUNT = 500 * RUBLE, COUNT_MAX = 3, SUM_MAX = COUNT_MAX * AMOUNT };

static harness_t *world;

static instant_t at(const char *text)
{
    instant_t instant;
    assert_true(time_parse(text, &instant));
    return instant;
}

static int begin(void **state)
{
    (void)state;
    world = harness_new(at("2026-03-10T09:00:00Z"));
    return 0;
}

static int end(void **state)
{
    (void)state;
    harness_free(world);
    return 0;
}

static size_t requests(void)
{
    return harness_count(world, EVENT_autopay_payment_requested);
}

static const event_autopay_payment_requested_t *last_request(void)
{
    return &harness_last(world, EVENT_autopay_payment_requested)->autopay_payment_requested;
}

static uint64_t request(void)
{
    return harness_last_sequence(world, EVENT_autopay_payment_requested);
}

static unsigned last_reason(void)
{
    const event_t *event = harness_last(world, EVENT_autopay_withheld);
    return event ? (unsigned)event->autopay_withheld.reason : AUTOPAY_CHARGE;
}

static void settle(void)
{
    harness_catch_up(world);
    harness_tick(world, true);
}

// An account with a live mandate, its linking top-up posted and its balance at `balance`.
static size_t linked(kopecks_t balance)
{
    size_t account = harness_open(world);
    harness_consent(world, account, AMOUNT, COUNT_MAX, SUM_MAX);
    settle();
    harness_post(world, account, balance - AMOUNT);
    harness_catch_up(world);
    return account;
}

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

static void an_operator_holds_and_releases(void **state)
{
    (void)state;
    size_t account = linked(10000);
    request_t hold = {.type = REQUEST_autopay_hold};
    hold.autopay_hold.account = world->accounts[account].id;
    hold.autopay_hold.held = true;
    assert_int_equal(harness_command(world, ROLE_OPERATOR, hold), FAIL_NONE);
    harness_post(world, account, -1);
    settle();
    assert_int_equal(last_reason(), AUTOPAY_NO_OPERATOR_HOLD);
    assert_true(harness_ask(world, account, true).held);
    hold.autopay_hold.held = false;
    assert_int_equal(harness_command(world, ROLE_OPERATOR, hold), FAIL_NONE);
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    hold.autopay_hold.account = table_key(1, 2);
    assert_int_equal(harness_command(world, ROLE_OPERATOR, hold), FAIL_STATE);
}

static request_t policy_of(kopecks_t threshold, uint64_t crowd)
{
    request_t request = {.type = REQUEST_autopay_policy};
    request.autopay_policy = (request_autopay_policy_t){
        .threshold = threshold,
        .interval_us = HOUR_US,
        .backoff_first_us = HOUR_US,
        .backoff_second_us = 6 * HOUR_US,
        .declines_max = 3,
        .attempts_max = 5,
        .pacing_us = 15 * MINUTE_US,
        .crowd = crowd,
    };
    return request;
}

static void a_policy_is_checked_and_judges_everyone_again(void **state)
{
    (void)state;
    linked(15000);
    harness_tick(world, true);
    assert_int_equal(harness_command(world, ROLE_OPERATOR, policy_of(-1, 64)), FAIL_INVALID);
    assert_int_equal(harness_command(world, ROLE_OPERATOR, policy_of(20000, 64)), FAIL_NONE);
    harness_tick(world, true);
    assert_int_equal(requests(), 1);
    assert_int_equal(last_request()->threshold, 20000);
}

static void each_bound_of_a_policy_is_held(void **state)
{
    (void)state;
    const uint64_t span_max_us = 31 * (uint64_t)DAY_US;
    request_t rows[32];
    size_t count = 0, good = 0;
#define ROW(field, value)                                                                          \
    rows[count] = policy_of(20000, 64), rows[count++].autopay_policy.field = (value)
    ROW(threshold, 0);
    ROW(threshold, POSTING_AMOUNT_MAX);
    ROW(interval_us, span_max_us);
    ROW(backoff_first_us, span_max_us);
    ROW(backoff_second_us, span_max_us);
    ROW(pacing_us, (uint64_t)DAY_US);
    ROW(declines_max, 1);
    ROW(declines_max, 1000);
    ROW(attempts_max, 1);
    ROW(attempts_max, 1000);
    ROW(crowd, 1000000);
    good = count;
    ROW(threshold, -1);
    ROW(threshold, POSTING_AMOUNT_MAX + 1);
    ROW(interval_us, span_max_us + 1);
    ROW(backoff_first_us, span_max_us + 1);
    ROW(backoff_second_us, span_max_us + 1);
    ROW(pacing_us, (uint64_t)DAY_US + 1);
    ROW(declines_max, 0);
    ROW(declines_max, 1001);
    ROW(attempts_max, 0);
    ROW(attempts_max, 1001);
    ROW(crowd, 1000001);
#undef ROW
    for (size_t i = 0; i < count; i++)
        assert_int_equal(harness_command(world, ROLE_OPERATOR, rows[i]),
                         i < good ? FAIL_NONE : FAIL_INVALID);
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

static void counters_count(void **state)
{
    (void)state;
    linked(9999);
    linked(10000);
    harness_tick(world, true);
    char text[256];
    size_t size = autopay_core.counters(world->state, text, sizeof text - 1);
    text[size] = '\0';
    assert_string_equal(text, "accounts 2\nmandates 2\nin_flight 1\nsuspended 0\nwaiting 0\n");
    assert_int_equal(autopay_core.counters(world->state, text, 10), 0);
}

static void an_account_nobody_named_is_an_error(void **state)
{
    (void)state;
    request_t asked = {.type = REQUEST_autopay};
    asked.autopay.account = table_key(1, 2);
    answer_t answer = {0};
    query_t query = {.answer = &answer, .now = world->now, .current = true};
    assert_int_equal(autopay_core.query(world->state, &asked, NULL, 0, &query),
                     FAIL_UNKNOWN_ACCOUNT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(below_the_threshold_is_charged_with_every_value_in_the_decision),
        TEST(a_linking_topup_not_yet_seen_holds_the_charge_back),
        TEST(a_credit_that_landed_elsewhere_is_waited_for_no_longer),
        TEST(an_account_the_ledger_has_not_named_is_not_judged),
        TEST(nothing_is_judged_while_not_current),
        TEST(a_stale_request_waits_for_the_balance_it_missed),
        TEST(an_account_below_the_threshold_is_charged_once_over_restarts),
        TEST(success_is_in_flight_until_its_posting_was_seen),
        TEST(the_posting_may_be_seen_before_the_success),
        TEST(a_revoked_mandate_is_not_charged_and_a_replaced_one_does_not_matter),
        TEST(lowered_limits_hold_at_once),
        TEST(declines_back_off_and_the_third_suspends_until_resumed),
        TEST(a_hard_decline_suspends_at_once_and_a_new_consent_resumes),
        TEST(five_declined_attempts_are_a_month_s_worth),
        TEST(the_fourth_payment_waits_for_moscow_s_midnight),
        TEST(a_success_counts_in_the_month_of_its_decision),
        TEST(a_late_success_of_last_month_counts_there),
        TEST(a_late_success_counts_and_no_limit_is_passed_after_it),
        TEST(a_late_success_leaves_the_one_in_flight_in_flight),
        TEST(an_operator_holds_and_releases),
        TEST(each_bound_of_a_policy_is_held),
        TEST(a_policy_is_checked_and_judges_everyone_again),
        TEST(a_reason_is_stored_when_it_changes_and_not_again),
        TEST(up_to_the_crowd_all_are_charged_at_once),
        TEST(a_crowd_is_spread_and_each_decided_on_the_balance_of_its_turn),
        TEST(a_tick_that_decides_more_than_fits_goes_on),
        TEST(counters_count),
        TEST(an_account_nobody_named_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
