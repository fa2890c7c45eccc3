// Accounts that are closed and reopened, and credit limits: what an operator may say, what ends
// then, and where money goes that still comes.
#include "services/ledger/ledger_closing.h"
#include "tests/unit/ledger_words.h"

static fail_t closing(harness_t *h, kopecks_t cash, kopecks_t bonus)
{
    request_t request = {.type = REQUEST_account_close};
    request.account_close =
        (request_account_close_t){.account = customer(1), .cash = cash, .bonus = bonus};
    return harness_command(h, &request);
}

static fail_t reopening(harness_t *h)
{
    request_t request = {.type = REQUEST_account_reopen};
    request.account_reopen.account = customer(1);
    return harness_command(h, &request);
}

static fail_t limiting(harness_t *h, kopecks_t limit)
{
    request_t request = {.type = REQUEST_credit_limit};
    request.credit_limit.account = customer(1);
    request.credit_limit.limit = limit;
    return harness_command(h, &request);
}

static size_t told(harness_t *h, event_type_t type)
{
    size_t count = 0;
    for (uint64_t i = 1; i <= h->last; i++)
        count += harness_read(h, i).type == type;
    return count;
}

static instant_t wake(const harness_t *h)
{
    static due_t due;
    due = (due_t){.wake = 0};
    h->core->due(h->state, h->now, &due);
    return due.wake;
}

// Until nothing is due.
static void settled(harness_t *h)
{
    for (unsigned i = 0; i < 10 && wake(h) <= h->now; i++)
        assert_int_equal(harness_tick(h), FAIL_NONE);
    assert_true(wake(h) > h->now);
}

static void is(harness_t *h, kopecks_t cash, kopecks_t bonus)
{
    assert_int_equal(balance_of(h, customer(1)).cash, cash);
    assert_int_equal(balance_of(h, customer(1)).bonus, bonus);
}

// --- closing ---

static void it_is_closed_with_what_was_said_of_it_and_once(void **state)
{
    harness_t *h = *state;
    assert_int_equal(closing(h, 0, 0), FAIL_UNKNOWN_ACCOUNT);
    assert_int_equal(reopening(h), FAIL_UNKNOWN_ACCOUNT);
    paid(h, customer(1), 20000);
    given(h, customer(1), 300);
    assert_int_equal(closing(h, 19999, 300), FAIL_MISMATCH);
    assert_int_equal(closing(h, 20000, 0), FAIL_MISMATCH);
    assert_int_equal(reopening(h), FAIL_STATE);
    assert_false(balance_of(h, customer(1)).closed);
    assert_int_equal(closing(h, 20000, 300), FAIL_NONE);
    event_account_closed_t said = harness_read(h, h->last).account_closed;
    assert_int_equal(said.cash, 20000);
    assert_int_equal(said.bonus, 300);
    assert_int_equal(said.number, balance_of(h, customer(1)).number);
    assert_true(balance_of(h, customer(1)).closed);
    assert_int_equal(closing(h, 20000, 300), FAIL_STATE);
}

static void its_bonuses_end_one_after_the_other_and_its_cash_stays(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 20000);
    given(h, customer(1), 300);
    given(h, customer(1), 500);
    paid(h, customer(2), 20000);
    given(h, customer(2), 70);
    used(h, customer(1), 100);
    assert_int_equal(closing(h, 20000, 700), FAIL_NONE);
    assert_int_equal(wake(h), h->now);
    settled(h);
    is(h, 20000, 0);
    assert_int_equal(told(h, EVENT_bonus_ended), 2);
    event_bonus_ended_t ended = harness_read(h, h->last).bonus_ended;
    assert_int_equal(ended.why, BONUS_END_CLOSED);
    assert_int_equal(ended.amount, 500);
    assert_int_equal(balance_of(h, customer(2)).bonus, 70);
    assert_int_equal(system_of(h, SYSTEM_PROMO), -70 - 100); // what was spent, and what is there
}

static void a_bonus_that_comes_later_ends_too(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 20000);
    assert_int_equal(closing(h, 20000, 0), FAIL_NONE);
    request_t order = {.type = REQUEST_bonus_give};
    order.bonus_give = (request_bonus_give_t){.account = customer(1), .amount = 5};
    assert_int_equal(harness_command(h, &order), FAIL_STATE);
    given(h, customer(1), 40); // posted in bulk
    settled(h);
    is(h, 20000, 0);
    assert_int_equal(reopening(h), FAIL_NONE);
    given(h, customer(1), 40);
    settled(h);
    is(h, 20000, 40);
    used(h, customer(1), 15); // and is spent as ever
    is(h, 20000, 25);
}

static void a_payment_that_comes_then_goes_to_suspense(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 20000);
    assert_int_equal(closing(h, 20000, 0), FAIL_NONE);
    paid(h, customer(1), 700);
    event_payment_suspended_t told_of = harness_read(h, h->last).payment_suspended;
    assert_int_equal(told_of.why, SUSPENSE_CLOSED);
    assert_int_equal(told_of.amount, 700);
    is(h, 20000, 0);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 700);
    assert_int_equal(reopening(h), FAIL_NONE);
    paid(h, customer(1), 900);
    is(h, 20900, 0);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 700); // people see to that
}

