// The ledger's rules, one table or scenario each: what is posted, what is refused, what is said.
#include "services/ledger/ledger_core.h"
#include "tests/model/harness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { POSTER = PRODUCER_FIRST };

static uid_t16 customer(uint8_t n)
{
    return (uid_t16){{n, 0xa1, 7, 9, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, n}};
}

static uid_t16 nobody(void)
{
    return (uid_t16){{0}};
}

static event_t wish(uid_t16 debit, uid_t16 credit, kopecks_t amount, uint64_t kind)
{
    event_t event = {.type = EVENT_posting_requested};
    event.posting_requested = (event_posting_requested_t){debit, credit, amount, kind, {{0}}};
    return event;
}

static event_t payment(uid_t16 account, kopecks_t amount, uint64_t kind)
{
    event_t event = {.type = EVENT_payment_succeeded};
    event.payment_succeeded.account = account;
    event.payment_succeeded.amount = amount;
    event.payment_succeeded.kind = kind;
    return event;
}

static event_t usage(uid_t16 account, kopecks_t amount)
{
    event_t event = {.type = EVENT_usage_charged};
    event.usage_charged.account = account;
    event.usage_charged.amount = amount;
    event.usage_charged.resource = customer(200);
    return event;
}

static uint64_t stream_sequence; // of the last fact that was told

static void paid(harness_t *h, uid_t16 account, kopecks_t amount)
{
    event_t event = payment(account, amount, 1);
    assert_int_equal(harness_event(h, STREAM_PAYMENT, ++stream_sequence, &event), FAIL_NONE);
}

static void used(harness_t *h, uid_t16 account, kopecks_t amount)
{
    event_t event = usage(account, amount);
    assert_int_equal(harness_event(h, STREAM_METERING, ++stream_sequence, &event), FAIL_NONE);
}

static void given(harness_t *h, uid_t16 account, kopecks_t amount)
{
    event_t event = wish(posting_system_id(SYSTEM_PROMO), account, amount, POSTING_BONUS);
    assert_int_equal(harness_item(h, POSTER, ++stream_sequence, &event), FAIL_NONE);
}

static fail_t balance(harness_t *h, uid_t16 account, answer_balance_t *ret_balance)
{
    request_t request = {.type = REQUEST_balance};
    request.balance.account = account;
    answer_t answer;
    fail_t fail = harness_query(h, &request, &answer);
    *ret_balance = answer.balance;
    return fail;
}

static answer_balance_t balance_of(harness_t *h, uid_t16 account)
{
    answer_balance_t answer;
    assert_int_equal(balance(h, account, &answer), FAIL_NONE);
    return answer;
}

// The systems' balances by number, and that the sum over all accounts is zero.
static void totals_of(harness_t *h, kopecks_t ret_systems[SYSTEM_END], answer_totals_t *ret_totals)
{
    request_t request = {.type = REQUEST_totals};
    answer_t answer;
    assert_int_equal(harness_query(h, &request, &answer), FAIL_NONE);
    wire_t wire;
    wire_start(&wire, answer.totals.systems.data, answer.totals.systems.size);
    uint32_t count = wire_array(&wire, SYSTEM_END);
    kopecks_t sum = answer.totals.customers;
    memset(ret_systems, 0, SYSTEM_END * sizeof *ret_systems);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t number;
        kopecks_t amount;
        assert_int_equal(wire_array(&wire, 2), 2);
        wire_u64(&wire, &number);
        wire_i64(&wire, &amount);
        assert_true(number < SYSTEM_END);
        ret_systems[number] = amount;
        sum += amount;
    }
    assert_int_equal(wire_end(&wire), FAIL_NONE);
    assert_int_equal(sum, 0);
    assert_int_equal(answer.totals.sum, 0);
    if (ret_totals)
        *ret_totals = answer.totals;
}

static kopecks_t system_of(harness_t *h, system_account_t number)
{
    kopecks_t systems[SYSTEM_END];
    totals_of(h, systems, NULL);
    return systems[number];
}

static int setup(void **state)
{
    stream_sequence = 0;
    *state = harness_new(&ledger_core, NULL);
    return 0;
}

static int teardown(void **state)
{
    harness_t *h = *state;
    harness_t *replayed = harness_replay(h);
    harness_compare(h, replayed); // whatever a test did: replay comes to the same
    harness_destroy(&replayed);
    harness_destroy(&h);
    return 0;
}

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

