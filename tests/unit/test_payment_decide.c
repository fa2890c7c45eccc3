// What payment takes as an input, and what says nothing to it.
#include "services/payment/payment_decide.h"
#include "tests/model/payment_moves.h"

static fail_t decide(world_t *w, input_t input, size_t *ret_count)
{
    static decision_t out;
    out = (decision_t){.input = &input};
    input.now = w->now;
    fail_t fail = payment_decide(world_core_state(w), &input, &out);
    *ret_count = out.count;
    return fail;
}

static void feeds_are_no_input_and_other_events_say_nothing(void **state)
{
    world_t *w = *state;
    event_t event = {.type = EVENT_autopay_withheld};
    size_t count;
    assert_int_equal(decide(w, (input_t){.kind = INPUT_ITEM, .event = &event}, &count),
                     FAIL_INVALID);
    assert_int_equal(decide(w, (input_t){.kind = INPUT_THROUGH}, &count), FAIL_INVALID);
    assert_int_equal(
        decide(w, (input_t){.kind = INPUT_EVENT, .stream = STREAM_AUTOPAY, .event = &event},
               &count),
        FAIL_NONE);
    assert_int_equal(count, 0);
}

static void a_command_of_another_service_is_refused(void **state)
{
    world_t *w = *state;
    request_t request = {.type = REQUEST_post};
    assert_int_equal(world_command(w, &request, ROLE_OPERATOR), FAIL_INVALID);
    assert_string_equal(world_events(w), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOVES_TEST(feeds_are_no_input_and_other_events_say_nothing),
        MOVES_TEST(a_command_of_another_service_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
