// What the ledger posts of facts, and what becomes of money without a place.
#include "tests/unit/ledger_words.h"

// --- what is posted ---

static void a_new_ledger_begins_with_its_policy(void **state)
{
    harness_t *h = *state;
    assert_int_equal(h->last, 1);
    event_t event = harness_read(h, 1);
    assert_int_equal(event.type, EVENT_ledger_policy_changed);
    assert_int_equal(event.ledger_policy_changed.low_threshold, 10000);
}

static void the_first_posting_opens_the_account(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 50000);
    assert_int_equal(h->count, 2);
    event_t opened = harness_caused(h, 0, EVENT_account_opened);
    event_t posted = harness_caused(h, 1, EVENT_posted);
    uid_t16 account = customer(1);
    assert_true(uid_equal(&opened.account_opened.account, &account));
    assert_int_equal(opened.account_opened.number, 64);
    assert_true(uid_equal(&posted.posted.account, &account));
    assert_int_equal(posted.posted.debit, SYSTEM_CLEARING);
    assert_int_equal(posted.posted.credit, 64);
    assert_int_equal(posted.posted.amount, 50000);
    assert_int_equal(posted.posted.kind, POSTING_TOPUP);
    assert_int_equal(posted.posted.cash, 50000);
    assert_int_equal(posted.posted.bonus, 0);
    assert_int_equal(posted.posted.ordinal, 1);
    assert_int_equal(posted.posted.previous, 0);
    assert_int_equal(posted.posted.skip, 0);
    assert_int_equal(posted.cause.stream, STREAM_PAYMENT);
    assert_int_equal(posted.cause.sequence, 1);
    paid(h, customer(2), 1);
    assert_int_equal(harness_caused(h, 0, EVENT_account_opened).account_opened.number, 65);
    paid(h, customer(1), 1);
    assert_int_equal(h->count, 1);
    assert_int_equal(harness_caused(h, 0, EVENT_posted).posted.previous, 3);
}

static void facts_move_money_between_these_accounts(void **state)
{
    harness_t *h = *state;
    event_t closed = {.type = EVENT_meter_closed};
    closed.meter_closed.account = customer(1);
    closed.meter_closed.amount = 3;
    event_t nothing = closed;
    nothing.meter_closed.amount = 0;
    event_t other = {.type = EVENT_hour_closed};
    const struct {
        event_t event;
        stream_t stream;
        size_t postings;
        uint64_t kind, debit, credit;
        kopecks_t amount;
        bool reference;
    } rows[] = {
        {payment(customer(1), 700, 1), STREAM_PAYMENT, 1, POSTING_TOPUP, SYSTEM_CLEARING, 64, 700,
         false},
        {payment(customer(1), 800, 2), STREAM_PAYMENT, 1, POSTING_AUTOPAY, SYSTEM_CLEARING, 64, 800,
         false},
        {usage(customer(1), 40), STREAM_METERING, 1, POSTING_CHARGE, 64, SYSTEM_REVENUE, 40, true},
        {closed, STREAM_METERING, 1, POSTING_CHARGE, 64, SYSTEM_REVENUE, 3, false},
        {usage(customer(1), 0), STREAM_METERING, 0, 0, 0, 0, 0, false},
        {nothing, STREAM_METERING, 0, 0, 0, 0, 0, false},
        {other, STREAM_METERING, 0, 0, 0, 0, 0, false},
        {usage(customer(1), -5), STREAM_METERING, 0, 0, 0, 0, 0, false},
        {payment(customer(1), 0, 1), STREAM_PAYMENT, 0, 0, 0, 0, 0, false},
    };
    paid(h, customer(1), 1); // so that the account is open
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(harness_event(h, rows[i].stream, 100 + i, &rows[i].event), FAIL_NONE);
        assert_int_equal(h->count, rows[i].postings);
        if (!h->count)
            continue;
        event_t event = harness_caused(h, 0, EVENT_posted);
        assert_int_equal(event.posted.kind, rows[i].kind);
        assert_int_equal(event.posted.debit, rows[i].debit);
        assert_int_equal(event.posted.credit, rows[i].credit);
        assert_int_equal(event.posted.amount, rows[i].amount);
        assert_int_equal(!uid_is_zero(&event.posted.reference), rows[i].reference);
    }
    assert_int_equal(balance_of(h, customer(1)).cash, 1 + 700 + 800 - 40 - 3);
}

