// Autopay's checker against a history of autopay's core: silent about it, and loud about each
// fault.
#include "tests/model/autopay_harness.h"
#include "tests/unit/verify_rig.h"
#include "tools/kopeck/verify_autopay.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define START (INT64_C(1790000000) * SECOND_US)

// --- the history ---

static void settle(harness_t *h)
{
    harness_catch_up(h);
    (void)harness_tick(h, true);
    harness_catch_up(h);
}

static uint64_t charged(harness_t *h)
{
    return harness_last_sequence(h, EVENT_autopay_payment_requested);
}

static fail_t hold(harness_t *h, size_t account, bool held)
{
    request_t request = {.type = REQUEST_autopay_hold};
    request.autopay_hold.account = h->accounts[account].id;
    request.autopay_hold.held = held;
    return harness_command(h, ROLE_OPERATOR, request);
}

// What is given back brings her below the threshold, until she uses something.
static void live_carol(harness_t *h)
{
    size_t carol = harness_open(h);
    harness_consent(h, carol, 50000, 5, 250000);
    settle(h);
    harness_give_back(h, carol, POSTING_REFUND, 20000);
    harness_give_back(h, carol, POSTING_CHARGEBACK, 25000);
    settle(h); // NO_RETURNED
    harness_post(h, carol, -100);
    settle(h); // charged
}

// Announced and charged, the card is gone then; another is linked, and a payment of it announced.
static void live_dave(harness_t *h)
{
    size_t dave = harness_open(h);
    request_t request = {.type = REQUEST_autopay_policy};
    request.autopay_policy = (request_autopay_policy_t){.threshold = 10000,
                                                        .interval_us = HOUR_US,
                                                        .backoff_first_us = HOUR_US,
                                                        .backoff_second_us = 6 * HOUR_US,
                                                        .declines_max = 3,
                                                        .attempts_max = 5,
                                                        .crowd = 64,
                                                        .prenotice_us = DAY_US};
    assert_int_equal(harness_command(h, ROLE_OPERATOR, request), FAIL_NONE);
    harness_consent(h, dave, 50000, 5, 250000);
    settle(h);
    harness_post(h, dave, -45000);
    settle(h); // announced, NO_PRENOTICE
    h->now += DAY_US;
    settle(h); // charged
    harness_decline(h, charged(h), DECLINE_REJECTED, 35, 0);
    settle(h); // NO_INSTRUMENT
    harness_consent(h, dave, 50000, 5, 250000);
    harness_post(h, dave, -50000);
    h->now += DAY_US;
    settle(h); // announced
}

static void live(harness_t *h)
{
    size_t alice = harness_open(h), bob = harness_open(h);
    harness_consent(h, alice, 50000, 2, 100000);
    harness_consent(h, bob, 50000, 5, 250000);
    settle(h);
    harness_post(h, alice, -45000);
    settle(h); // the first charge
    (void)harness_succeed(h, charged(h), false);
    settle(h);
    harness_post(h, alice, -60000);
    settle(h); // NO_INTERVAL
    h->now += HOUR_US;
    settle(h); // the second
    harness_decline(h, charged(h), DECLINE_STATE_10, 0, 0);
    settle(h); // NO_BACKOFF
    h->now += 2 * HOUR_US;
    settle(h); // the third
    (void)harness_succeed(h, charged(h), false);
    settle(h);
    harness_post(h, alice, -60000);
    h->now += 2 * HOUR_US;
    settle(h); // NO_COUNT_CAP
    assert_int_equal(hold(h, bob, true), FAIL_NONE);
    harness_post(h, bob, -49000);
    settle(h); // NO_OPERATOR_HOLD
    assert_int_equal(hold(h, bob, false), FAIL_NONE);
    settle(h); // charged
    harness_decline(h, charged(h), DECLINE_REJECTED, 34, 0);
    settle(h); // suspended at once
    uid_t16 mandate = harness_mandate(h, bob);
    harness_revoke(h, bob, &mandate);
    settle(h);
    live_carol(h);
    live_dave(h);
}