// --- wishes ---

static void wishes_that_break_a_rule_are_refused_and_change_nothing(void **state)
{
    harness_t *h = *state;
    uid_t16 a = customer(1), b = customer(2), bank = posting_system_id(SYSTEM_BANK),
            fees = posting_system_id(SYSTEM_FEES), clearing = posting_system_id(SYSTEM_CLEARING),
            suspense = posting_system_id(SYSTEM_SUSPENSE), unknown = posting_system_id(33),
            promo = posting_system_id(SYSTEM_PROMO), revenue = posting_system_id(SYSTEM_REVENUE);
    const struct {
        event_t wish;
        const char *refused; // words of the detail, NULL if it is accepted
    } rows[] = {
        {wish(bank, a, 1, POSTING_BANK), NULL},
        {wish(bank, a, POSTING_AMOUNT_MAX, POSTING_BANK), NULL},
        {wish(bank, a, 0, POSTING_BANK), "at least 1 kopeck"},
        {wish(bank, a, -1, POSTING_BANK), "at least 1 kopeck"},
        {wish(bank, a, INT64_MIN, POSTING_BANK), "at least 1 kopeck"},
        {wish(bank, a, POSTING_AMOUNT_MAX + 1, POSTING_BANK), "above what one posting"},
        {wish(a, b, 1, POSTING_CORRECTION),
         "between customers"}, // the law: no transfers between users
        {wish(a, a, 1, POSTING_CORRECTION), "between customers"},
        {wish(bank, bank, 1, POSTING_SETTLEMENT), "same account"},
        {wish(unknown, a, 1, POSTING_CORRECTION), "no system account"},
        {wish(a, unknown, 1, POSTING_CORRECTION), "no system account"},
        {wish(nobody(), bank, 1, POSTING_CORRECTION), "must name an account"},
        {wish(bank, nobody(), 1, POSTING_CORRECTION), "must name an account"},
        {wish(bank, a, 1, 0), "of that kind"},
        {wish(bank, a, 1, 11), "of that kind"},
        {wish(bank, a, 1, UINT64_MAX), "of that kind"},
        {wish(bank, a, 1, POSTING_SETTLEMENT), "moves no customer's"}, // moves no customer's money
        {wish(a, fees, 1, POSTING_FEE), "moves no customer's"},
        {wish(bank, clearing, 1, POSTING_SETTLEMENT), NULL},
        {wish(fees, clearing, 1, POSTING_FEE), NULL},
        {wish(bank, clearing, 1, POSTING_BANK), "suspense"}, // a customer's kind, and no customer
        {wish(bank, suspense, 1, POSTING_BANK), NULL},
        {wish(suspense, clearing, 1, POSTING_REFUND), NULL},
        {wish(promo, a, 1, POSTING_BONUS), NULL},
        {wish(a, revenue, 1, POSTING_CHARGE), NULL},
        {wish(revenue, a, 1, POSTING_CHARGE), "usage debits"},
    };
    paid(h, b, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t last = h->last;
        const event_posting_requested_t *body = &rows[i].wish.posting_requested;
        request_t request = {.type = REQUEST_post};
        request.post.debit = body->debit;
        request.post.credit = body->credit;
        request.post.amount = body->amount;
        request.post.kind = body->kind;
        fail_t expected = rows[i].refused ? FAIL_INVALID : FAIL_NONE;
        assert_int_equal(harness_check(h, &rows[i].wish), expected);
        assert_int_equal(harness_command(h, &request), expected);
        if (rows[i].refused) {
            assert_non_null(h->detail);
            assert_non_null(strstr(h->detail, rows[i].refused));
            assert_int_equal(h->last, last);
        }
        assert_int_equal(harness_item(h, POSTER, i + 1, &rows[i].wish), expected);
        if (rows[i].refused)
            assert_int_equal(h->last, last);
        harness_t *replayed = harness_replay(h);
        harness_compare(h, replayed); // a refusal left no trace in the state
        harness_destroy(&replayed);
    }
    event_t stranger = payment(a, 1, 1);
    assert_int_equal(harness_item(h, POSTER, 1, &stranger), FAIL_INVALID);
    assert_int_equal(harness_check(h, &stranger), FAIL_INVALID);
}