static void usage_takes_the_bonus_first_and_the_rest_from_cash(void **state)
{
    static const struct {
        kopecks_t cash, bonus, amount, cash_after, bonus_after;
        size_t postings;
    } rows[] = {
        {500, 100, 60, 500, 40, 1},  // bonus alone
        {500, 100, 100, 500, 0, 1},  // exactly the bonus
        {500, 100, 101, 499, 0, 2},  // over both
        {500, 100, 700, -100, 0, 2}, // over both and below zero
        {500, 0, 700, -200, 0, 1},   // cash alone
        {0, 100, 101, -1, 0, 2},
    };
    harness_t *h = *state;
    for (uint8_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uid_t16 account = customer(i + 1);
        if (rows[i].cash)
            paid(h, account, rows[i].cash);
        if (rows[i].bonus)
            given(h, account, rows[i].bonus);
        uint64_t before = balance_of(h, account).head;
        used(h, account, rows[i].amount);
        assert_int_equal(h->count, rows[i].postings);
        event_t first = harness_caused(h, 0, EVENT_posted);
        event_t last = harness_caused(h, h->count - 1, EVENT_posted);
        assert_int_equal(first.posted.previous, before);
        assert_int_equal(last.posted.cash, rows[i].cash_after);
        assert_int_equal(last.posted.bonus, rows[i].bonus_after);
        if (h->count == 2) { // two adjacent postings with one cause, bonus first
            assert_int_equal(first.posted.amount, rows[i].bonus);
            assert_int_equal(first.posted.cash, rows[i].cash);
            assert_int_equal(last.posted.amount, rows[i].amount - rows[i].bonus);
            assert_int_equal(last.posted.previous, h->first);
            assert_int_equal(last.posted.ordinal, first.posted.ordinal + 1);
            assert_memory_equal(&first.cause, &last.cause, sizeof first.cause);
        }
    }
}

static void a_negative_bonus_is_not_used_up_further(void **state)
{
    harness_t *h = *state;
    event_t expiry = wish(customer(1), posting_system_id(SYSTEM_PROMO), 10, POSTING_BONUS);
    assert_int_equal(harness_item(h, POSTER, 1, &expiry), FAIL_NONE);
    used(h, customer(1), 5);
    assert_int_equal(balance_of(h, customer(1)).bonus, -10);
    assert_int_equal(balance_of(h, customer(1)).cash, -5);
}

static void the_chain_follows_its_definition(void **state)
{
    harness_t *h = *state;
    static uint64_t sequences[70000];
    for (uint64_t n = 1; n < 70000; n++) {
        if (n % 3 == 0)
            used(h, customer(2), 1); // others between, so that sequence is not ordinal
        used(h, customer(1), 1);
        event_t event = harness_caused(h, h->count - 1, EVENT_posted);
        uint64_t step = 1;
        while (step < 65536 && n % (step * 16) == 0)
            step *= 16;
        uint64_t target = step == 1 ? n - n % 16 : n - step;
        sequences[n] = h->last;
        assert_int_equal(event.posted.ordinal, n);
        assert_int_equal(event.posted.previous, sequences[n - 1]);
        assert_int_equal(event.posted.skip, sequences[target]);
    }
}

// --- suspense ---

