// Judgements and commands, one by one.
#include "notify_words.h"

static void a_step_states_all_that_it_saw(void **state)
{
    harness_t *h = *state;
    balance_is(h, 1, 30000);
    assert_int_equal(tick_at(h, NOON), 0);
    hour_cost(h, 1, NOON - HOUR_US, 720 * 1000, 20000);
    assert_int_equal(tick_at(h, NOON + 1), 1);
    event_t event = harness_read(h, h->last);
    const event_ladder_moved_t *e = &event.ladder_moved;
    assert_int_equal(event.type, EVENT_ladder_moved);
    assert_int_equal(e->rung, LADDER_EARLY);
    assert_int_equal(e->rung_before, LADDER_NONE);
    assert_int_equal(e->balance, 20000);
    assert_int_equal(e->balance_sequence, said.ledger);
    assert_int_equal(e->burn, 1000 * CARRY_DENOMINATOR);
    assert_int_equal(e->hour, NOON - HOUR_US);
    assert_int_equal(e->burn_sequence, said.metering);
    assert_int_equal(e->lasts, NOON + 20 * HOUR_US);
    assert_int_equal(e->next, NOON + 17 * HOUR_US + 1);
    assert_int_equal(e->rule, LADDER_RULE);
    assert_int_equal(e->previous, 0);
    uint64_t first = h->last;
    assert_int_equal(tick_at(h, e->next), 1);
    event = harness_read(h, h->last);
    assert_int_equal(event.ladder_moved.rung, LADDER_LATE);
    assert_int_equal(event.ladder_moved.previous, first);
}

static void no_step_is_said_twice(void **state)
{
    harness_t *h = *state;
    balance_is(h, 1, -1);
    assert_int_equal(tick_at(h, NOON), 1);
    for (int i = 1; i < 5; i++) {
        balance_is(h, 1, -1 - i);
        assert_int_equal(tick_at(h, NOON + i), 0);
    }
}

static void nothing_is_taken_away_by_what_may_be_old(void **state)
{
    harness_t *h = *state;
    h->current = false;
    balance_is(h, 1, -1);
    assert_int_equal(tick_at(h, NOON), 0);
    h->current = true;
    assert_int_equal(tick_at(h, NOON + 1), 1);
    h->current = false;
    assert_int_equal(tick_at(h, NOON + DAY_US), 0); // it is due, and not said
    h->current = true;
    assert_int_equal(tick_at(h, NOON + DAY_US + 1), 1);
    assert_int_equal(step_of(h, 1), LADDER_STOPPED);
}

static void that_a_stop_is_over_waits_for_nothing(void **state)
{
    harness_t *h = *state;
    balance_is(h, 1, -1);
    balance_is(h, 2, 100);
    assert_int_equal(tick_at(h, NOON), 2);
    assert_int_equal(tick_at(h, NOON + MINUTE_US), 1);
    h->current = false;
    balance_is(h, 1, 20000);
    balance_is(h, 2, 20000); // a warning runs nothing down: it waits
    assert_int_equal(tick_at(h, NOON + HOUR_US), 1);
    assert_int_equal(step_of(h, 1), LADDER_NONE);
    assert_int_equal(step_of(h, 2), LADDER_LOW);
    h->current = true;
    assert_int_equal(tick_at(h, NOON + HOUR_US), 1);
    assert_int_equal(step_of(h, 2), LADDER_NONE);
}

static void another_ledger_takes_nobody_off_the_ladder(void **state)
{
    harness_t *h = *state;
    balance_is(h, 1, -1);
    assert_int_equal(tick_at(h, NOON), 1);
    assert_int_equal(tick_at(h, NOON + MINUTE_US), 1);
    h->current = false;
    h->unvouched = 1 << FOLLOWS_LEDGER; // its table came, and nobody has said whose it is
    balance_is(h, 1, 20000);
    assert_int_equal(tick_at(h, NOON + HOUR_US), 0);
    assert_int_equal(step_of(h, 1), LADDER_STOPPED);
    h->unvouched = 1 << FOLLOWS_METERING; // which it does not wait for
    assert_int_equal(tick_at(h, NOON + HOUR_US), 1);
    assert_int_equal(step_of(h, 1), LADDER_NONE);
}

static void an_hour_that_is_not_posted_is_waited_for(void **state)
{
    harness_t *h = *state;
    hour_cost(h, 1, NOON - 2 * HOUR_US, 720 * 1000, 25500);
    assert_int_equal(tick_at(h, NOON - HOUR_US), 0);
    event_t event = line(1, NOON - HOUR_US, 720 * 1000);
    notify_core.observe(h->state, STREAM_METERING, &event, ++said.metering);
    assert_int_equal(tick_at(h, NOON), 0); // with this hour the old balance would last for longer
    event = posted(1, 24500, said.metering);
    notify_core.observe(h->state, STREAM_LEDGER, &event, ++said.ledger);
    assert_int_equal(tick_at(h, NOON), 0); // 24.5 hours
    assert_int_equal(tick_at(h, NOON + HOUR_US / 2), 0);
    assert_int_equal(tick_at(h, NOON + HOUR_US / 2 + 1), 1);
}

