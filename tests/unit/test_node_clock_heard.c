// What others say of the time, what the machine slept, and clocks that nobody set (node_clock.h).
#include "proto/month.h"
#include "tests/unit/clock_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { NOBODY, PEER, PRODUCER };

// Somebody says what time it is; true if we are current then.
static bool hear(rig_t *rig, int whom, instant_t time)
{
    static const int64_t amount = 0;
    pass(rig, 5 * SECOND_US); // so that it is asked again
    rig->peers_time = whom == PEER ? time + 5 * SECOND_US : 0;
    rig->time = whom == PRODUCER ? time : 0;
    if (whom == PRODUCER)
        (void)rig_push_alone(rig, 1, 1, &amount, 1, false);
    (void)is_current(rig); // its replay answers carry the time
    rig->peers_time = rig->time = 0;
    return is_current(rig);
}

static void a_clock_ahead_is_borne_out_by_any_that_agrees_to_the_minute(void **state)
{
    (void)state;
    static const int64_t leaps[] = {2 * HOUR_US, 30 * HOUR_US};
    for (int booted = 0; booted < 2; booted++)
        for (int whom = PEER; whom <= PRODUCER; whom++)
            for (size_t i = 0; i < sizeof leaps / sizeof leaps[0]; i++) {
                rig_t *rig = rig_started(false);
                instant_t before = stamp(rig);
                if (booted) {
                    rig_crash(rig);
                    begin_another_boot(rig);
                    set_by(rig, leaps[i]);
                    assert_int_equal(rig_start(rig), FAIL_NONE);
                } else
                    assert_true(jump(rig, leaps[i]));
                assert_false(hear(rig, whom, rig->clock.now - leaps[i]));
                assert_false(hear(rig, whom, rig->clock.now - 2 * MINUTE_US));
                assert_false(hear(rig, whom, rig->clock.now + 2 * MINUTE_US));
                assert_in_range(stamp(rig) - before, 0, MINUTE_US);
                assert_true(hear(rig, whom, rig->clock.now - 30 * SECOND_US));
                assert_in_range(stamp(rig) - before, leaps[i], leaps[i] + 2 * MINUTE_US);
                rig_restart(rig); // it is in the journal
                assert_true(is_current(rig));
                rig_destroy(rig);
            }
}

// A producer's batch may have been under way for as long as our clock is behind.
static void a_clock_behind_is_borne_out_by_a_fresh_answer_alone(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    assert_true(jump(rig, -2 * HOUR_US));
    assert_false(hear(rig, PRODUCER, rig->clock.now));
    assert_true(jump(rig, 2 * HOUR_US));
    assert_false(hear(rig, PRODUCER, rig->clock.now));
    assert_true(hear(rig, PEER, rig->clock.now));
    rig_destroy(rig);
}

// An answer to a question of long ago says nothing of now.
static void an_old_answer_bears_nothing_out(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    rig_vouch(rig, 1, 0);
    assert_true(jump(rig, HOUR_US));
    pass(rig, FOLLOWER_QUESTION_US + SECOND_US);
    rig_begin(rig);
    rig_end(rig); // asks
    instant_t then = rig->clock.now + 3 * SECOND_US;
    pass(rig, 3 * SECOND_US);
    rig->peers_time = then;
    rig_begin(rig);
    (void)rig_replay(rig, STREAM_METERING, 1, NULL, 0);
    rig_end(rig);
    rig->peers_time = 0;
    assert_false(is_current(rig));
    rig_destroy(rig);
}

static void only_what_was_borne_out_vouches_for_others(void **state)
{
    (void)state;
    int64_t ahead_us = 0;
    rig_t *rig = rig_started(false);
    assert_false(node_vouches(rig->node, &ahead_us));
    assert_true(hear(rig, PEER, rig->clock.now));
    assert_true(node_vouches(rig->node, &ahead_us));
    assert_in_range(rig->clock.now - rig->clock.monotonic - ahead_us, 0, 10 * SECOND_US);
    assert_true(jump(rig, HOUR_US));
    assert_false(node_vouches(rig->node, &ahead_us));
    assert_int_equal(confirm_clock(rig), FAIL_NONE);
    assert_true(node_vouches(rig->node, &ahead_us));
    rig_restart(rig);
    assert_false(node_vouches(rig->node, &ahead_us));
    rig_destroy(rig);
}

