#include "services/common/follower.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static bool is_current(rig_t *rig)
{
    request_t status = {.type = REQUEST_status, .number = 1};
    rig->clock.now += FOLLOWER_QUESTION_US; // so that the question is asked again
    rig->clock.monotonic += FOLLOWER_QUESTION_US;
    rig_begin(rig);
    rig_beat(rig, 1, 0); // the stream lives and has nothing
    rig_end(rig);
    rig_begin(rig);
    (void)rig_replay(rig, STREAM_METERING, 1, NULL, 0); // and vouches for it, if it was asked
    rig_end(rig);
    return rig_asked(rig, &status, ROLE_AUDITOR).status.current;
}

static fail_t confirm_clock(rig_t *rig)
{
    request_t confirm = {.type = REQUEST_clock_confirm, .number = 1, .id = rig_id(RIG_TIME, 9)};
    return rig_asked(rig, &confirm, ROLE_OPERATOR).fail;
}

static void a_jump_of_the_clock_stops_judgements_until_confirmed(void **state)
{
    (void)state;
    static const int64_t jumps[] = {61 * SECOND_US, -61 * SECOND_US, 3 * DAY_US};
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        rig_t *rig = rig_started(false);
        assert_true(is_current(rig));
        rig->clock.now += 59 * SECOND_US;
        assert_true(is_current(rig));
        rig->clock.now += jumps[i];
        assert_false(is_current(rig));
        (void)rig_posted(rig, 1, 2000);            // a fact is taken, its judgement waits
        assert_int_equal(node_last(rig->node), 3); // booted, doubted, posted
        assert_int_equal(confirm_clock(rig), FAIL_NONE);
        assert_true(is_current(rig));
        assert_int_equal(node_last(rig->node), 5); // confirmed, and judged
        rig_destroy(rig);
    }
}

static void a_start_long_after_or_before_the_last_stamp_doubts_the_clock(void **state)
{
    (void)state;
    static const struct {
        int64_t away;
        bool current;
    } cases[] = {{HOUR_US, true}, {25 * HOUR_US, false}, {-HOUR_US, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_t *rig = rig_started(false);
        rig_crash(rig);
        rig->clock.now += cases[i].away;
        assert_int_equal(rig_start(rig), FAIL_NONE);
        assert_int_equal(is_current(rig), cases[i].current);
        rig_destroy(rig);
    }
}

// What is refused as from the future is acknowledged and never comes again.
static void a_clock_set_back_takes_no_items_until_confirmed(void **state)
{
    (void)state;
    static const int64_t amount = 5;
    for (int restarted = 0; restarted < 2; restarted++) {
        rig_t *rig = rig_started(false);
        if (restarted)
            rig_crash(rig);
        rig->clock.now -= HOUR_US;
        if (restarted)
            assert_int_equal(rig_start(rig), FAIL_NONE);
        assert_false(is_current(rig));
        feed_answer_t refused = rig_push_alone(rig, 1, 1, &amount, 1, false);
        assert_int_equal(refused.fail, FAIL_CLOCK);
        assert_int_equal(refused.acknowledged, 0);
        assert_int_equal(confirm_clock(rig), FAIL_NONE);
        assert_int_equal(rig_push_alone(rig, 1, 1, &amount, 1, false).acknowledged, 1);
        rig->clock.now += 2 * HOUR_US; // ahead: nothing of now is in the future
        assert_int_equal(rig_push_alone(rig, 1, 2, &amount, 1, false).acknowledged, 2);
        rig_destroy(rig);
    }
}

static void pass(rig_t *rig, int64_t us)
{
    rig->clock.now += us;
    rig->clock.wall += us;
    rig->clock.monotonic += us;
}

// An idle batch of a process whose clock jumped; true if it was committed.
static bool jump(rig_t *rig, int64_t us)
{
    rig->clock.now += us;
    rig_begin(rig);
    rig_end(rig);
    return rig->committed;
}

static void a_doubt_is_stored_at_once_and_outlives_restarts_until_confirmed(void **state)
{
    (void)state;
    static const int64_t jumps[] = {61 * SECOND_US, -61 * SECOND_US, 3 * DAY_US};
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        rig_t *rig = rig_started(false);
        assert_true(jump(rig, jumps[i]));
        assert_int_equal(node_last(rig->node), 2);
        assert_false(jump(rig, jumps[i] > 0 ? 59 * SECOND_US : -59 * SECOND_US));
        for (int lives = 0; lives < 2; lives++) {
            rig_crash(rig);
            pass(rig, HOUR_US); // no clock that a start would doubt by itself
            assert_int_equal(rig_start(rig), FAIL_NONE);
            assert_false(is_current(rig));
        }
        assert_int_equal(confirm_clock(rig), FAIL_NONE);
        rig_restart(rig);
        assert_true(is_current(rig));
        rig_destroy(rig);
    }
}

