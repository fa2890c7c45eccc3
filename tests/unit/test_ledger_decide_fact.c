// Facts become postings, and money without a place goes to suspense.
#include "proto/payment_number.h"
#include "services/ledger/ledger_credited.h"
#include "tests/unit/ledger_words.h"

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
         true},
        {payment(customer(1), 800, 2), STREAM_PAYMENT, 1, POSTING_AUTOPAY, SYSTEM_CLEARING, 64, 800,
         true},
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

static void money_without_a_place_goes_to_suspense(void **state)
{
    harness_t *h = *state;
    paid(h, nobody(), 700);
    event_t event = harness_caused(h, 0, EVENT_posted);
    assert_int_equal(h->count, 2);
    assert_int_equal(harness_caused(h, 1, EVENT_payment_suspended).payment_suspended.why,
                     SUSPENSE_UNPLACED);
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

static void a_full_ledger_opens_no_account_and_loses_no_money(void **state)
{
    (void)state;
    ledger_settings_t settings = {.accounts_max = 1};
    harness_t *h = harness_new(&ledger_core, &settings);
    paid(h, customer(1), 100);
    paid(h, customer(2), 100);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 100);
    event_t item = wish(posting_system_id(SYSTEM_BANK), customer(2), 1, POSTING_BANK);
    assert_int_equal(harness_item(h, POSTER, 1, &item), FAIL_LIMIT);
    assert_int_equal(harness_check(h, &item), FAIL_LIMIT);
    item = wish(posting_system_id(SYSTEM_BANK), customer(1), 1, POSTING_BANK);
    assert_int_equal(harness_check(h, &item), FAIL_NONE);
    assert_int_equal(harness_item(h, POSTER, 2, &item), FAIL_NONE);
    harness_destroy(&h);
}

static event_t numbered(uint64_t number, uid_t16 account, kopecks_t amount)
{
    event_t event = payment(account, amount, 1);
    event.payment_succeeded.invoice = number;
    return event;
}

// What became of it: SUSPENSE_…, or 0 if it was credited.
static uint64_t fate(harness_t *h, uint64_t number, uid_t16 account)
{
    event_t event = numbered(number, account, 700);
    kopecks_t suspense = system_of(h, SYSTEM_SUSPENSE);
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
    event_t last = harness_read(h, h->last);
    bool credited = last.type == EVENT_posted;
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE) - suspense, credited ? 0 : 700);
    if (credited) {
        assert_int_equal(posting_payment_number(&last.posted.reference), number);
        return 0;
    }
    event_t posted = harness_read(h, h->last - 1);
    assert_int_equal(last.type, EVENT_payment_suspended);
    assert_int_equal(last.payment_suspended.invoice, number);
    assert_int_equal(last.payment_suspended.amount, 700);
    assert_true(uid_equal(&last.payment_suspended.account, &account));
    assert_true(uid_equal(&posted.posted.reference, &account));
    return last.payment_suspended.why;
}

static void a_number_is_credited_once_whatever_history_payment_has(void **state)
{
    harness_t *h = *state;
    h->now = INT64_C(1780000000) * SECOND_US;
    uint64_t number = payment_number_next(0, h->now - DAY_US);
    assert_int_equal(fate(h, number, customer(1)), 0);
    assert_int_equal(fate(h, number, customer(1)), SUSPENSE_REPEATED);
    assert_int_equal(fate(h, number, customer(2)), SUSPENSE_REPEATED); // nor to somebody else
    assert_int_equal(fate(h, number + PAYMENT_PARTITIONS, customer(1)), 0);
    assert_int_equal(fate(h, number - PAYMENT_PARTITIONS, customer(1)), 0); // paid later
    assert_int_equal(fate(h, 0, customer(1)), SUSPENSE_UNSURE);
    // money that had no place is an operator's, and is not credited when there is one
    uint64_t lost = number + UINT64_C(2) * PAYMENT_PARTITIONS;
    assert_int_equal(fate(h, lost, nobody()), SUSPENSE_UNPLACED);
    assert_int_equal(fate(h, lost, customer(1)), SUSPENSE_REPEATED);
    assert_int_equal(balance_of(h, customer(1)).cash, 3 * 700);
    assert_int_equal(fate(h, number, customer(1)), SUSPENSE_REPEATED);
}

