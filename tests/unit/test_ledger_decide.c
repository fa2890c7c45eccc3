// What the ledger decides before all else: what a new journal begins with, which items are none of
// its, and when it wants a tick.
#include "services/ledger/ledger_decide.h"
#include "tests/unit/ledger_words.h"

static void a_new_ledger_begins_with_its_policy(void **state)
{
    harness_t *h = *state;
    assert_int_equal(h->last, 1);
    event_t event = harness_read(h, 1);
    assert_int_equal(event.type, EVENT_ledger_policy_changed);
    assert_int_equal(event.ledger_policy_changed.low_threshold, 10000);
}

static void an_item_that_is_no_wish_is_refused_and_other_facts_say_nothing(void **state)
{
    harness_t *h = *state;
    event_t event = payment(customer(1), 100, 1);
    assert_int_equal(harness_item(h, POSTER, 1, &event), FAIL_INVALID);
    event_t other = {.type = EVENT_hour_closed};
    assert_int_equal(harness_event(h, STREAM_METERING, 1, &other), FAIL_NONE);
    assert_int_equal(h->count, 0);
}

static void a_tick_is_wanted_at_once_while_someone_is_to_be_judged(void **state)
{
    harness_t *h = *state;
    static due_t due;
    ledger_decide_due(h->state, h->now, &due);
    assert_true(due.wake == INT64_MAX);
    used(h, customer(1), 1);
    ledger_decide_due(h->state, h->now, &due);
    assert_true(due.wake == h->now);
    assert_int_equal(due.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_ledger_begins_with_its_policy),
        TEST(an_item_that_is_no_wish_is_refused_and_other_facts_say_nothing),
        TEST(a_tick_is_wanted_at_once_while_someone_is_to_be_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