static void a_payment_that_fails_ends_the_grace(void **state)
{
    harness_t *h = *state;
    balance_is(h, 1, -1);
    assert_int_equal(tick_at(h, NOON), 1);
    payment_begins(h, 1, 17, PAYMENT_KIND_TOPUP);
    assert_int_equal(tick_at(h, NOON + MINUTE_US), 1);
    assert_int_equal(step_of(h, 1), LADDER_GRACE);
    event_t event = harness_read(h, h->last);
    assert_int_equal(event.ladder_moved.pending, 17);
    assert_int_equal(event.ladder_moved.next, NOON + 16 * MINUTE_US);
    // The form is older than a quarter of an hour soon: what was promised holds.
    balance_is(h, 1, -2);
    assert_int_equal(tick_at(h, NOON + 16 * MINUTE_US - 1), 0);
    payment_fails(h, 1, 17);
    assert_int_equal(tick_at(h, NOON + 16 * MINUTE_US - 1), 1);
    assert_int_equal(step_of(h, 1), LADDER_STOPPED);
}

static void more_than_a_decision_holds_are_said_in_parts(void **state)
{
    harness_t *h = *state;
    enum { MANY = DECISION_EVENTS_MAX + 100 };
    for (unsigned i = 0; i < MANY; i++) {
        event_t event = posted(0, -1, 0);
        memcpy(event.posted.account.bytes, &i, sizeof i);
        notify_core.observe(h->state, STREAM_LEDGER, &event, ++said.ledger);
    }
    assert_int_equal(tick_at(h, NOON), MANY);
    assert_int_equal(tick_at(h, NOON + MINUTE_US), MANY);
    assert_int_equal(state_of(h)->on[LADDER_STOPPED], MANY);
}

static request_t policy_request(void)
{
    request_t request = {.type = REQUEST_ladder_policy};
    request.ladder_policy = (request_ladder_policy_t){.low_threshold = 500,
                                                      .early_us = 2 * DAY_US,
                                                      .late_us = HOUR_US,
                                                      .stop_us = 1,
                                                      .grace_us = 0,
                                                      .grace_again_us = 3,
                                                      .freeze_us = 4,
                                                      .delete_us = 5};
    return request;
}

static void an_operator_sets_the_policy(void **state)
{
    harness_t *h = *state;
    h->role = ROLE_OPERATOR;
    balance_is(h, 1, 600);
    assert_int_equal(tick_at(h, NOON), 1); // low by the policy of a new journal
    request_t request = policy_request();
    assert_int_equal(harness_command(h, &request), FAIL_NONE);
    event_t event = harness_read(h, h->last);
    assert_int_equal(event.type, EVENT_ladder_policy_changed);
    assert_int_equal(event.ladder_policy_changed.delete_us, 5);
    balance_is(h, 2, 600);
    balance_is(h, 3, -1);
    assert_int_equal(tick_at(h, NOON + 1), 1);
    assert_int_equal(tick_at(h, NOON + 2), 1);
    assert_int_equal(step_of(h, 2), LADDER_NONE);
    assert_int_equal(step_of(h, 3), LADDER_STOPPED);
}

static void a_policy_beyond_its_bounds_is_refused(void **state)
{
    harness_t *h = *state;
    request_t request = policy_request();
    request.ladder_policy.low_threshold = -1;
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request = policy_request();
    request.ladder_policy.freeze_us = 401 * (uint64_t)DAY_US;
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    assert_non_null(strstr(h->detail, "400 days"));
    request = policy_request();
    request.ladder_policy.late_us = request.ladder_policy.early_us + 1;
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
    request.type = REQUEST_ledger_policy;
    assert_int_equal(harness_command(h, &request), FAIL_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_step_states_all_that_it_saw),
        TEST(no_step_is_said_twice),
        TEST(nothing_is_taken_away_by_what_may_be_old),
        TEST(that_a_stop_is_over_waits_for_nothing),
        TEST(another_ledger_takes_nobody_off_the_ladder),
        TEST(an_hour_that_is_not_posted_is_waited_for),
        TEST(a_payment_that_fails_ends_the_grace),
        TEST(more_than_a_decision_holds_are_said_in_parts),
        TEST(an_operator_sets_the_policy),
        TEST(a_policy_beyond_its_bounds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
