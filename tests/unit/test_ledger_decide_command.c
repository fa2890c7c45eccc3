// Commands to the ledger: a policy within its bounds, and nothing that it does not know.
#include "tests/unit/ledger_words.h"

static fail_t policy(harness_t *h, kopecks_t low_threshold)
{
    request_t request = {.type = REQUEST_ledger_policy};
    request.ledger_policy.low_threshold = low_threshold;
    return harness_command(h, &request);
}

static void a_policy_is_taken_within_its_bounds(void **state)
{
    harness_t *h = *state;
    assert_int_equal(policy(h, -1), FAIL_INVALID);
    assert_int_equal(policy(h, POSTING_AMOUNT_MAX + 1), FAIL_INVALID);
    assert_int_equal(h->count, 0);
    assert_int_equal(policy(h, POSTING_AMOUNT_MAX), FAIL_NONE);
    assert_int_equal(
        harness_caused(h, 0, EVENT_ledger_policy_changed).ledger_policy_changed.low_threshold,
        POSTING_AMOUNT_MAX);
    assert_int_equal(policy(h, 0), FAIL_NONE);
    assert_int_equal(h->count, 1);
}

static void a_policy_that_holds_already_leaves_no_event(void **state)
{
    harness_t *h = *state;
    assert_int_equal(policy(h, LEDGER_LOW_THRESHOLD), FAIL_NONE);
    assert_int_equal(h->count, 0);
}

static void another_service_s_command_is_refused(void **state)
{
    harness_t *h = *state;
    request_t request = {.type = REQUEST_autopay_hold};
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    assert_int_equal(h->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_policy_is_taken_within_its_bounds),
        TEST(a_policy_that_holds_already_leaves_no_event),
        TEST(another_service_s_command_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
