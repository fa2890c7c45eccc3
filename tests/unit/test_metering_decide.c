// What metering decides before all else: what a new journal begins with, and which inputs are none
// of its.
#include "services/metering/metering_decide.h"
#include "tests/unit/metering_day.h"

static void it_begins_with_amveras_tariffs_and_policy(void **state)
{
    (void)state;
    static const kopecks_t prices[] = {17000, 29000, 49000, 145000, 430000, 775000};
    assert_int_equal(harness_count(&h, EVENT_tariff_defined), 6);
    for (size_t i = 0; i < 6; i++) {
        const event_tariff_defined_t *e =
            &harness_event(&h, EVENT_tariff_defined, i)->tariff_defined;
        assert_int_equal(e->version, i + 1);
        assert_int_equal(e->price, prices[i]);
        assert_int_equal(e->effective, 0);
    }
    assert_true(text_equal(harness_event(&h, EVENT_tariff_defined, 2)->tariff_defined.code,
                           text_of("nachalny_plus")));
    const event_metering_policy_changed_t *policy =
        &harness_event(&h, EVENT_metering_policy_changed, 0)->metering_policy_changed;
    assert_int_equal(policy->settle_us, 2 * MINUTE_US);
    assert_int_equal(policy->late_us, 72 * HOUR_US);
    assert_int_equal(policy->ahead_us, 2 * MINUTE_US);
}

static void what_it_does_not_follow_or_ask_for_is_no_input(void **state)
{
    (void)state;
    static decision_t out;
    event_t posted = {.type = EVENT_posted};
    result_t result = {.key = 1};
    input_t input = {.kind = INPUT_EVENT, .stream = STREAM_LEDGER, .event = &posted, .now = h.now};
    assert_int_equal(metering_decide(h.state, &input, &out), FAIL_INVALID);
    input = (input_t){.kind = INPUT_RESULT, .result = &result, .now = h.now};
    assert_int_equal(metering_decide(h.state, &input, &out), FAIL_INVALID);
    assert_int_equal(out.count, 0);
}

static void ticks_alone_are_decided_upon_together(void **state)
{
    (void)state;
    assert_true(metering_decide_batches(EVENT_usage_ticked));
    assert_false(metering_decide_batches(EVENT_replica_started));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_begins_with_amveras_tariffs_and_policy),
        TEST(what_it_does_not_follow_or_ask_for_is_no_input),
        TEST(ticks_alone_are_decided_upon_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
