// Bonuses that stand apart: who may use them, from when, and where their money lies.
#include "services/ledger/ledger_decide_apart.h"
#include "proto/payment_number.h"
#include "tests/unit/ledger_words.h"

#define NOON (INT64_C(1767268800) * SECOND_US) // 2026-01-01T12:00:00Z

static void used_of(harness_t *h, uint64_t kind, kopecks_t amount, instant_t hour_end)
{
    event_t event = usage(customer(1), amount);
    event.usage_charged.hour = hour_end - HOUR_US;
    event.usage_charged.kind = kind;
    assert_int_equal(harness_event(h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
}

static fail_t ordered(harness_t *h, kopecks_t amount, uint64_t category, instant_t begins,
                      instant_t until)
{
    request_t request = {.type = REQUEST_bonus_give};
    request.bonus_give = (request_bonus_give_t){.account = customer(1),
                                                .amount = amount,
                                                .until = until,
                                                .opens = true,
                                                .category = category,
                                                .begins = begins};
    return harness_command(h, &request);
}

// The number of its lot.
static uint64_t apart(harness_t *h, kopecks_t amount, uint64_t category, instant_t begins)
{
    assert_int_equal(ordered(h, amount, category, begins, 0), FAIL_NONE);
    event_t event = harness_read(h, h->last);
    assert_int_equal(event.type, EVENT_bonus_given);
    assert_int_equal(harness_read(h, h->last - 1).type, EVENT_bonus_set_apart);
    return event.bonus_given.lot;
}

static void is(harness_t *h, kopecks_t bonus, kopecks_t cash, kopecks_t set_apart)
{
    answer_balance_t balance = balance_of(h, customer(1));
    assert_int_equal(balance.bonus, bonus);
    assert_int_equal(balance.cash, cash);
    assert_int_equal(balance.apart, set_apart);
    assert_int_equal(system_of(h, SYSTEM_APART), set_apart);
}

static void ticked_at(harness_t *h, instant_t now)
{
    h->now = now;
    assert_int_equal(harness_tick(h), FAIL_NONE);
}

static void it_pays_its_service_alone(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    paid(h, customer(1), 1000);
    uint64_t lot = apart(h, 300, CATEGORY_MODELS, 0);
    is(h, 0, 1000, 300);
    used_of(h, RESOURCE_COMPUTE, 100, NOON);
    is(h, 0, 900, 300);
    used_of(h, RESOURCE_INPUT, 120, NOON);
    is(h, 0, 900, 180);
    event_t charge = harness_read(h, h->last), begun = harness_read(h, h->last - 1);
    assert_int_equal(charge.posted.kind, POSTING_CHARGE);
    assert_int_equal(charge.posted.lot, lot);
    assert_int_equal(begun.posted.kind, POSTING_BEGUN);
    assert_int_equal(begun.posted.lot, lot);
    assert_int_equal(begun.posted.debit, SYSTEM_APART);
    used_of(h, RESOURCE_OUTPUT, 200, NOON + HOUR_US); // more than is left
    is(h, 0, 880, 0);
    used_of(h, RESOURCE_OUTPUT, 30, NOON + 2 * HOUR_US);
    is(h, 0, 850, 0);
}

static void they_are_spent_in_one_order_with_the_others(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    paid(h, customer(1), 1000);
    assert_int_equal(ordered(h, 50, CATEGORY_ANY, 0, NOON + 9 * HOUR_US), FAIL_NONE);
    assert_int_equal(ordered(h, 40, CATEGORY_DISK, 0, NOON + 5 * HOUR_US), FAIL_NONE);
    assert_int_equal(ordered(h, 30, CATEGORY_DISK, 0, 0), FAIL_NONE);
    given(h, customer(1), 20);
    is(h, 70, 1000, 70);
    used_of(h, RESOURCE_DISK, 60, NOON); // 40 of the first to end, 20 of the next
    is(h, 50, 1000, 30);
    used_of(h, RESOURCE_DISK, 75, NOON); // 30 with an end, 30 apart, 15 of the plain one
    is(h, 5, 1000, 0);
    used_of(h, RESOURCE_DISK, 10, NOON);
    is(h, 0, 995, 0);
}

static void one_that_begins_later_waits_for_it(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    paid(h, customer(1), 1000);
    (void)apart(h, 300, CATEGORY_ANY, NOON + HOUR_US);
    used_of(h, RESOURCE_COMPUTE, 100, NOON + HOUR_US);
    is(h, 0, 900, 300);
    ticked_at(h, NOON + HOUR_US - 1);
    is(h, 0, 900, 300);
    ticked_at(h, NOON + HOUR_US);
    is(h, 300, 900, 0);
    assert_int_equal(harness_read(h, h->last).type, EVENT_bonus_begun);
    used_of(h, RESOURCE_COMPUTE, 100, NOON + HOUR_US); // late, of an hour before it
    is(h, 300, 800, 0);
    used_of(h, RESOURCE_COMPUTE, 100, NOON + 2 * HOUR_US);
    is(h, 200, 800, 0);
}

static void an_hour_after_its_beginning_is_paid_before_it_is_told(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    (void)apart(h, 300, CATEGORY_ANY, NOON + HOUR_US);
    h->now = NOON + 2 * HOUR_US;
    used_of(h, RESOURCE_COMPUTE, 100, NOON + 2 * HOUR_US);
    is(h, 0, 0, 200);
    ticked_at(h, NOON + 2 * HOUR_US);
    is(h, 200, 0, 0);
}

static void none_begins_while_something_is_not_current(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    (void)apart(h, 300, CATEGORY_ANY, NOON + HOUR_US);
    h->current = false;
    ticked_at(h, NOON + 2 * HOUR_US);
    is(h, 0, 0, 300);
    h->current = true;
    ticked_at(h, NOON + 2 * HOUR_US);
    is(h, 300, 0, 0);
}

static void what_stands_apart_is_ended_and_lapses(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    uint64_t lot = apart(h, 300, CATEGORY_DISK, 0);
    request_t request = {.type = REQUEST_bonus_void};
    request.bonus_void = (request_bonus_void_t){.account = customer(1), .lot = lot, .amount = 299};
    assert_int_equal(harness_command(h, &request), FAIL_MISMATCH);
    request.bonus_void.amount = 300;
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    is(h, 0, 0, 0);
    assert_int_equal(ordered(h, 200, CATEGORY_DISK, 0, NOON + HOUR_US), FAIL_NONE);
    event_t event = {.type = EVENT_hour_closed, .hour_closed.hour = NOON};
    h->now = NOON + HOUR_US + 2 * MINUTE_US;
    assert_int_equal(harness_event(h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
    ticked_at(h, NOON + HOUR_US + 12 * MINUTE_US);
    is(h, 0, 0, 0);
    assert_int_equal(harness_read(h, h->last).bonus_ended.why, BONUS_END_LAPSED);
    assert_int_equal(system_of(h, SYSTEM_PROMO), 0);
}

static void it_goes_back_with_its_topup(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    event_t event = payment(customer(1), 1000, 1);
    uint64_t invoice = event.payment_succeeded.invoice = payment_number_next(0, NOON);
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    event = (event_t){.type = EVENT_promo_redeemed};
    event.promo_redeemed = (event_promo_redeemed_t){.account = customer(1),
                                                    .invoice = invoice,
                                                    .campaign = 1,
                                                    .amount = 500,
                                                    .topup = 1000,
                                                    .category = CATEGORY_MODELS};
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    is(h, 0, 1000, 500);
    used_of(h, RESOURCE_INPUT, 100, NOON);
    is(h, 0, 1000, 400);
    request_t request = {.type = REQUEST_post};
    request.post = (request_post_t){.debit = customer(1),
                                    .credit = posting_system_id(SYSTEM_CHARGEBACKS),
                                    .amount = 1000,
                                    .kind = POSTING_CHARGEBACK,
                                    .reference = posting_payment_reference(invoice)};
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    ticked_at(h, NOON);
    is(h, 0, -100, 0); // 400 that stood apart, and 100 that was spent
    request.post.debit = posting_system_id(SYSTEM_CHARGEBACKS);
    request.post.credit = customer(1);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    ticked_at(h, NOON);
    is(h, 0, 1000, 400); // won: as it was before
    used_of(h, RESOURCE_INPUT, 400, NOON);
    is(h, 0, 1000, 0);
}

static void orders_that_make_no_sense_are_refused(void **state)
{
    harness_t *h = *state;
    h->now = NOON;
    assert_int_equal(ordered(h, 1, CATEGORY_ANY, NOON, 0), FAIL_INVALID);
    assert_int_equal(ordered(h, 1, CATEGORY_ANY, NOON + 3661 * DAY_US, 0), FAIL_INVALID);
    assert_int_equal(ordered(h, 1, CATEGORY_ANY, NOON + HOUR_US, NOON + HOUR_US), FAIL_INVALID);
    assert_int_equal(ordered(h, 0, CATEGORY_DISK, 0, 0), FAIL_INVALID);
    request_t request = {.type = REQUEST_bonus_give};
    request.bonus_give =
        (request_bonus_give_t){.account = customer(2), .amount = 1, .category = CATEGORY_DISK};
    assert_int_equal(harness_command(h, &request), FAIL_UNKNOWN_ACCOUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_pays_its_service_alone),
        TEST(they_are_spent_in_one_order_with_the_others),
        TEST(one_that_begins_later_waits_for_it),
        TEST(an_hour_after_its_beginning_is_paid_before_it_is_told),
        TEST(none_begins_while_something_is_not_current),
        TEST(what_stands_apart_is_ended_and_lapses),
        TEST(it_goes_back_with_its_topup),
        TEST(orders_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
