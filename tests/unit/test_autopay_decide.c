// What autopay decides before all else: what a new journal begins with, which inputs are none of
// its, and when it wants a tick.
#include "services/autopay/autopay_decide.h"
#include "tests/unit/autopay_words.h"

static void a_new_journal_begins_with_this_policy(void **state)
{
    (void)state;
    assert_int_equal(harness_count(world, EVENT_autopay_policy_changed), 1);
    const autopay_policy_t *policy =
        &harness_last(world, EVENT_autopay_policy_changed)->autopay_policy_changed;
    assert_int_equal(policy->threshold, 100 * RUBLE);
    assert_int_equal(policy->interval_us, HOUR_US);
    assert_int_equal(policy->backoff_first_us, HOUR_US);
    assert_int_equal(policy->backoff_second_us, 6 * HOUR_US);
    assert_int_equal(policy->declines_max, 3);
    assert_int_equal(policy->attempts_max, 5);
    assert_int_equal(policy->pacing_us, 15 * MINUTE_US);
    assert_int_equal(policy->crowd, 64);
}

static void feeds_and_results_are_no_inputs_and_other_streams_say_nothing(void **state)
{
    (void)state;
    static decision_t out;
    event_t posted = {.type = EVENT_posted};
    input_t input = {.kind = INPUT_ITEM, .event = &posted, .now = world->now};
    assert_int_equal(autopay_decide(world->state, &input, &out), FAIL_INVALID);
    input.kind = INPUT_RESULT;
    assert_int_equal(autopay_decide(world->state, &input, &out), FAIL_INVALID);
    input = (input_t){.kind = INPUT_EVENT, .stream = STREAM_METERING, .event = &posted};
    assert_int_equal(autopay_decide(world->state, &input, &out), FAIL_NONE);
    assert_int_equal(out.count, 0);
}

static void a_tick_is_wanted_at_once_when_a_balance_was_heard(void **state)
{
    (void)state;
    static due_t due;
    size_t account = linked(10000);
    harness_tick(world, true);
    autopay_decide_due(world->state, world->now, &due);
    assert_true(due.wake == INT64_MAX);
    assert_int_equal(due.count, 0);
    harness_post(world, account, -1);
    harness_catch_up(world);
    autopay_decide_due(world->state, world->now, &due);
    assert_true(due.wake == world->now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_journal_begins_with_this_policy),
        TEST(feeds_and_results_are_no_inputs_and_other_streams_say_nothing),
        TEST(a_tick_is_wanted_at_once_when_a_balance_was_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
