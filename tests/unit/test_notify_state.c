// The fold, and who is to be judged.
#include "notify_words.h"

static void move(harness_t *h, ladder_step_t step, kopecks_t balance, instant_t next)
{
    event_t event = {.type = EVENT_ladder_moved, .at = h->now};
    event.ladder_moved.account = customer(1);
    event.ladder_moved.rung = step;
    event.ladder_moved.balance = balance;
    event.ladder_moved.next = next;
    notify_core.apply(h->state, &event, 40 + step);
}

static void a_move_is_all_that_is_kept(void **state)
{
    harness_t *h = *state;
    uid_t16 id = customer(1);
    assert_null(notify_account(h->state, &id));
    move(h, LADDER_GRACE, -5, NOON + 9);
    h->now = NOON + 1;
    move(h, LADDER_STOPPED, -7, NOON + 99);
    const notify_account_t *row = notify_account(h->state, &id);
    assert_int_equal(row->step, LADDER_STOPPED);
    assert_int_equal(row->said, -7);
    assert_int_equal(row->since, NOON + 1);
    assert_int_equal(row->next, NOON + 99);
    assert_int_equal(row->grace, NOON);
    assert_int_equal(row->moved, 40 + LADDER_STOPPED);
    assert_int_equal(state_of(h)->moves, 2);
    assert_int_equal(state_of(h)->on[LADDER_STOPPED], 1);
    assert_int_equal(state_of(h)->on[LADDER_GRACE], 0);
    move(h, LADDER_NONE, 7, 0);
    assert_int_equal(state_of(h)->on[LADDER_NONE], 1);
}

static void a_step_of_a_newer_rule_counts_as_the_last_one(void **state)
{
    harness_t *h = *state;
    move(h, (ladder_step_t)99, -5, 0);
    assert_int_equal(step_of(h, 1), LADDER_DELETABLE);
}

static void a_replay_comes_to_the_same(void **state)
{
    harness_t *h = *state;
    balance_is(h, 1, 500);
    balance_is(h, 2, -1);
    assert_int_equal(tick_at(h, NOON), 2);
    harness_t *again = harness_replay(h);
    assert_int_equal(step_of(again, 1), LADDER_LOW);
    assert_int_equal(step_of(again, 2), LADDER_EXHAUSTED);
    assert_int_equal(state_of(again)->moves, 2);
    assert_int_equal(state_of(again)->policy.low_threshold, 10000);
    harness_destroy(&again);
}

static void what_is_heard_of_is_to_be_judged(void **state)
{
    harness_t *h = *state;
    due_t due = {0};
    notify_core.due(h->state, NOON, &due);
    assert_int_equal(due.wake, INT64_MAX);
    balance_is(h, 1, 50000);
    notify_core.due(h->state, NOON, &due);
    assert_int_equal(due.wake, NOON);
    assert_int_equal(tick_at(h, NOON), 0);
    notify_core.due(h->state, NOON, &due);
    assert_int_equal(due.wake, INT64_MAX);
    hour_cost(h, 1, NOON - HOUR_US, 720 * 1000, 50000);
    assert_int_equal(tick_at(h, NOON), 0);
    notify_core.due(h->state, NOON, &due);
    assert_int_equal(due.wake, NOON + 26 * HOUR_US + 1); // 50 hours, a day before they are over
}

static void who_is_warned_is_looked_at_with_each_closed_hour(void **state)
{
    harness_t *h = *state;
    hour_cost(h, 1, NOON - HOUR_US, 720 * 1000, 20000);
    assert_int_equal(tick_at(h, NOON), 1);
    assert_int_equal(step_of(h, 1), LADDER_EARLY);
    hour_closed(h, NOON - HOUR_US);
    assert_int_equal(tick_at(h, NOON + 1), 0);
    hour_closed(h, NOON); // in which nothing ran
    assert_int_equal(tick_at(h, NOON + HOUR_US), 1);
    assert_int_equal(step_of(h, 1), LADDER_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_move_is_all_that_is_kept),
        TEST(a_step_of_a_newer_rule_counts_as_the_last_one),
        TEST(a_replay_comes_to_the_same),
        TEST(what_is_heard_of_is_to_be_judged),
        TEST(who_is_warned_is_looked_at_with_each_closed_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
