// Bonuses that end: which hours they pay, in which order, and when what is left of them lapses.
#include "services/ledger/ledger_decide_ending.h"
#include "proto/payment_number.h"
#include "tests/unit/ledger_words.h"

#define NOON (INT64_C(1767268800) * SECOND_US) // 2026-01-01T12:00:00Z

static void used_in(harness_t *h, kopecks_t amount, instant_t hour_end)
{
    event_t event = usage(customer(1), amount);
    event.usage_charged.hour = hour_end - HOUR_US;
    assert_int_equal(harness_event(h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
}

static void closed(harness_t *h, instant_t hour_end)
{
    event_t event = {.type = EVENT_hour_closed, .hour_closed.hour = hour_end - HOUR_US};
    assert_int_equal(harness_event(h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
}

static fail_t ordered(harness_t *h, kopecks_t amount, instant_t until)
{
    request_t request = {.type = REQUEST_bonus_give};
    request.bonus_give = (request_bonus_give_t){
        .account = customer(1), .amount = amount, .until = until, .opens = true};
    return harness_command(h, &request);
}

// The number of its lot.
static uint64_t ending(harness_t *h, kopecks_t amount, instant_t until)
{
    assert_int_equal(ordered(h, amount, until), FAIL_NONE);
    event_t event = harness_read(h, h->last);
    assert_int_equal(event.type, EVENT_bonus_given);
    assert_int_equal(event.bonus_given.until, until);
    assert_int_equal(event.bonus_given.source, BONUS_OF_OPERATOR);
    return event.bonus_given.lot;
}

static fail_t voided(harness_t *h, uint64_t lot, kopecks_t amount)
{
    request_t request = {.type = REQUEST_bonus_void};
    request.bonus_void =
        (request_bonus_void_t){.account = customer(1), .lot = lot, .amount = amount};
    return harness_command(h, &request);
}

static instant_t wake(const harness_t *h)
{
    static due_t due;
    due = (due_t){.wake = 0};
    h->core->due(h->state, h->now, &due);
    return due.wake;
}

static void is(harness_t *h, kopecks_t bonus, kopecks_t cash)
{
    assert_int_equal(balance_of(h, customer(1)).bonus, bonus);
    assert_int_equal(balance_of(h, customer(1)).cash, cash);
}

static void ticked_at(harness_t *h, instant_t now)
{
    h->now = now;
    assert_int_equal(harness_tick(h), FAIL_NONE);
}

// --- what they pay ---

static void the_one_that_ends_first_pays_first(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    (void)ending(h, 50, NOON + 5 * HOUR_US);
    given(h, customer(1), 70);
    uint64_t first = ending(h, 30, NOON + 2 * HOUR_US);
    used_in(h, 40, NOON + HOUR_US);
    event_t parted = harness_caused(h, 0, EVENT_charge_parted);
    assert_int_equal(parted.charge_parted.bonus, 40);
    assert_int_equal(parted.charge_parted.hour, NOON + HOUR_US);
    event_t posted = harness_caused(h, 1, EVENT_posted);
    assert_int_equal(posted.posted.lot, first);
    assert_int_equal(posted.posted.amount, 40);
    assert_true(posted.posted.lots.size > 0);
    is(h, 110, 0);
}

static void no_hour_that_ends_after_it_is_paid_by_it(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    paid(h, customer(1), 1000);
    (void)ending(h, 300, NOON + 90 * MINUTE_US);
    used_in(h, 100, NOON + HOUR_US); // ends at 13:00, the bonus at 13:30
    is(h, 200, 1000);
    used_in(h, 100, NOON + 2 * HOUR_US); // ends at 14:00
    assert_int_equal(harness_caused(h, 0, EVENT_charge_parted).charge_parted.cash, 100);
    is(h, 200, 900);
    used_in(h, 250, NOON); // late, and before the end
    assert_int_equal(harness_caused(h, 0, EVENT_charge_parted).charge_parted.bonus, 200);
    is(h, 0, 850);
}

static void one_without_an_end_pays_what_they_do_not(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    given(h, customer(1), 100);
    (void)ending(h, 100, NOON + HOUR_US);
    used_in(h, 150, NOON + 2 * HOUR_US);
    is(h, 100, -50);
    used_in(h, 50, NOON + HOUR_US);
    is(h, 50, -50);
}

static void usage_that_cash_paid_comes_back_as_cash(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    paid(h, customer(1), 1000);
    (void)ending(h, 300, NOON + HOUR_US);
    used_in(h, 100, NOON + 2 * HOUR_US);
    uint64_t line = stream_sequence;
    credited(h, customer(1), line, 60, 100, 0);
    assert_true(harness_recall(h) > 0);
    is(h, 300, 960);
    used_in(h, 100, NOON + HOUR_US);
    line = stream_sequence;
    credited(h, customer(1), line, 60, 100, 0);
    assert_true(harness_recall(h) > 0);
    is(h, 260, 960);
}

// --- before they end ---

static void told_before(harness_t *h, uint64_t span)
{
    request_t request = {.type = REQUEST_ledger_policy};
    request.ledger_policy.lapse_notice_us = span; // and no balance is low
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
}

static void its_end_is_told_of_once_before_it_with_what_is_left(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    told_before(h, 7 * DAY_US);
    uint64_t lot = ending(h, 300, NOON + 30 * DAY_US);
    used_in(h, 100, NOON + HOUR_US);
    assert_int_equal(wake(h), NOON + 23 * DAY_US);
    ticked_at(h, NOON + 23 * DAY_US - 1);
    uint64_t last = h->last;
    h->current = false;
    ticked_at(h, NOON + 23 * DAY_US);
    assert_int_equal(h->last, last); // what was used may still come
    h->current = true;
    ticked_at(h, NOON + 23 * DAY_US);
    event_t soon = harness_read(h, last + 1);
    assert_int_equal(soon.type, EVENT_bonus_ends_soon);
    assert_int_equal(soon.bonus_ends_soon.amount, 200);
    assert_int_equal(soon.bonus_ends_soon.lot, lot);
    assert_int_equal(soon.bonus_ends_soon.until, NOON + 30 * DAY_US);
    assert_int_equal(h->last, last + 1);
    ticked_at(h, NOON + 24 * DAY_US);
    assert_int_equal(h->last, last + 1);
    is(h, 200, 0);
}

static void one_that_ends_sooner_is_told_of_at_once_and_none_without_a_policy(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    told_before(h, 0);
    (void)ending(h, 300, NOON + DAY_US);
    uint64_t last = h->last;
    ticked_at(h, NOON);
    assert_int_equal(h->last, last);
    told_before(h, 7 * DAY_US);
    ticked_at(h, NOON);
    assert_int_equal(harness_read(h, h->last).type, EVENT_bonus_ends_soon);
    told_before(h, 366 * DAY_US);
    request_t request = {.type = REQUEST_ledger_policy};
    request.ledger_policy.lapse_notice_us = (uint64_t)(366 * DAY_US) + 1;
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
}

// --- when they lapse ---

static void it_lapses_once_ten_minutes_after_its_last_hour_was_closed(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    (void)ending(h, 300, NOON + HOUR_US);
    (void)ending(h, 400, NOON + 9 * HOUR_US);
    ticked_at(h, NOON + 3 * HOUR_US); // nothing was closed: what it may pay can still come
    is(h, 700, 0);
    assert_int_equal(wake(h), INT64_MAX);
    closed(h, NOON + HOUR_US);
    instant_t lapses = h->now + 10 * MINUTE_US;
    assert_int_equal(wake(h), lapses);
    ticked_at(h, lapses - 1);
    is(h, 700, 0);
    used_in(h, 100, NOON + HOUR_US);
    ticked_at(h, lapses);
    event_t posted = harness_caused(h, 0, EVENT_posted);
    assert_int_equal(posted.posted.kind, POSTING_LAPSE);
    assert_int_equal(posted.posted.amount, 200);
    assert_int_equal(harness_caused(h, 1, EVENT_bonus_ended).bonus_ended.why, BONUS_END_LAPSED);
    assert_int_equal(system_of(h, SYSTEM_PROMO), -500);
    is(h, 400, 0);
    ticked_at(h, lapses + HOUR_US);
    assert_int_equal(h->count, 0);
    is(h, 400, 0);
}

static void none_lapses_before_its_end(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    (void)ending(h, 300, NOON + 90 * MINUTE_US);
    h->now = NOON + 62 * MINUTE_US;
    closed(h, NOON + HOUR_US);
    assert_int_equal(harness_tick(h), FAIL_NONE); // account.low
    assert_int_equal(wake(h), NOON + 90 * MINUTE_US);
    ticked_at(h, NOON + 90 * MINUTE_US - 1);
    is(h, 300, 0);
    ticked_at(h, NOON + 90 * MINUTE_US);
    is(h, 0, 0);
}

static void none_lapses_while_something_is_not_current(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    (void)ending(h, 300, NOON + HOUR_US);
    h->now = NOON + 2 * HOUR_US;
    closed(h, NOON + HOUR_US);
    h->current = false;
    ticked_at(h, NOON + 3 * HOUR_US);
    is(h, 300, 0);
    h->current = true;
    ticked_at(h, NOON + 3 * HOUR_US);
    is(h, 0, 0);
}

static void what_is_used_up_ends_without_a_posting(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    (void)ending(h, 300, NOON + HOUR_US);
    used_in(h, 300, NOON + HOUR_US);
    h->now = NOON + HOUR_US;
    closed(h, NOON + HOUR_US);
    ticked_at(h, NOON + 2 * HOUR_US);
    assert_int_equal(harness_caused(h, 0, EVENT_bonus_ended).bonus_ended.amount, 0);
    is(h, 0, 0);
}

static void the_balance_says_what_ends(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    assert_int_equal(ordered(h, 300, NOON + HOUR_US), FAIL_NONE);
    bytes_t endings = balance_of(h, customer(1)).endings;
    wire_t wire;
    instant_t until = 0;
    kopecks_t left = 0;
    wire_start(&wire, endings.data, endings.size);
    assert_int_equal(wire_array(&wire, 16), 1);
    assert_int_equal(wire_array(&wire, 2), 2);
    wire_i64(&wire, &until);
    wire_i64(&wire, &left);
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    assert_int_equal(until, NOON + HOUR_US);
    assert_int_equal(left, 300);
    given(h, customer(2), 40);
    assert_int_equal(balance_of(h, customer(2)).endings.size, 0);
}

static void what_lapsed_is_owed_by_nobody(void **state)
{
    harness_t *h = *state;
    h->now = INT64_C(1767950000) * SECOND_US;
    uint64_t number = payment_number_next(0, h->now);
    event_t event = payment(customer(1), 1000, PAYMENT_KIND_TOPUP);
    event.payment_succeeded.invoice = number;
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    instant_t until = h->now - h->now % HOUR_US + 2 * HOUR_US;
    event = (event_t){.type = EVENT_promo_redeemed};
    event.promo_redeemed = (event_promo_redeemed_t){
        .account = customer(1), .invoice = number, .amount = 400, .topup = 1000, .until = until};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    used_in(h, 100, until);
    h->now = until;
    closed(h, until);
    ticked_at(h, until + 10 * MINUTE_US);
    is(h, 0, 1000);
    request_t request = {.type = REQUEST_post};
    request.post = (request_post_t){.debit = customer(1),
                                    .credit = posting_system_id(SYSTEM_CHARGEBACKS),
                                    .amount = 1000,
                                    .kind = POSTING_CHARGEBACK,
                                    .reference = posting_payment_reference(number)};
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_int_equal(harness_tick(h), FAIL_NONE);
    is(h, 0, -100); // what was spent, and not the 300 that lapsed
}

// --- by an operator ---

static void an_operator_ends_one_before_its_time(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    uint64_t lot = ending(h, 300, NOON + HOUR_US);
    used_in(h, 100, NOON + HOUR_US);
    assert_int_equal(voided(h, lot, 300), FAIL_MISMATCH);
    assert_int_equal(voided(h, lot, 200), FAIL_NONE);
    assert_int_equal(harness_caused(h, 1, EVENT_bonus_ended).bonus_ended.why, BONUS_END_VOIDED);
    is(h, 0, 0);
    assert_int_equal(voided(h, lot, 200), FAIL_MISSING);
    ticked_at(h, NOON + HOUR_US); // account.low
    closed(h, NOON + HOUR_US);
    ticked_at(h, NOON + 2 * HOUR_US); // it is over already
    assert_int_equal(h->count, 0);
    given(h, customer(1), 70);
    assert_int_equal(voided(h, harness_read(h, h->last).posted.lot, 70), FAIL_NONE);
    is(h, 0, 0);
}

static void what_is_no_bonus_is_refused(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    assert_int_equal(ordered(h, 0, 0), FAIL_INVALID);
    assert_int_equal(ordered(h, 5, NOON), FAIL_INVALID);
    assert_int_equal(ordered(h, 5, NOON + 3661 * DAY_US), FAIL_INVALID);
    request_t request = {.type = REQUEST_bonus_give};
    request.bonus_give = (request_bonus_give_t){.account = customer(3), .amount = 5};
    assert_int_equal(harness_command(h, &request), FAIL_UNKNOWN_ACCOUNT);
    request.bonus_give.account = posting_system_id(SYSTEM_BANK);
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    paid(h, customer(1), 500);
    assert_int_equal(voided(h, harness_read(h, h->last).posted.lot, 500), FAIL_MISSING);
    request = (request_t){.type = REQUEST_bonus_void, .bonus_void.account = customer(3)};
    assert_int_equal(harness_command(h, &request), FAIL_UNKNOWN_ACCOUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_one_that_ends_first_pays_first),
        TEST(no_hour_that_ends_after_it_is_paid_by_it),
        TEST(one_without_an_end_pays_what_they_do_not),
        TEST(usage_that_cash_paid_comes_back_as_cash),
        TEST(its_end_is_told_of_once_before_it_with_what_is_left),
        TEST(one_that_ends_sooner_is_told_of_at_once_and_none_without_a_policy),
        TEST(it_lapses_once_ten_minutes_after_its_last_hour_was_closed),
        TEST(none_lapses_before_its_end),
        TEST(none_lapses_while_something_is_not_current),
        TEST(what_is_used_up_ends_without_a_posting),
        TEST(the_balance_says_what_ends),
        TEST(what_lapsed_is_owed_by_nobody),
        TEST(an_operator_ends_one_before_its_time),
        TEST(what_is_no_bonus_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