static void a_doubt_is_told_by_the_status(void **state)
{
    (void)state;
    static const request_t status = {.type = REQUEST_status, .number = 1};
    rig_t *rig = rig_started(false);
    for (int doubted = 0; doubted < 2; doubted++) {
        answer_t answer = rig_asked(rig, &status, ROLE_AUDITOR);
        const text_t *text = &answer.status.counters;
        const char *line = doubted ? "\nclock_doubted 1\n" : "\nclock_doubted 0\n";
        assert_non_null(memmem(text->data, text->size, line, strlen(line)));
        assert_true(jump(rig, HOUR_US));
    }
    rig_destroy(rig);
}

static void a_doubt_of_a_start_outlives_the_next_one(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    rig_crash(rig);
    pass(rig, 25 * HOUR_US);
    assert_int_equal(rig_start(rig), FAIL_NONE);
    rig_begin(rig);
    rig_end(rig);
    rig_restart(rig); // right after the last stamp
    assert_false(is_current(rig));
    assert_int_equal(confirm_clock(rig), FAIL_NONE);
    assert_true(is_current(rig));
    rig_destroy(rig);
}

static void a_clock_set_back_takes_no_items_after_a_restart_either(void **state)
{
    (void)state;
    static const int64_t amount = 5;
    for (int ahead_first = 0; ahead_first < 2; ahead_first++) {
        rig_t *rig = rig_started(false);
        if (ahead_first) // what is known already is doubted again when it gets worse
            assert_true(jump(rig, HOUR_US));
        assert_true(jump(rig, ahead_first ? -2 * HOUR_US : -HOUR_US));
        assert_true(jump(rig, HOUR_US));
        rig_crash(rig);
        pass(rig, 3 * HOUR_US); // after the last stamp again
        assert_int_equal(rig_start(rig), FAIL_NONE);
        assert_int_equal(rig_push_alone(rig, 1, 1, &amount, 1, false).fail, FAIL_CLOCK);
        assert_int_equal(confirm_clock(rig), FAIL_NONE);
        assert_int_equal(rig_push_alone(rig, 1, 1, &amount, 1, false).acknowledged, 1);
        rig_destroy(rig);
    }
}

static void doubts_that_wait_for_room_are_stored_as_one(void **state)
{
    (void)state;
    static const int64_t amount = 5;
    static const struct {
        int64_t jumps[2];
        fail_t push;
        bool doubted;
    } cases[] = {
        {{-2 * HOUR_US, HOUR_US}, FAIL_CLOCK, true},  {{HOUR_US, -2 * HOUR_US}, FAIL_CLOCK, true},
        {{DAY_US / 2, DAY_US / 2}, FAIL_CLOCK, true}, {{-HOUR_US, 2 * HOUR_US}, FAIL_NONE, true},
        {{HOUR_US, -HOUR_US}, FAIL_NONE, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_t *rig = rig_started(false);
        node_set_full(rig->node, true);
        assert_false(jump(rig, cases[i].jumps[0]));
        assert_false(jump(rig, cases[i].jumps[1]));
        node_set_full(rig->node, false);
        assert_true(jump(rig, 0));
        assert_int_equal(node_last(rig->node), 2);
        rig_crash(rig);
        pass(rig, 3 * HOUR_US);
        assert_int_equal(rig_start(rig), FAIL_NONE);
        assert_int_equal(rig_push_alone(rig, 1, 1, &amount, 1, false).fail, cases[i].push);
        assert_int_equal(is_current(rig), !cases[i].doubted);
        rig_destroy(rig);
    }
}

// As a process does that found no room for what it wanted to append.
static void make_again(rig_t *rig)
{
    node_t *before = rig->node;
    rig->node = NULL;
    rig_crash(rig);
    assert_int_equal(rig_start(rig), FAIL_NONE);
    node_resume(rig->node, before);
    node_destroy(&before);
}

static void a_jump_is_seen_while_there_is_no_room_to_boot(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        rig_t *rig = rig_started(false);
        rig_crash(rig);
        assert_int_equal(rig_start(rig), FAIL_NONE);
        node_set_full(rig->node, true);
        assert_false(jump(rig, 0));
        assert_false(jump(rig, 10 * MINUTE_US));
        node_set_full(rig->node, false);
        rig_begin(rig);
        if (again) {
            make_again(rig);
            rig_begin(rig);
        }
        rig_end(rig);
        assert_int_equal(node_last(rig->node), 3); // booted twice, and doubted
        assert_false(is_current(rig));
        rig_restart(rig);
        assert_false(is_current(rig));
        rig_destroy(rig);
    }
}