static void money_without_a_place_goes_to_suspense(void **state)
{
    harness_t *h = *state;
    paid(h, nobody(), 700);
    event_t event = harness_caused(h, 0, EVENT_posted);
    assert_int_equal(h->count, 1);
    assert_true(uid_is_zero(&event.posted.account));
    assert_int_equal(event.posted.debit, SYSTEM_CLEARING);
    assert_int_equal(event.posted.credit, SYSTEM_SUSPENSE);
    used(h, nobody(), 30);
    event = harness_caused(h, 0, EVENT_posted);
    assert_int_equal(event.posted.debit, SYSTEM_SUSPENSE);
    assert_int_equal(event.posted.credit, SYSTEM_REVENUE);
    // an account's name that is a system account's
    uid_t16 bank = posting_system_id(SYSTEM_BANK);
    paid(h, bank, 5);
    event = harness_caused(h, 0, EVENT_posted);
    assert_int_equal(event.posted.credit, SYSTEM_SUSPENSE);
    assert_true(uid_equal(&event.posted.reference, &bank));
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 700 - 30 + 5);
    // an operator finds out whose it was
    event_t found = wish(posting_system_id(SYSTEM_SUSPENSE), customer(1), 700, POSTING_CORRECTION);
    assert_int_equal(harness_item(h, POSTER, 1, &found), FAIL_NONE);
    assert_int_equal(balance_of(h, customer(1)).cash, 700);
}

static void an_account_at_the_end_of_its_range_overflows_into_suspense(void **state)
{
    harness_t *h = *state;
    uid_t16 account = customer(1);
    paid(h, account, LEDGER_BALANCE_MAX - 10);
    paid(h, account, 10);
    assert_int_equal(balance_of(h, account).cash, LEDGER_BALANCE_MAX);
    paid(h, account, 1);
    event_t event = harness_caused(h, 0, EVENT_posted);
    assert_int_equal(event.posted.credit, SYSTEM_SUSPENSE);
    assert_true(uid_equal(&event.posted.reference, &account));
    assert_int_equal(balance_of(h, account).cash, LEDGER_BALANCE_MAX);
    paid(h, customer(2), LEDGER_BALANCE_MAX); // no one account, but the customers' sum
    assert_int_equal(harness_caused(h, 0, EVENT_posted).posted.credit, SYSTEM_SUSPENSE);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), LEDGER_BALANCE_MAX + 1);
}

static void a_fact_that_int64_cannot_hold_is_refused_and_changes_nothing(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), INT64_MAX); // clearing is at its end now
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), INT64_MAX);
    uint64_t last = h->last;
    event_t event = payment(customer(1), 1, 1);
    assert_int_equal(harness_event(h, STREAM_PAYMENT, 2, &event), FAIL_OVERFLOW);
    assert_int_equal(h->last, last);
}

static void a_full_ledger_opens_no_account_and_loses_no_money(void **state)
{
    (void)state;
    ledger_settings_t settings = {.accounts_max = 1};
    harness_t *h = harness_new(&ledger_core, &settings);
    paid(h, customer(1), 100);
    paid(h, customer(2), 100);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 100);
    event_t item = wish(posting_system_id(SYSTEM_BANK), customer(2), 1, POSTING_BANK);
    assert_int_equal(harness_item(h, POSTER, 1, &item), FAIL_FULL);
    assert_int_equal(harness_check(h, &item), FAIL_FULL);
    item = wish(posting_system_id(SYSTEM_BANK), customer(1), 1, POSTING_BANK);
    assert_int_equal(harness_check(h, &item), FAIL_NONE);
    assert_int_equal(harness_item(h, POSTER, 2, &item), FAIL_NONE);
    harness_destroy(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_ledger_begins_with_its_policy),
        TEST(the_first_posting_opens_the_account),
        TEST(facts_move_money_between_these_accounts),
        TEST(usage_takes_the_bonus_first_and_the_rest_from_cash),
        TEST(a_negative_bonus_is_not_used_up_further),
        TEST(the_chain_follows_its_definition),
        TEST(money_without_a_place_goes_to_suspense),
        TEST(an_account_at_the_end_of_its_range_overflows_into_suspense),
        TEST(a_fact_that_int64_cannot_hold_is_refused_and_changes_nothing),
        TEST(a_full_ledger_opens_no_account_and_loses_no_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
