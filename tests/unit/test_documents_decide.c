// Each command has its decision; nothing is due by itself; an assignment is never one person's.
#include "services/documents/documents_decide.h"
#include "documents_words.h"

static void what_is_no_command_of_documents_is_refused(void **state)
{
    harness_t *h = *state;
    request_t request = {.type = REQUEST_topup};
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    event_t event = {.type = EVENT_hour_closed};
    assert_int_equal(harness_event(h, STREAM_METERING, 1, &event), FAIL_INVALID);
    assert_int_equal(h->last, 0);
}

static void an_assignment_moves_more_than_anybody_may_alone(void **state)
{
    (void)state;
    for (size_t i = 0; request_info_at(i); i++) {
        request_t request = {.type = request_info_at(i)->type};
        input_t input = {.kind = INPUT_REQUEST, .request = &request};
        bool assigns =
            request.type == REQUEST_transfer_assign || request.type == REQUEST_transfer_settle;
        assert_int_equal(documents_decide_moves(&input), assigns ? INT64_MAX : 0);
    }
}

static void nothing_is_due_by_itself(void **state)
{
    harness_t *h = *state;
    static due_t due;
    documents_decide_due(h->state, h->now, &due);
    assert_int_equal(due.wake, INT64_MAX);
    assert_int_equal(due.count + due.recalls_count, 0);
    assert_int_equal(harness_tick(h), FAIL_NONE);
    assert_int_equal(h->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_command_of_documents_is_refused),
        TEST(an_assignment_moves_more_than_anybody_may_alone),
        TEST(nothing_is_due_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
