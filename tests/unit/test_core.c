// What a decision is filled with: stamped events, memory that lasts until they are encoded,
// refusals.
#include "proto/core.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static event_t events[2];
static uint8_t scratch[DECISION_SCRATCH_BYTES] __attribute__((aligned(16)));
static const input_t input = {.now = 77, .cause = {.stream = STREAM_PAYMENT, .sequence = 9}};

static decision_t begin(void)
{
    memset(events, 0xff, sizeof events); // what a decision before has left there
    return (decision_t){.events = events, .scratch = scratch, .input = &input};
}

static void an_event_is_zeroed_and_stamped_with_its_inputs_time_and_cause(void **state)
{
    (void)state;
    decision_t out = begin();
    const event_t *event = decision_add(&out, EVENT_posted);
    assert_ptr_equal(event, &events[0]);
    assert_int_equal(event->type, EVENT_posted);
    assert_true(event->at == 77);
    assert_int_equal(event->cause.stream, STREAM_PAYMENT);
    assert_int_equal(event->cause.sequence, 9);
    assert_int_equal(event->posted.amount, 0);
    assert_true(uid_is_zero(&event->posted.account));
    assert_ptr_equal(decision_add(&out, EVENT_account_low), &events[1]);
    assert_int_equal(out.count, 2);
}

static void scratch_is_aligned_apart_and_bounded(void **state)
{
    (void)state;
    decision_t out = begin();
    uint8_t *one = decision_scratch(&out, 1), *two = decision_scratch(&out, 17);
    assert_ptr_equal(one, scratch);
    assert_ptr_equal(two, scratch + 16);
    assert_int_equal(out.scratch_used, 48);
    assert_null(decision_scratch(&out, DECISION_SCRATCH_BYTES - 47));
    assert_int_equal(out.scratch_used, 48); // what does not fit takes nothing
    assert_non_null(decision_scratch(&out, DECISION_SCRATCH_BYTES - 48));
    assert_null(decision_scratch(&out, 1));
}

static void a_refusal_says_what_was_wrong(void **state)
{
    (void)state;
    decision_t out = begin();
    assert_int_equal(decision_refuse(&out, FAIL_STATE, "not now"), FAIL_STATE);
    assert_string_equal(out.detail, "not now");
    assert_int_equal(out.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_zeroed_and_stamped_with_its_inputs_time_and_cause),
        cmocka_unit_test(scratch_is_aligned_apart_and_bounded),
        cmocka_unit_test(a_refusal_says_what_was_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