static void the_answer_to_post_names_the_posting(void **state)
{
    harness_t *h = *state;
    request_t request = {.type = REQUEST_post};
    request.post.debit = posting_system_id(SYSTEM_BANK);
    request.post.credit = customer(1);
    request.post.amount = 100;
    request.post.kind = POSTING_BANK;
    request.post.reference = customer(77);
    for (int i = 0; i < 2; i++) { // first with account.opened before it, then alone
        answer_t answer;
        assert_int_equal(harness_command(h, &request), FAIL_NONE);
        assert_int_equal(harness_answer(h, &request, &answer), FAIL_NONE);
        event_t event = harness_read(h, answer.post.sequence);
        assert_int_equal(event.type, EVENT_posted);
        assert_true(uid_equal(&event.posted.reference, &request.post.reference));
    }
}

static void what_check_accepts_the_whole_batch_can_post(void **state)
{
    harness_t *h = *state;
    const kopecks_t headroom = 8189 * POSTING_AMOUNT_MAX;
    uid_t16 account = customer(1);
    event_t item = wish(posting_system_id(SYSTEM_BANK), account, POSTING_AMOUNT_MAX, POSTING_BANK);
    paid(h, account, LEDGER_BALANCE_MAX - headroom + 1);
    assert_int_equal(harness_check(h, &item), FAIL_OVERFLOW);
    assert_non_null(h->detail);
    used(h, account, 1); // now exactly a batch fits
    assert_int_equal(harness_check(h, &item), FAIL_NONE);
    for (uint64_t i = 1; i <= 8189; i++)
        assert_int_equal(harness_item(h, POSTER, i, &item), FAIL_NONE);
    assert_int_equal(balance_of(h, account).cash, LEDGER_BALANCE_MAX);
    uint64_t last = h->last;
    assert_int_equal(harness_item(h, POSTER, 9000, &item), FAIL_OVERFLOW);
    assert_int_equal(h->last, last);
    item = wish(account, posting_system_id(SYSTEM_BANK), 1, POSTING_CORRECTION);
    assert_int_equal(harness_item(h, POSTER, 9001, &item), FAIL_NONE);
}

// --- judgements ---

static void a_low_balance_is_said_once_and_only_when_everything_is_current(void **state)
{
    harness_t *h = *state;
    uid_t16 account = customer(1);
    paid(h, account, 10000);
    assert_int_equal(harness_tick(h), FAIL_NONE);
    assert_int_equal(h->count, 0); // at the threshold is not below it
    used(h, account, 1);
    h->current = false;
    harness_tick(h);
    assert_int_equal(h->count, 0);
    h->current = true;
    harness_tick(h);
    assert_int_equal(h->count, 1);
    event_t low = harness_caused(h, 0, EVENT_account_low);
    assert_int_equal(low.account_low.number, 64);
    assert_int_equal(low.account_low.balance, 9999);
    assert_int_equal(low.account_low.threshold, 10000);
    assert_true(balance_of(h, account).low);
    harness_tick(h);
    assert_int_equal(h->count, 0);
    used(h, account, 1);
    harness_tick(h);
    assert_int_equal(h->count, 0);
    given(h, account, 2); // bonus counts; back at the threshold: armed again, no event
    assert_int_equal(h->count, 1);
    assert_false(balance_of(h, account).low);
    used(h, account, 1);
    harness_tick(h);
    harness_caused(h, 0, EVENT_account_low);
}

static void a_balance_that_recovered_before_the_tick_is_not_judged(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 20000);
    used(h, customer(1), 30000);
    paid(h, customer(1), 30000);
    harness_tick(h);
    assert_int_equal(h->count, 0);
}

static void exhausted_is_below_zero_and_restored_never_waits(void **state)
{
    harness_t *h = *state;
    uid_t16 account = customer(1);
    paid(h, account, 20000);
    used(h, account, 20000);
    harness_tick(h);
    assert_int_equal(h->count, 1); // at zero services run on
    harness_caused(h, 0, EVENT_account_low);
    used(h, account, 1);
    harness_tick(h);
    assert_int_equal(h->count, 1);
    assert_int_equal(harness_caused(h, 0, EVENT_account_exhausted).account_exhausted.balance, -1);
    assert_true(balance_of(h, account).exhausted);
    used(h, account, 9);
    harness_tick(h);
    assert_int_equal(h->count, 0);
    h->current = false;
    paid(h, account, 9);
    assert_int_equal(h->count, 1); // still -1
    paid(h, account, 1);
    assert_int_equal(h->count, 2);
    event_t restored = harness_caused(h, 1, EVENT_account_restored);
    assert_int_equal(restored.account_restored.balance, 0);
    assert_int_equal(restored.account_restored.number, 64);
    assert_false(balance_of(h, account).exhausted);
    assert_true(balance_of(h, account).low);
}

