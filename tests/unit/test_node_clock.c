#include "proto/month.h"
#include "tests/unit/clock_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

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

// As long as the machine runs, its own clock says how long a process was down.
static void a_start_in_the_same_boot_is_checked_to_the_minute(void **state)
{
    (void)state;
    static const int64_t rests[] = {0, 3 * HOUR_US, 40 * DAY_US};
    static const struct {
        int64_t off;
        bool current;
    } cases[] = {{0, true},        {59 * SECOND_US, true},  {-59 * SECOND_US, true},
                 {HOUR_US, false}, {61 * SECOND_US, false}, {-61 * SECOND_US, false},
                 {-HOUR_US, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t j = 0; j < sizeof rests / sizeof rests[0]; j++) {
            rig_t *rig = rig_started(false);
            rig_crash(rig);
            pass(rig, rests[j]);
            set_by(rig, cases[i].off);
            assert_int_equal(rig_start(rig), FAIL_NONE);
            assert_int_equal(is_current(rig), cases[i].current);
            rig_destroy(rig);
        }
}

// Even where it says what the last stamp says: it may be as far behind as the machine was off.
static void a_start_in_another_boot_is_doubted_whatever_the_clock_says(void **state)
{
    (void)state;
    static const int64_t rests[] = {0, HOUR_US, 25 * HOUR_US, -HOUR_US};
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++)
        for (int named = 0; named < 2; named++) {
            rig_t *rig = rig_started(false);
            if (!named) { // by no machine that does not tell its starts apart
                rig->clock.boot = (uid_t16){{0}};
                assert_int_equal(rig_posted(rig, 1, 1).fail, FAIL_NONE);
            }
            rig_crash(rig);
            if (named)
                begin_another_boot(rig);
            set_by(rig, rests[i]);
            assert_int_equal(rig_start(rig), FAIL_NONE);
            assert_false(is_current(rig));
            rig_restart(rig); // in the same boot, and what is doubted stays so
            assert_false(is_current(rig));
            assert_int_equal(confirm_clock(rig), FAIL_NONE);
            if (rests[i] >= 0)
                assert_true(is_current(rig));
            rig_destroy(rig);
        }
}