static void a_transfer_that_comes_then_goes_to_suspense(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 20000);
    assert_int_equal(closing(h, 20000, 0), FAIL_NONE);
    event_t event = {.type = EVENT_transfer_received};
    event.transfer_received.account = customer(1);
    event.transfer_received.amount = 4000;
    event.transfer_received.identity.bytes[0] = 7;
    assert_int_equal(harness_event(h, STREAM_DOCUMENTS, ++stream_sequence, &event), FAIL_NONE);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 4000);
    event = (event_t){.type = EVENT_transfer_assigned};
    event.transfer_assigned.account = customer(1);
    event.transfer_assigned.amount = 4000;
    event.transfer_assigned.identity.bytes[0] = 7;
    assert_int_equal(harness_event(h, STREAM_DOCUMENTS, ++stream_sequence, &event), FAIL_NONE);
    assert_int_equal(system_of(h, SYSTEM_SUSPENSE), 4000);
    is(h, 20000, 0);
}

static void usage_told_late_is_posted_and_owed(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 100);
    assert_int_equal(closing(h, 100, 0), FAIL_NONE);
    used(h, customer(1), 130);
    is(h, -30, 0);
    settled(h);
    assert_true(balance_of(h, customer(1)).exhausted);
}

// --- credit limits ---

static void an_account_is_exhausted_below_its_limit(void **state)
{
    harness_t *h = *state;
    assert_int_equal(limiting(h, 500), FAIL_UNKNOWN_ACCOUNT);
    paid(h, customer(1), 100);
    assert_int_equal(limiting(h, -1), FAIL_INVALID);
    assert_int_equal(limiting(h, POSTING_AMOUNT_MAX + 1), FAIL_INVALID);
    assert_int_equal(limiting(h, 0), FAIL_STATE); // it has none
    assert_int_equal(limiting(h, 500), FAIL_NONE);
    assert_int_equal(balance_of(h, customer(1)).limit, 500);
    used(h, customer(1), 600);
    settled(h);
    assert_int_equal(told(h, EVENT_account_exhausted), 0);
    used(h, customer(1), 1);
    settled(h);
    assert_int_equal(told(h, EVENT_account_exhausted), 1);
    paid(h, customer(1), 1); // at its limit is not below it
    assert_int_equal(harness_read(h, h->last).type, EVENT_account_restored);
    assert_false(balance_of(h, customer(1)).exhausted);
}

static void another_limit_is_judged_at_once(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 100);
    used(h, customer(1), 400);
    settled(h);
    assert_true(balance_of(h, customer(1)).exhausted);
    assert_int_equal(limiting(h, 299), FAIL_NONE);
    assert_true(balance_of(h, customer(1)).exhausted);
    assert_int_equal(limiting(h, 300), FAIL_NONE);
    assert_int_equal(harness_caused(h, 0, EVENT_credit_limit_set).credit_limit_set.before, 299);
    assert_int_equal(harness_caused(h, 1, EVENT_account_restored).account_restored.balance, -300);
    assert_int_equal(limiting(h, 0), FAIL_NONE);
    settled(h);
    assert_true(balance_of(h, customer(1)).exhausted);
    assert_int_equal(balance_of(h, customer(1)).limit, 0);
}

static void no_closed_account_is_lent_anything(void **state)
{
    harness_t *h = *state;
    paid(h, customer(1), 100);
    assert_int_equal(closing(h, 100, 0), FAIL_NONE);
    assert_int_equal(limiting(h, 500), FAIL_STATE);
}

static void what_two_must_agree_to(void **state)
{
    (void)state;
    request_t request = {.type = REQUEST_credit_limit};
    input_t input = {.kind = INPUT_REQUEST, .request = &request};
    assert_int_equal(ledger_core.moves(&input), INT64_MAX);
    request = (request_t){.type = REQUEST_account_close};
    request.account_close.cash = 900; // goes back by commands of their own
    request.account_close.bonus = 70;
    assert_int_equal(ledger_core.moves(&input), 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(it_is_closed_with_what_was_said_of_it_and_once),
                                       TEST(its_bonuses_end_one_after_the_other_and_its_cash_stays),
                                       TEST(a_bonus_that_comes_later_ends_too),
                                       TEST(a_payment_that_comes_then_goes_to_suspense),
                                       TEST(a_transfer_that_comes_then_goes_to_suspense),
                                       TEST(usage_told_late_is_posted_and_owed),
                                       TEST(an_account_is_exhausted_below_its_limit),
                                       TEST(another_limit_is_judged_at_once),
                                       TEST(no_closed_account_is_lent_anything),
                                       TEST(what_two_must_agree_to)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