static int make(void **state)
{
    static histories_t histories;
    harness_t *h = harness_new(START);
    live(h);
    for (uint64_t i = 0; i < h->journal_count; i++)
        history_add(&histories.of[STREAM_AUTOPAY], &h->journal[i]);
    for (uint64_t i = 0; i < h->payment_count; i++)
        history_add(&histories.of[STREAM_PAYMENT], &h->payment[i]);
    for (uint64_t i = 0; i < h->ledger_count; i++)
        history_add(&histories.of[STREAM_LEDGER], &h->ledger[i]);
    harness_free(h);
    *state = &histories;
    return 0;
}

static int release(void **state)
{
    histories_release(*state);
    return 0;
}

// The ledger of the harness has balances but no chains, and its payment mandates but no invoices:
// what their checkers find is not asked for.
static void run(const histories_t *histories, verify_report_t *report)
{
    const history_t *autopay = &histories->of[STREAM_AUTOPAY],
                    *ledger = &histories->of[STREAM_LEDGER],
                    *payment = &histories->of[STREAM_PAYMENT];
    verify_report_t ignored = {0};
    verify_ledger_t balances;
    verify_payment_t mandates;
    verify_autopay_t checker;
    size_t fed = 0;
    verify_ledger_init(&balances, &ignored);
    verify_payment_init(&mandates, &ignored, 0, 0);
    verify_autopay_init(&checker, report);
    for (size_t i = 0; i < autopay->count; i++) {
        for (; fed < verify_autopay_needs(&autopay->events[i]) && fed < ledger->count; fed++)
            verify_ledger_feed(&balances, fed + 1, &ledger->events[fed]);
        verify_autopay_feed(&checker, i + 1, &autopay->events[i], &balances);
    }
    for (size_t i = 0; i < payment->count; i++)
        verify_payment_feed(&mandates, i + 1, &payment->events[i]);
    verify_autopay_finish(&checker, &mandates);
    verify_autopay_release(&checker);
    verify_payment_release(&mandates);
    verify_ledger_release(&balances);
}

// --- faults ---

static event_t *event(histories_t *h, event_type_t type, size_t n)
{
    return history_event(&h->of[STREAM_AUTOPAY], type, n);
}
static event_autopay_payment_requested_t *charge(histories_t *h, size_t n)
{
    return &event(h, EVENT_autopay_payment_requested, n)->autopay_payment_requested;
}
static event_autopay_withheld_t *withheld(histories_t *h, autopay_reason_t reason)
{
    for (size_t n = 0;; n++) {
        event_t *found = event(h, EVENT_autopay_withheld, n);
        if (found->autopay_withheld.reason == reason)
            return &found->autopay_withheld;
    }
}