// What an older version's head cannot say.
static void a_head_without_clocks_is_believed_to_have_rested_for_a_day(void **state)
{
    (void)state;
    static const struct {
        int64_t away;
        bool doubted;
    } cases[] = {{HOUR_US, false}, {25 * HOUR_US, true}, {-HOUR_US, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        clock_trust_t trust = {0};
        node_clock_t reading = {.now = RIG_TIME + cases[i].away, .monotonic = 1, .boot = {{1}}};
        node_clock_restore(&trust, &(head_clock_t){0});
        node_clock_judge(&trust, &reading, RIG_TIME, true);
        assert_int_equal(node_clock_is_doubted(&trust), cases[i].doubted);
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
    begin_another_boot(rig);
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

// A reading `elapsed_us` after the last one by the monotonic clock, and `more_us` off it.
static void read_on(clock_trust_t *trust, int64_t elapsed_us, int64_t more_us)
{
    node_clock_t reading = trust->reading;
    reading.monotonic += elapsed_us;
    reading.now += elapsed_us + more_us;
    node_clock_judge(trust, &reading, RIG_TIME, false);
}

static clock_trust_t trust_begun(void)
{
    clock_trust_t trust = {0};
    node_clock_judge(&trust, &(node_clock_t){.now = RIG_TIME, .monotonic = HOUR_US}, RIG_TIME,
                     false);
    assert_false(node_clock_is_doubted(&trust));
    return trust;
}

static void steps_that_add_up_are_doubted_when_their_sum_is_over_the_limit(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        clock_trust_t trust = trust_begun();
        for (int step = 1; step <= 12; step++) {
            read_on(&trust, SECOND_US, sign * 50 * SECOND_US);
            assert_int_equal(node_clock_is_doubted(&trust), step >= 2);
        }
        // All 600 s but the last step, which alone is no reason, and a second's worth of drift.
        int64_t known = trust.unrecorded.said - trust.unrecorded.expected;
        assert_in_range(sign * known + sign * trust.crept_us, 599990000, 600 * SECOND_US);
        assert_int_equal(node_clock_is_late(&trust, RIG_TIME), sign < 0);
    }
}

static void steps_that_are_put_right_again_raise_no_doubt(void **state)
{
    (void)state;
    static const int64_t waits[] = {1, SECOND_US, HOUR_US, 10 * DAY_US};
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        clock_trust_t trust = trust_begun();
        for (int times = 0; times < 1000; times++) {
            read_on(&trust, waits[i], 59 * SECOND_US);
            read_on(&trust, waits[i], -59 * SECOND_US);
        }
        assert_false(node_clock_is_doubted(&trust));
    }
}

static void an_honest_drift_is_not_doubted_in_a_year_and_a_greater_one_in_a_week(void **state)
{
    (void)state;
    static const struct {
        int64_t ppm, elapsed_us, from_us, to_us; // doubted so long after the begin; 0: never
    } cases[] = {
        {200, 10 * SECOND_US, 0, 0},
        {-200, 10 * SECOND_US, 0, 0},
        {500, 10 * SECOND_US, 0, 0},
        {200, MINUTE_US + 7, 0, 0},
        {600, 10 * SECOND_US, 599900 * SECOND_US, 600020 * SECOND_US}, // 100 ppm too many
        {-1500, 10 * SECOND_US, 59900 * SECOND_US, 60020 * SECOND_US},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        clock_trust_t trust = trust_begun();
        int64_t passed = 0;
        while (passed < 366 * DAY_US && !node_clock_is_doubted(&trust)) {
            read_on(&trust, cases[i].elapsed_us, cases[i].elapsed_us * cases[i].ppm / 1000000);
            passed += cases[i].elapsed_us;
        }
        assert_int_equal(node_clock_is_doubted(&trust), cases[i].to_us > 0);
        if (cases[i].to_us)
            assert_in_range(passed, cases[i].from_us, cases[i].to_us);
    }
}

// Batches follow each other faster than a microsecond of drift is allowed.
static void drift_is_allowed_for_in_the_shortest_batches_too(void **state)
{
    (void)state;
    clock_trust_t trust = trust_begun();
    read_on(&trust, 1, 59 * SECOND_US);
    for (int64_t i = 0; i < 2000000; i++)
        read_on(&trust, 1, 0);
    assert_int_equal(trust.crept_us, 59 * SECOND_US - 1000);
}

static void a_confirmed_clock_begins_a_new_sum(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    assert_false(jump(rig, 50 * SECOND_US));
    assert_int_equal(confirm_clock(rig), FAIL_NONE);
    assert_false(jump(rig, 50 * SECOND_US));
    assert_true(is_current(rig));
    assert_true(jump(rig, 50 * SECOND_US));
    assert_false(is_current(rig));
    rig_restart(rig); // it is in the journal
    assert_false(is_current(rig));
    rig_destroy(rig);
}

// Twelve steps of 50 s from five minutes before a month of Moscow ends: while it is trusted, the
// process never takes the next month for begun.
static void a_clock_that_creeps_begins_no_month_before_its_time(void **state)
{
    (void)state;
    rig_t *rig = rig_new(false);
    uint64_t month = month_of(RIG_TIME);
    instant_t before = month_start(month + 1) - 5 * MINUTE_US;
    rig->clock.now = rig->clock.wall = before;
    assert_int_equal(rig_start(rig), FAIL_NONE);
    assert_true(is_current(rig));
    for (int step = 0; step < 12; step++) {
        pass(rig, SECOND_US);
        rig->clock.now += 50 * SECOND_US;
        rig->clock.wall += 50 * SECOND_US;
        assert_int_equal(month_of(stamp(rig)), month);
        assert_int_equal(is_current(rig), step < 1);
    }
    assert_int_equal(month_of(rig->clock.wall), month + 1);
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
        cmocka_unit_test(a_start_in_the_same_boot_is_checked_to_the_minute),
        cmocka_unit_test(a_start_in_another_boot_is_doubted_whatever_the_clock_says),
        cmocka_unit_test(a_head_without_clocks_is_believed_to_have_rested_for_a_day),
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
        cmocka_unit_test(steps_that_add_up_are_doubted_when_their_sum_is_over_the_limit),
        cmocka_unit_test(steps_that_are_put_right_again_raise_no_doubt),
        cmocka_unit_test(an_honest_drift_is_not_doubted_in_a_year_and_a_greater_one_in_a_week),
        cmocka_unit_test(drift_is_allowed_for_in_the_shortest_batches_too),
        cmocka_unit_test(a_confirmed_clock_begins_a_new_sum),
        cmocka_unit_test(a_clock_that_creeps_begins_no_month_before_its_time),
        cmocka_unit_test(a_driven_clock_moves_by_clock_set_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