// Two processes on one machine have one wall clock, which creeps by small steps. What either tells
// is the time that it heard, so that it bears the other out no longer than that is so.
static void a_clock_that_creeps_is_not_what_others_are_told(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    int64_t ahead_us = 0, told_us = 0;
    assert_true(hear(rig, PEER, rig->clock.now));
    assert_true(node_vouches(rig->node, &ahead_us));
    for (int step = 1; step <= 2; step++) {
        set_by(rig, 25 * SECOND_US);
        assert_true(is_current(rig));
        assert_true(node_vouches(rig->node, &told_us));
        assert_int_equal(told_us, ahead_us);
    }
    set_by(rig, 25 * SECOND_US);
    assert_false(is_current(rig));
    assert_false(hear(rig, PEER, rig->clock.monotonic + ahead_us));
    rig_destroy(rig);
}

// Borne out at the edge of a minute, and again, it would be a minute further off each time.
static void what_a_clock_was_off_when_it_was_borne_out_counts_on(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    int64_t off_us = 0;
    bool current = true;
    while (current && off_us < 10 * MINUTE_US) {
        set_by(rig, 25 * SECOND_US);
        off_us += 25 * SECOND_US;
        current = hear(rig, PEER, rig->clock.now - off_us);
    }
    assert_int_equal(off_us, 75 * SECOND_US);
    rig_destroy(rig);
}

// The hardware clock is in local time: at 22:00 of Moscow on the last day of a month the machine is
// started anew, three hours ahead, and its clock is set right ten seconds later.
static void a_hardware_clock_in_local_time_begins_no_month(void **state)
{
    (void)state;
    for (int whom = NOBODY; whom <= PRODUCER; whom++) {
        rig_t *rig = rig_new(false);
        uint64_t month = month_of(RIG_TIME);
        rig->clock.now = rig->clock.wall = month_start(month + 1) - 2 * HOUR_US;
        assert_int_equal(rig_start(rig), FAIL_NONE);
        assert_true(is_current(rig));
        rig_crash(rig);
        pass(rig, 5 * MINUTE_US);
        begin_another_boot(rig);
        set_by(rig, 3 * HOUR_US);
        assert_int_equal(rig_start(rig), FAIL_NONE);
        for (int second = 0; second < 10; second++) {
            pass(rig, SECOND_US);
            assert_int_equal(month_of(stamp(rig)), month);
            assert_false(hear(rig, whom, rig->clock.now - 3 * HOUR_US));
        }
        set_by(rig, -3 * HOUR_US);
        assert_false(is_current(rig));
        assert_int_equal(hear(rig, whom, rig->clock.now), whom != NOBODY);
        assert_int_equal(month_of(stamp(rig)), month);
        if (whom == NOBODY)
            assert_int_equal(confirm_clock(rig), FAIL_NONE);
        assert_true(is_current(rig));
        assert_int_equal(month_of(stamp(rig)), month);
        rig_destroy(rig);
    }
}

// --- what no journal begins with, and what stamps ahead of the clock mean ---

static void a_new_journal_begins_by_no_absurd_clock(void **state)
{
    (void)state;
    static const int64_t years_us = 365 * DAY_US;
    for (int driven = 0; driven < 2; driven++)
        for (int held = 0; held < 2; held++) {
            rig_t *rig = held ? rig_started(driven) : rig_new(driven);
            if (held)
                rig_crash(rig);
            assert_int_equal(rig_start(rig), FAIL_NONE);
            node_clock_t reading = rig->clock;
            assert_null(node_refuses_clock(rig->node, &reading));
            reading.now = RIG_TIME + 9 * years_us;
            assert_null(node_refuses_clock(rig->node, &reading));
            reading.now = RIG_TIME + 73 * years_us; // 2099
            assert_int_equal(node_refuses_clock(rig->node, &reading) == NULL, driven || held);
            reading.now = 0; // 1970
            assert_int_equal(node_refuses_clock(rig->node, &reading) == NULL, driven || held);
            rig_destroy(rig);
        }
}

static void no_absurd_clock_is_confirmed(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    instant_t before = stamp(rig);
    assert_true(jump(rig, 73 * 365 * DAY_US));
    assert_int_equal(confirm_clock(rig), FAIL_STATE);
    assert_false(is_current(rig));
    assert_in_range(stamp(rig) - before, 0, MINUTE_US);
    rig_destroy(rig);
}

static bool stands(const rig_t *rig, alarm_t code)
{
    return alarms_find(node_alarms(rig->node), code) != NULL;
}