static void a_number_is_remembered_for_400_days_and_never_credited_after(void **state)
{
    harness_t *h = *state;
    instant_t made = INT64_C(1780000000) * SECOND_US;
    uint64_t number = payment_number_next(0, made), late = number + PAYMENT_PARTITIONS;
    h->now = made;
    assert_int_equal(fate(h, number, customer(1)), 0);
    h->now = made + LEDGER_CREDITED_US;
    assert_int_equal(fate(h, number, customer(1)), SUSPENSE_REPEATED);
    assert_int_equal(fate(h, late, customer(1)), 0); // paid in the last instant
    h->now += DAY_US;
    assert_int_equal(fate(h, payment_number_next(0, h->now), customer(1)), 0);
    char text[256] = "";
    (void)ledger_core.counters(h->state, text, sizeof text);
    assert_non_null(strstr(text, "payments_remembered 1\npayments_suspended 1\n"));
    assert_int_equal(fate(h, number, customer(1)), SUSPENSE_UNSURE);
    assert_int_equal(fate(h, late, customer(1)), SUSPENSE_UNSURE);
    assert_int_equal(balance_of(h, customer(1)).cash, 3 * 700);
}

// Old journals say no number with their postings: after payment was put back nobody knows which of
// the old kind were credited. New ones all stand in the table.
static void old_numbers_are_unsure_once_payments_history_was_replaced(void **state)
{
    harness_t *h = *state;
    uint64_t old = UINT64_C(1700000000000000007);
    h->now = INT64_C(1780000000) * SECOND_US;
    assert_int_equal(fate(h, old, customer(1)), 0);
    event_t reseeded = {.type = EVENT_node_reseeded, .at = h->now};
    reseeded.node_reseeded.stream = STREAM_METERING;
    harness_append(h, &reseeded);
    assert_int_equal(fate(h, old + 1, customer(1)), 0);
    reseeded.node_reseeded.stream = STREAM_PAYMENT;
    harness_append(h, &reseeded);
    assert_int_equal(fate(h, old, customer(1)), SUSPENSE_REPEATED);
    assert_int_equal(fate(h, old + 2, customer(1)), SUSPENSE_UNSURE);
    assert_int_equal(fate(h, payment_number_next(0, h->now), customer(1)), 0);
}

static uint64_t credit_of(harness_t *h, uid_t16 account)
{
    request_t request = {.type = REQUEST_balance};
    answer_t answer;
    request.balance.account = account;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    return answer.balance.credit;
}

// What a lost journal credited stays in the balance; the sequences are given to other events.
static void a_credit_that_payment_lost_is_named_by_the_last_event_of_both(void **state)
{
    harness_t *h = *state;
    h->now = INT64_C(1780000000) * SECOND_US;
    uint64_t number = payment_number_next(0, h->now);
    assert_int_equal(fate(h, number, customer(1)), 0);
    uint64_t first = stream_sequence;
    stream_sequence += 10;
    assert_int_equal(fate(h, number + PAYMENT_PARTITIONS, customer(2)), 0);
    assert_int_equal(credit_of(h, customer(2)), stream_sequence);
    event_t reseeded = {.type = EVENT_node_reseeded, .at = h->now};
    reseeded.node_reseeded.stream = STREAM_PAYMENT;
    reseeded.node_reseeded.sequence = stream_sequence = first + 3;
    harness_append(h, &reseeded);
    assert_int_equal(credit_of(h, customer(1)), first);
    assert_int_equal(credit_of(h, customer(2)), first + 3);
    assert_int_equal(fate(h, number + PAYMENT_PARTITIONS, customer(2)), SUSPENSE_REPEATED);
    assert_int_equal(credit_of(h, customer(2)), first + 4); // it is in the balance
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(facts_move_money_between_these_accounts),
        TEST(money_without_a_place_goes_to_suspense),
        TEST(an_account_at_the_end_of_its_range_overflows_into_suspense),
        TEST(a_number_is_credited_once_whatever_history_payment_has),
        TEST(a_number_is_remembered_for_400_days_and_never_credited_after),
        TEST(old_numbers_are_unsure_once_payments_history_was_replaced),
        TEST(a_credit_that_payment_lost_is_named_by_the_last_event_of_both),
        TEST(a_full_ledger_opens_no_account_and_loses_no_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