static void a_node_made_again_knows_the_clock_of_the_one_before(void **state)
{
    (void)state;
    static const int64_t jumps[] = {0, 10 * MINUTE_US};
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        rig_t *rig = rig_started(false);
        make_again(rig);
        assert_true(jump(rig, jumps[i]));
        assert_int_equal(node_last(rig->node), jumps[i] ? 3 : 2); // booted twice, and doubted
        assert_int_equal(is_current(rig), !jumps[i]);
        rig_destroy(rig);
    }
}

static instant_t stamp(rig_t *rig)
{
    request_t status = {.type = REQUEST_status, .number = 1};
    return rig_asked(rig, &status, ROLE_AUDITOR).status.now;
}

// Stamps never go back: by one of next month, all usage of today would be too late for good.
static void a_clock_that_leaps_moves_no_stamp_until_confirmed(void **state)
{
    (void)state;
    static const int64_t amount = 5;
    for (int restarted = 0; restarted < 2; restarted++) {
        rig_t *rig = rig_started(false);
        instant_t before = stamp(rig);
        if (restarted)
            rig_crash(rig);
        rig->clock.now += 30 * DAY_US;
        if (restarted)
            assert_int_equal(rig_start(rig), FAIL_NONE);
        assert_false(is_current(rig));
        assert_in_range(stamp(rig) - before, 0, MINUTE_US);
        assert_int_equal(rig_push_alone(rig, 1, 1, &amount, 1, false).fail, FAIL_CLOCK);
        rig->clock.now -= 30 * DAY_US; // repaired: nothing is in doubt but whether it is
        assert_int_equal(rig_push_alone(rig, 1, 1, &amount, 1, false).acknowledged, 1);
        assert_false(is_current(rig));
        rig->clock.now += 30 * DAY_US;
        assert_in_range(stamp(rig) - before, 0, MINUTE_US);
        assert_int_equal(confirm_clock(rig), FAIL_NONE);
        assert_in_range(stamp(rig) - before, 30 * DAY_US, 30 * DAY_US + MINUTE_US);
        assert_true(is_current(rig));
        rig_destroy(rig);
    }
}

static void a_leap_is_known_after_restarts_and_adds_to_the_one_before(void **state)
{
    (void)state;
    static const int64_t amount = 5;
    for (int booted = 0; booted < 2; booted++) {
        rig_t *rig = rig_started(false);
        instant_t before = stamp(rig);
        assert_true(jump(rig, 12 * HOUR_US));
        assert_int_equal(rig_push_alone(rig, 1, 1, &amount, 1, false).acknowledged, 1);
        assert_true(jump(rig, 12 * HOUR_US));
        assert_int_equal(rig_push_alone(rig, 1, 2, &amount, 1, false).fail, FAIL_CLOCK);
        for (int lives = 0; lives < 3; lives++) {
            if (booted)
                rig_restart(rig);
            else
                make_again(rig); // by the clock of the one before
            assert_in_range(stamp(rig) - before, 0, MINUTE_US);
            assert_int_equal(rig_push_alone(rig, 1, 2, &amount, 1, false).fail, FAIL_CLOCK);
        }
        assert_int_equal(node_last(rig->node), 7); // booted, posted, doubted twice, booted thrice
        assert_true(jump(rig, -DAY_US));
        assert_int_equal(rig_push_alone(rig, 1, 2, &amount, 1, false).acknowledged, 2);
        assert_in_range(stamp(rig) - before, 0, MINUTE_US);
        rig_destroy(rig);
    }
}