static void use_another_month(histories_t *h)
{
    charge(h, 0)->month++;
}
static void break_the_chain(histories_t *h)
{
    charge(h, 1)->previous--;
}
static void use_another_threshold(histories_t *h)
{
    charge(h, 0)->threshold++;
}
static void use_another_mandate(histories_t *h)
{
    charge(h, 0)->mandate.bytes[3] ^= 1;
}
static void charge_more(histories_t *h)
{
    charge(h, 0)->amount++;
}
static void raise_the_count(histories_t *h)
{
    charge(h, 0)->count_max++;
}
static void raise_the_sum(histories_t *h)
{
    charge(h, 0)->sum_max++;
}
static void forget_a_success(histories_t *h)
{
    withheld(h, AUTOPAY_NO_COUNT_CAP)->count--;
}
static void forget_a_sum(histories_t *h)
{
    withheld(h, AUTOPAY_NO_COUNT_CAP)->sum -= 50000;
}
static void forget_an_attempt(histories_t *h)
{
    withheld(h, AUTOPAY_NO_BACKOFF)->attempts--;
}
static void forget_a_decline(histories_t *h)
{
    withheld(h, AUTOPAY_NO_BACKOFF)->declines--;
}
static void forget_the_last_charge(histories_t *h)
{
    withheld(h, AUTOPAY_NO_INTERVAL)->last--;
}
static void forget_the_last_decline(histories_t *h)
{
    withheld(h, AUTOPAY_NO_BACKOFF)->declined--;
}
static void overlook_a_hold(histories_t *h)
{
    withheld(h, AUTOPAY_NO_OPERATOR_HOLD)->flags = 0;
}
static void overlook_what_is_in_flight(histories_t *h)
{
    // the request of the charge is not settled when the next decision is made
    history_blank(event(h, EVENT_autopay_settled, 0));
}
static void doubt_the_clock(histories_t *h)
{
    event(h, EVENT_autopay_settled, 0)->type = EVENT_node_clock_doubted;
}
static void see_another_balance(histories_t *h)
{
    charge(h, 0)->balance--;
}
static void see_an_old_balance(histories_t *h)
{
    charge(h, 0)->balance_sequence--;
}
static void overlook_what_was_given_back(histories_t *h)
{
    event_autopay_withheld_t *event = withheld(h, AUTOPAY_NO_RETURNED);
    event->flags = 0;
    event->reason = AUTOPAY_CHARGE;
}
static void use_no_rule(histories_t *h)
{
    charge(h, 0)->rule = 99;
}
static void give_another_reason(histories_t *h)
{
    withheld(h, AUTOPAY_NO_BACKOFF)->reason = AUTOPAY_NO_INTERVAL;
}
static void charge_above_the_threshold(histories_t *h)
{
    charge(h, 0)->balance = 10000;
}
static void charge_while_held(histories_t *h)
{
    for (size_t i = 0; i < h->of[STREAM_AUTOPAY].count; i++) {
        event_t *e = &h->of[STREAM_AUTOPAY].events[i];
        if (e->type == EVENT_autopay_held && !e->autopay_held.held)
            history_blank(e);
    }
}
static void pass_the_count(histories_t *h)
{
    event(h, EVENT_autopay_mandate_noted, 0)->autopay_mandate_noted.count_max = 0;
}
static void pass_the_sum(histories_t *h)
{
    event(h, EVENT_autopay_mandate_noted, 0)->autopay_mandate_noted.sum_max = 99999;
}
static void settle_in_another_month(histories_t *h)
{
    event(h, EVENT_autopay_settled, 0)->autopay_settled.month++;
}
static void decide_in_another_age(histories_t *h)
{
    event(h, EVENT_autopay_payment_requested, 0)->at = INT64_MAX;
}
static void settle_without_an_outcome(histories_t *h)
{
    event(h, EVENT_autopay_settled, 0)->autopay_settled.outcome = 0;
}

static event_mandate_consented_t *consented(histories_t *h, size_t n)
{
    return &history_event(&h->of[STREAM_PAYMENT], EVENT_mandate_consented, n)->mandate_consented;
}
static void note_what_nobody_said(histories_t *h)
{
    history_blank(history_event(&h->of[STREAM_PAYMENT], EVENT_mandate_consented, 0));
}
static void note_another_amount(histories_t *h)
{
    consented(h, 0)->amount++;
}
static void note_another_count(histories_t *h)
{
    consented(h, 0)->count_max--;
}
static void note_another_sum(histories_t *h)
{
    consented(h, 1)->sum_max--;
}
static void overlook_a_revocation(histories_t *h)
{
    event(h, EVENT_autopay_mandate_noted, 2)->autopay_mandate_noted.state = MANDATE_LIVE;
}

// The n-th announcement; the charges and mandates of dave are the last ones.
static event_autopay_announced_t *announced(histories_t *h, size_t n)
{
    return &event(h, EVENT_autopay_announced, n)->autopay_announced;
}
static void say_another_announcement(histories_t *h)
{
    size_t n = 0;
    while (!event(h, EVENT_autopay_payment_requested, n)->autopay_payment_requested.earliest)
        n++;
    event(h, EVENT_autopay_payment_requested, n)->autopay_payment_requested.earliest++;
}
static void charge_unannounced(histories_t *h)
{
    history_blank(event(h, EVENT_autopay_announced, 0));
}
static void charge_before_its_time(histories_t *h)
{
    announced(h, 0)->earliest += DAY_US;
}
static void announce_under_another_mandate(histories_t *h)
{
    announced(h, 0)->mandate.bytes[3] ^= 1;
}
static void announce_another_amount(histories_t *h)
{
    announced(h, 0)->amount++;
}
// Nothing that uses it up, or stands against it, comes between the two.
static void announce_twice(histories_t *h)
{
    const event_t *second = event(h, EVENT_autopay_announced, 1);
    for (event_t *e = event(h, EVENT_autopay_announced, 0) + 1; e < second; e++)
        history_blank(e);
}
static void announce_at_short_notice(histories_t *h)
{
    announced(h, 1)->earliest -= HOUR_US;
}
static void lose_another_card(histories_t *h)
{
    event(h, EVENT_autopay_card_gone, 0)->autopay_card_gone.mandate.bytes[3] ^= 1;
}
static void lose_a_card_that_was_not_charged(histories_t *h)
{
    static const uid_t16 another = {{7}};
    event_t *gone = event(h, EVENT_autopay_card_gone, 1);
    event_t noted = {.type = EVENT_autopay_mandate_noted, .at = gone->at};
    noted.autopay_mandate_noted.account = gone->autopay_card_gone.account;
    noted.autopay_mandate_noted.mandate = another;
    noted.autopay_mandate_noted.state = MANDATE_LIVE;
    gone->autopay_card_gone.mandate = another;
    assert_int_equal(gone[-1].type, EVENT_autopay_settled);
    gone[-1] = noted;
}