static void an_account_that_falls_deep_is_low_and_exhausted_at_once(void **state)
{
    harness_t *h = *state;
    used(h, customer(1), 1);
    harness_tick(h);
    assert_int_equal(h->count, 2);
    harness_caused(h, 0, EVENT_account_low);
    harness_caused(h, 1, EVENT_account_exhausted);
}

static instant_t wake_of(harness_t *h)
{
    static uint8_t scratch[DUE_SCRATCH_BYTES];
    due_t due = {.scratch = scratch};
    h->core->due(h->state, h->now, &due);
    assert_int_equal(due.count, 0);
    return due.wake;
}

static void a_crowd_is_judged_to_the_last_in_bounded_steps(void **state)
{
    harness_t *h = *state;
    enum { CROWD = 5000 };
    assert_true(wake_of(h) == INT64_MAX);
    for (uint32_t i = 0; i < CROWD; i++) {
        uid_t16 account = customer(1);
        memcpy(account.bytes + 4, &i, sizeof i);
        used(h, account, 1);
    }
    assert_true(wake_of(h) == h->now);
    harness_tick(h); // the harness asserts that each step fits and asks again
    assert_int_equal(h->count, 2 * CROWD);
    assert_true(wake_of(h) == INT64_MAX);
    harness_tick(h);
    assert_int_equal(h->count, 0);
}

static void another_threshold_judges_every_account_anew(void **state)
{
    harness_t *h = *state;
    request_t request = {.type = REQUEST_ledger_policy};
    paid(h, customer(1), 5000);
    paid(h, customer(2), 20000);
    harness_tick(h);
    assert_int_equal(h->count, 1);
    request.ledger_policy.low_threshold = 30000;
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_int_equal(h->count, 1);
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_int_equal(h->count, 0); // nothing changed, nothing to remember
    harness_tick(h);
    assert_int_equal(h->count, 1);
    assert_int_equal(harness_caused(h, 0, EVENT_account_low).account_low.number, 65);
    request.ledger_policy.low_threshold = 0;
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    assert_false(balance_of(h, customer(1)).low);
    static const kopecks_t wrong[] = {-1, INT64_MIN, POSTING_AMOUNT_MAX + 1};
    for (size_t i = 0; i < 3; i++) {
        request.ledger_policy.low_threshold = wrong[i];
        assert_int_equal(harness_command(h, &request), FAIL_INVALID);
        assert_non_null(h->detail);
    }
}

// --- answers ---

static void a_balance_says_what_it_is_true_at(void **state)
{
    harness_t *h = *state;
    answer_balance_t answer;
    assert_int_equal(balance(h, customer(1), &answer), FAIL_UNKNOWN_ACCOUNT);
    paid(h, customer(9), 1); // so that sequences differ
    event_t autopay = payment(customer(1), 100, 2);
    assert_int_equal(harness_event(h, STREAM_PAYMENT, 555, &autopay), FAIL_NONE);
    uint64_t head = h->last;
    given(h, customer(1), 7);
    answer = balance_of(h, customer(1));
    assert_int_equal(answer.sequence, h->last);
    assert_int_equal(answer.cash, 100);
    assert_int_equal(answer.bonus, 7);
    assert_int_equal(answer.number, 65);
    assert_int_equal(answer.head, head + 1);
    assert_int_equal(answer.postings, 2);
    assert_int_equal(answer.credit, 555); // a bonus is no credit of payment's
    request_t request = {.type = REQUEST_balance};
    answer_t later;
    request.balance.account = customer(1);
    request.balance.min_sequence = h->last;
    assert_int_equal(harness_query(h, &request, &later), FAIL_NONE);
    request.balance.min_sequence = h->last + 1;
    assert_int_equal(harness_query(h, &request, &later), FAIL_LATER);
    request.balance.account = customer(3); // it may come by then
    assert_int_equal(harness_query(h, &request, &later), FAIL_LATER);
}