// Usage of now would be told as taken and be too late for good.
static void stamps_ahead_of_a_confirmed_clock_are_told_and_take_no_usage(void **state)
{
    (void)state;
    static const int64_t amount = 5;
    static const struct {
        int64_t ahead_us;
        bool told;
        fail_t push;
    } cases[] = {{40 * SECOND_US, false, FAIL_NONE},
                 {2 * HOUR_US, true, FAIL_NONE},
                 {40 * DAY_US, true, FAIL_CLOCK},
                 {5 * 365 * DAY_US, true, FAIL_CLOCK}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_t *rig = rig_new(false);
        set_by(rig, cases[i].ahead_us);
        assert_int_equal(rig_start(rig), FAIL_NONE);
        rig_begin(rig);
        rig_end(rig);
        set_by(rig, -cases[i].ahead_us); // and the clock is put right
        assert_int_equal(is_current(rig), !cases[i].told);
        assert_int_equal(confirm_clock(rig), FAIL_NONE);
        assert_int_equal(is_current(rig), !cases[i].told); // no day is judged that has not begun
        assert_int_equal(stands(rig, ALARM_STAMPS), cases[i].told);
        assert_false(stands(rig, ALARM_CLOCK));
        feed_answer_t answer = rig_push_alone(rig, 1, 1, &amount, 1, false);
        assert_int_equal(answer.fail, cases[i].push);
        assert_int_equal(answer.acknowledged, !cases[i].push);
        if (cases[i].push)
            assert_true(fail_retry(answer.fail) && answer.detail.size > 0);
        pass(rig, cases[i].ahead_us); // until it has caught up
        assert_true(is_current(rig));
        assert_false(stands(rig, ALARM_STAMPS));
        rig_destroy(rig);
    }
}

// --- sleeps ---

static void sleep_for(rig_t *rig, int64_t us)
{
    pass(rig, us);
    rig->clock.slept_us += us;
}

// The kernel counts it, and the wall clock agrees: nobody has to confirm anything.
static void a_sleep_is_told_at_once_and_is_no_reason_for_doubt(void **state)
{
    (void)state;
    static const int64_t sleeps[] = {2 * HOUR_US, 30 * HOUR_US};
    static const int64_t amount = 5;
    for (size_t i = 0; i < sizeof sleeps / sizeof sleeps[0]; i++) {
        rig_t *rig = rig_started(false);
        assert_true(is_current(rig));
        assert_false(stands(rig, ALARM_SLEPT));
        sleep_for(rig, sleeps[i]);
        rig_begin(rig);
        rig_end(rig);
        assert_false(rig->committed);
        const alarm_row_t *row = alarms_find(node_alarms(rig->node), ALARM_SLEPT);
        assert_non_null(row);
        assert_string_equal(row->about, i ? "108000 s" : "7200 s");
        assert_false(stands(rig, ALARM_CLOCK));
        assert_int_equal(rig_push_alone(rig, 1, 1, &amount, 1, false).acknowledged, 1);
        pass(rig, MINUTE_US);
        assert_true(is_current(rig));
        assert_false(stands(rig, ALARM_SLEPT));
        rig_destroy(rig);
    }
}

// What waits in a socket is as old as the sleep, and looks as if it had just been said.
static void after_a_sleep_nothing_is_judged_by_what_was_said_before_it(void **state)
{
    (void)state;
    for (int frozen = 0; frozen < 2; frozen++) {
        rig_t *rig = rig_started(false);
        request_t status = {.type = REQUEST_status, .number = 1};
        assert_true(is_current(rig));
        if (frozen) { // even its kernel knows of no sleep; a peer then says what time it is
            set_by(rig, 2 * HOUR_US);
        } else
            sleep_for(rig, 2 * HOUR_US);
        for (int i = 0; i < 2; i++) {
            rig_begin(rig);
            rig_beat(rig, 1, 0); // said before
            rig_end(rig);
            assert_false(rig_asked(rig, &status, ROLE_AUDITOR).status.current);
        }
        rig->peers_time = rig->clock.now;
        assert_true(is_current(rig) || is_current(rig));
        rig_destroy(rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_ahead_is_borne_out_by_any_that_agrees_to_the_minute),
        cmocka_unit_test(a_clock_behind_is_borne_out_by_a_fresh_answer_alone),
        cmocka_unit_test(an_old_answer_bears_nothing_out),
        cmocka_unit_test(only_what_was_borne_out_vouches_for_others),
        cmocka_unit_test(a_clock_that_creeps_is_not_what_others_are_told),
        cmocka_unit_test(what_a_clock_was_off_when_it_was_borne_out_counts_on),
        cmocka_unit_test(a_hardware_clock_in_local_time_begins_no_month),
        cmocka_unit_test(a_new_journal_begins_by_no_absurd_clock),
        cmocka_unit_test(no_absurd_clock_is_confirmed),
        cmocka_unit_test(stamps_ahead_of_a_confirmed_clock_are_told_and_take_no_usage),
        cmocka_unit_test(a_sleep_is_told_at_once_and_is_no_reason_for_doubt),
        cmocka_unit_test(after_a_sleep_nothing_is_judged_by_what_was_said_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