static void every_fault_of_autopay_is_named(void **state)
{
    static const fault_t faults[] = {
        {"autopay: month is Moscow's of the decision", use_another_month},
        {"autopay: previous is the decision before", break_the_chain},
        {"autopay: threshold is the policy's", use_another_threshold},
        {"autopay: mandate is the account's", use_another_mandate},
        {"autopay: amount is the mandate's", charge_more},
        {"autopay: count limit is the mandate's", raise_the_count},
        {"autopay: sum limit is the mandate's", raise_the_sum},
        {"autopay: count is the month's", forget_a_success},
        {"autopay: sum is the month's", forget_a_sum},
        {"autopay: attempts are the month's", forget_an_attempt},
        {"autopay: declines are counted", forget_a_decline},
        {"autopay: last charge is the one before", forget_the_last_charge},
        {"autopay: last decline is the one before", forget_the_last_decline},
        {"autopay: holds, suspensions, revocations are seen", overlook_a_hold},
        {"autopay: what is in flight is seen", overlook_what_is_in_flight},
        {"autopay: one payment in flight", overlook_what_is_in_flight},
        {"autopay: charged by a clock that is not doubted", doubt_the_clock},
        {"autopay: balance is the ledger's", see_another_balance},
        {"autopay: balance is true at its sequence", see_an_old_balance},
        {"autopay: what refunds and chargebacks alone took is seen", overlook_what_was_given_back},
        {"autopay: rule is known", use_no_rule},
        {"autopay: decided again, the same verdict", give_another_reason},
        {"autopay: decided again, the same verdict", charge_above_the_threshold},
        {"autopay: charged under a live mandate", charge_while_held},
        {"autopay: count limit holds", pass_the_count},
        {"autopay: sum limit holds", pass_the_sum},
        {"autopay: what was announced is said", say_another_announcement},
        {"autopay: charged no earlier than was announced", charge_unannounced},
        {"autopay: charged no earlier than was announced", charge_before_its_time},
        {"autopay: what is announced is under the account's mandate",
         announce_under_another_mandate},
        {"autopay: what is announced is the mandate's amount", announce_another_amount},
        {"autopay: a payment is announced once", announce_twice},
        {"autopay: a payment is announced as long before as the policy says",
         announce_at_short_notice},
        {"autopay: the card that is gone is the mandate's", lose_another_card},
        {"autopay: the card is gone that was charged", lose_a_card_that_was_not_charged},
        {"autopay: what is noted is payment's word", note_what_nobody_said},
        {"autopay: noted amount is payment's", note_another_amount},
        {"autopay: noted count limit is payment's", note_another_count},
        {"autopay: noted sum limit is payment's", note_another_sum},
        {"autopay: noted state is payment's", overlook_a_revocation},
        {"autopay: settled in the month of its decision", settle_in_another_month},
        {"autopay: a payment succeeds or is declined", settle_without_an_outcome},
        {"autopay: instants are of our time", decide_in_another_age}};
    verify_rig_faults(*state, run, faults, sizeof faults / sizeof faults[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_fault_of_autopay_is_named, make, release)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