static void totals_sum_to_zero(void **state)
{
    harness_t *h = *state;
    kopecks_t systems[SYSTEM_END];
    answer_totals_t totals;
    paid(h, customer(1), 1000);
    given(h, customer(2), 50);
    used(h, customer(1), 300);
    totals_of(h, systems, &totals);
    assert_int_equal(totals.sequence, h->last);
    assert_int_equal(totals.accounts, 2);
    assert_int_equal(totals.customers, 750);
    assert_int_equal(systems[SYSTEM_CLEARING], -1000);
    assert_int_equal(systems[SYSTEM_PROMO], -50);
    assert_int_equal(systems[SYSTEM_REVENUE], 300);
}

static void the_table_pages_through_every_account_once(void **state)
{
    harness_t *h = *state;
    enum { ACCOUNTS = 2 * LEDGER_PAGE_ROWS + 1, PAGE = 48 * 1024 };
    static uint8_t page[PAGE];
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        uid_t16 account = customer(1);
        memcpy(account.bytes + 4, &i, sizeof i);
        event_t event = payment(account, INT64_C(1) << 40, 1);
        assert_int_equal(harness_event(h, STREAM_PAYMENT, UINT64_MAX - i, &event), FAIL_NONE);
    }
    uint64_t from = 0, seen = 0, pages = 0;
    do {
        pack_t rows;
        wire_t wire;
        size_t count;
        pack_start(&rows, page, sizeof page);
        from = h->core->table(h->state, from, &rows, &count);
        assert_true(pack_end(&rows) > 0);
        wire_start(&wire, page, pack_end(&rows));
        for (size_t i = 0; i < count; i++, seen++) {
            uint64_t number, head, credit;
            uid_t16 account;
            kopecks_t cash, bonus;
            assert_int_equal(wire_array(&wire, 6), 6);
            wire_u64(&wire, &number);
            wire_uid(&wire, &account);
            wire_i64(&wire, &cash);
            wire_i64(&wire, &bonus);
            wire_u64(&wire, &head);
            wire_u64(&wire, &credit);
            assert_int_equal(number, seen + 64);
            assert_int_equal(cash, INT64_C(1) << 40);
            assert_int_equal(bonus, 0);
            assert_int_equal(credit, UINT64_MAX - seen);
            event_t event = harness_read(h, head);
            assert_true(uid_equal(&event.posted.account, &account));
        }
        assert_int_equal(wire_end(&wire), FAIL_NONE);
        pages++;
    } while (from);
    assert_int_equal(seen, ACCOUNTS);
    assert_int_equal(pages, 3);
    size_t count = 1;
    pack_t rows;
    pack_start(&rows, page, sizeof page);
    assert_int_equal(h->core->table(h->state, ACCOUNTS, &rows, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(h->core->table(h->state, UINT64_MAX, &rows, &count), 0);
}

static void counters_are_lines_of_name_and_value(void **state)
{
    harness_t *h = *state;
    char text[256];
    used(h, customer(1), 1);
    paid(h, customer(2), 20000);
    size_t size = h->core->counters(h->state, text, sizeof text);
    static const char expected[] = "accounts 2\npostings 2\njudgements_pending 1\n";
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(text, expected, size);
    assert_int_equal(h->core->counters(h->state, text, 11), 11); // whole lines that fit
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
        TEST(wishes_that_break_a_rule_are_refused_and_change_nothing),
        TEST(the_answer_to_post_names_the_posting),
        TEST(what_check_accepts_the_whole_batch_can_post),
        TEST(a_low_balance_is_said_once_and_only_when_everything_is_current),
        TEST(a_balance_that_recovered_before_the_tick_is_not_judged),
        TEST(exhausted_is_below_zero_and_restored_never_waits),
        TEST(an_account_that_falls_deep_is_low_and_exhausted_at_once),
        TEST(a_crowd_is_judged_to_the_last_in_bounded_steps),
        TEST(another_threshold_judges_every_account_anew),
        TEST(a_balance_says_what_it_is_true_at),
        TEST(totals_sum_to_zero),
        TEST(the_table_pages_through_every_account_once),
        TEST(counters_are_lines_of_name_and_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