static void a_leap_that_was_put_right_while_down_is_none_after_a_start(void **state)
{
    (void)state;
    static const int64_t amount = 5;
    rig_t *rig = rig_started(false);
    instant_t before = stamp(rig);
    assert_true(jump(rig, 30 * DAY_US));
    rig_crash(rig);
    rig->clock.now -= 30 * DAY_US;
    pass(rig, HOUR_US);
    assert_int_equal(rig_start(rig), FAIL_NONE);
    assert_int_equal(rig_push_alone(rig, 1, 1, &amount, 1, false).acknowledged, 1);
    assert_in_range(stamp(rig) - before, 0, HOUR_US + MINUTE_US);
    assert_int_equal(confirm_clock(rig), FAIL_NONE);
    assert_in_range(stamp(rig) - before, HOUR_US, HOUR_US + MINUTE_US);
    rig_destroy(rig);
}

// An id of next year would be the newest, and all of this year more than 30 days older.
static void a_command_of_a_clock_that_leapt_makes_no_other_too_old(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    rig->clock.now += 365 * DAY_US;
    rig->clock.wall += 365 * DAY_US;
    request_t post = rig_post(1, 5);
    post.id = rig_id(RIG_TIME + 365 * DAY_US, 1);
    assert_int_equal(rig_asked(rig, &post, ROLE_OPERATOR).fail, FAIL_FUTURE);
    rig->clock.now -= 365 * DAY_US;
    rig->clock.wall -= 365 * DAY_US;
    assert_int_equal(rig_posted(rig, 2, 5).fail, FAIL_NONE);
    rig->clock.now += 365 * DAY_US;
    rig->clock.wall += 365 * DAY_US;
    request_t confirm = {.type = REQUEST_clock_confirm, .number = 1, .id = post.id};
    assert_int_equal(rig_asked(rig, &confirm, ROLE_OPERATOR).fail, FAIL_NONE);
    post.id = rig_id(RIG_TIME + 365 * DAY_US, 2);
    assert_int_equal(rig_asked(rig, &post, ROLE_OPERATOR).fail, FAIL_NONE);
    rig_destroy(rig);
}

static void a_driven_clock_moves_by_clock_set_alone(void **state)
{
    (void)state;
    rig_t *rig = rig_started(true);
    request_t set = {.type = REQUEST_clock_set, .number = 1};
    set.clock_set.now = 1000;
    assert_int_equal(rig_asked(rig, &set, ROLE_OPERATOR).clock_set.now, 1000);
    request_t clock = {.type = REQUEST_clock, .number = 2};
    assert_int_equal(rig_asked(rig, &clock, ROLE_OPERATOR).clock.now, 1000);
    set.clock_set.now = INT64_MAX;
    assert_int_equal(rig_asked(rig, &set, ROLE_OPERATOR).fail, FAIL_INVALID);
    set.clock_set.now = 999;
    assert_int_equal(rig_asked(rig, &set, ROLE_OPERATOR).fail, FAIL_CLOCK);
    answer_t first = rig_asked(rig, &clock, ROLE_OPERATOR),
             second = rig_asked(rig, &clock, ROLE_OPERATOR);
    assert_int_equal(first.clock.activity, second.clock.activity);
    assert_int_equal(first.clock.wake, INT64_MAX);
    rig_destroy(rig);
    rig = rig_started(false);
    assert_int_equal(rig_asked(rig, &set, ROLE_OPERATOR).fail, FAIL_STATE);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jump_of_the_clock_stops_judgements_until_confirmed),
        cmocka_unit_test(a_start_long_after_or_before_the_last_stamp_doubts_the_clock),
        cmocka_unit_test(a_clock_set_back_takes_no_items_until_confirmed),
        cmocka_unit_test(a_doubt_is_stored_at_once_and_outlives_restarts_until_confirmed),
        cmocka_unit_test(a_doubt_is_told_by_the_status),
        cmocka_unit_test(a_doubt_of_a_start_outlives_the_next_one),
        cmocka_unit_test(a_clock_set_back_takes_no_items_after_a_restart_either),
        cmocka_unit_test(doubts_that_wait_for_room_are_stored_as_one),
        cmocka_unit_test(a_jump_is_seen_while_there_is_no_room_to_boot),
        cmocka_unit_test(a_node_made_again_knows_the_clock_of_the_one_before),
        cmocka_unit_test(a_clock_that_leaps_moves_no_stamp_until_confirmed),
        cmocka_unit_test(a_leap_is_known_after_restarts_and_adds_to_the_one_before),
        cmocka_unit_test(a_leap_that_was_put_right_while_down_is_none_after_a_start),
        cmocka_unit_test(a_command_of_a_clock_that_leapt_makes_no_other_too_old),
        cmocka_unit_test(a_driven_clock_moves_by_clock_set_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
