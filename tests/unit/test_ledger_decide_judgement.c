// What the ledger says of a balance, and when: low, exhausted, restored.
#include "tests/unit/ledger_words.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_low_balance_is_said_once_and_only_when_everything_is_current),
        TEST(a_balance_that_recovered_before_the_tick_is_not_judged),
        TEST(exhausted_is_below_zero_and_restored_never_waits),
        TEST(an_account_that_falls_deep_is_low_and_exhausted_at_once),
        TEST(a_crowd_is_judged_to_the_last_in_bounded_steps),
        TEST(another_threshold_judges_every_account_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
