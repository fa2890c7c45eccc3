// Runs of a producer that does not speak: billed as far as there is evidence, late when it comes
// back, ended when nobody will vouch for them. SILENT owns the resource, OTHER passes every hour.
#include "tests/unit/metering_day.h"

enum { SILENT = FEED, OTHER = FEED + 1, FRIEND = FEED + 2 };
#define LATE_LIMIT ((72 * 60) + 40) // minutes: when the last word of `fall_silent` is too old

static void through_of(stream_t producer, instant_t through)
{
    h.producer = producer;
    harness_through(&h, through);
    h.producer = SILENT;
}

// OTHER vouches for hours up to the end of that one, and they are closed.
static void pass_without(int hours)
{
    through_of(OTHER, at(60 * hours, 0));
    harness_time(&h, at(60 * hours + 60, 0));
}

// It runs from 10:00 on, and 10:40 is the last word; the hour is closed at 12:00.
static void fall_silent(void)
{
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    through_of(SILENT, at(40, 0));
    pass_without(1);
}

static const event_usage_ended_t *ended(void)
{
    assert_int_equal(harness_count(&h, EVENT_usage_ended), 1);
    return &harness_event(&h, EVENT_usage_ended, 0)->usage_ended;
}

static void what_nobody_vouches_for_is_not_billed(void **state)
{
    (void)state;
    fall_silent();
    assert_int_equal(harness_count(&h, EVENT_usage_bounded), 1);
    const event_usage_bounded_t *e = &harness_event(&h, EVENT_usage_bounded, 0)->usage_bounded;
    assert_int_equal(e->producer, SILENT);
    assert_int_equal(e->until, at(40, 0));
    EXPECT({0, NACHALNY, 40, 26, 36800, CHARGED_HOUR});
    pass_without(2);
    assert_int_equal(harness_count(&h, EVENT_hour_closed), 1);
    assert_int_equal(harness_count(&h, EVENT_usage_bounded), 0); // it is known
    EXPECT();
}

// The minute that the last word lies in began before it.
static void the_evidence_is_exact_to_the_minute(void **state)
{
    (void)state;
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    through_of(SILENT, at(40, 0));
    through_of(SILENT, at(40, 1));
    assert_int_equal(harness_count(&h, EVENT_usage_through), 1);
    through_of(SILENT, at(40, 59));
    EXPECT_NOTHING();
    pass_without(1);
    EXPECT({0, NACHALNY, 41, 27, 22600, CHARGED_HOUR});
}

static void who_comes_back_is_billed_late(void **state)
{
    (void)state;
    fall_silent();
    pass_without(3);
    through_of(SILENT, at(70, 0)); // not all at once
    settle();
    EXPECT({0, NACHALNY, 20, 14, 12000, CHARGED_LATE}, {1, NACHALNY, 10, 6, 42800, CHARGED_LATE});
    pass_without(5);
    through_of(SILENT, at(361, 0));
    settle();
    EXPECT({5, NACHALNY, 60, 41, 11600, CHARGED_HOUR}, {1, NACHALNY, 50, 33, 36000, CHARGED_LATE},
           {2, NACHALNY, 60, 41, 4800, CHARGED_LATE}, {3, NACHALNY, 60, 40, 16800, CHARGED_LATE},
           {4, NACHALNY, 60, 40, 28800, CHARGED_LATE});
}

static void a_word_on_its_end_is_evidence_of_a_run(void **state)
{
    (void)state;
    fall_silent();
    pass_without(2);
    assert_int_equal(harness_stopped(&h, at(65, 0), resource, replica), FAIL_NONE);
    settle();
    EXPECT({0, NACHALNY, 20, 14, 12000, CHARGED_LATE}, {1, NACHALNY, 5, 3, 27400, CHARGED_LATE});
}

static void a_start_is_evidence_of_the_run_before_it(void **state)
{
    (void)state;
    fall_silent();
    assert_int_equal(start(at(50, 0), "standartny"), FAIL_NONE);
    settle();
    EXPECT({0, NACHALNY, 10, 7, 24400, CHARGED_LATE});
    through_of(SILENT, at(60, 0));
    settle();
    EXPECT({0, STANDARTNY, 10, 34, 5600, CHARGED_LATE});
}

static void a_deletion_is_evidence_of_what_it_ends(void **state)
{
    (void)state;
    fall_silent();
    pass_without(2);
    assert_int_equal(harness_deleted(&h, at(130, 0), resource), FAIL_NONE);
    EXPECT({0, NACHALNY, 20, 14, 12000, CHARGED_DELETION},
           {1, NACHALNY, 60, 40, 24000, CHARGED_DELETION},
           {2, NACHALNY, 10, 7, 11600, CHARGED_DELETION});
    settle();
    EXPECT(); // and nothing of it twice
}

static void a_tick_is_evidence_of_its_minute(void **state)
{
    (void)state;
    fall_silent();
    assert_int_equal(tick(at(45, 0), "nachalny"), FAIL_NONE);
    settle();
    EXPECT({0, NACHALNY, 1, 1, 22600, CHARGED_LATE});
}

static void what_is_silent_beyond_the_limit_has_ended(void **state)
{
    (void)state;
    fall_silent();
    through_of(OTHER, at(73 * 60, 0));
    harness_time(&h, at(LATE_LIMIT, 0) - 1);
    assert_int_equal(harness_count(&h, EVENT_usage_ended), 0);
    harness_time(&h, at(LATE_LIMIT, 0));
    assert_int_equal(ended()->producer, SILENT);
    assert_int_equal(ended()->until, at(40, 0));
    assert_int_equal(ended()->runs, 1);
    harness_time(&h, at(80 * 60, 0));
    through_of(SILENT, at(80 * 60, 0));
    settle();
    EXPECT();
    // It says anew what runs: what reaches back too far is lost, the rest is billed.
    instant_t oldest = h.now - 72 * HOUR_US;
    assert_int_equal(start(at(40, 0), "nachalny"), FAIL_NONE);
    const event_usage_expired_t *e = &harness_event(&h, EVENT_usage_expired, 0)->usage_expired;
    assert_int_equal(e->minutes, (oldest - at(40, 0)) / MINUTE_US);
    settle();
    size_t first = 0;
    while (harness_event(&h, EVENT_usage_charged, first)->usage_charged.reason != CHARGED_LATE)
        first++;
    assert_int_equal(harness_event(&h, EVENT_usage_charged, first)->usage_charged.hour,
                     oldest / HOUR_US * HOUR_US);
}

// Our clock may be what is wrong.
static void nothing_ends_while_our_clock_is_doubted(void **state)
{
    (void)state;
    fall_silent();
    pass_without(2);
    input_t doubted = {.kind = INPUT_TICK, .now = at(LATE_LIMIT + 1, 0)};
    harness_decide(&h, &doubted);
    EXPECT_NOTHING();
}

static fail_t retire(stream_t producer)
{
    request_t request = {.type = REQUEST_producer_retire, .producer_retire.producer = producer};
    return harness_command(&h, &request);
}

static void what_a_retired_producer_ran_ends_at_its_last_word(void **state)
{
    (void)state;
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    through_of(SILENT, at(40, 0));
    harness_time(&h, at(50, 0));
    assert_int_equal(retire(SILENT), FAIL_NONE);
    assert_int_equal(ended()->until, at(40, 0));
    assert_int_equal(ended()->runs, 1);
    through_of(OTHER, at(180, 0));
    harness_time(&h, at(182, 0));
    EXPECT({0, NACHALNY, 40, 26, 36800, CHARGED_HOUR});
}

static void a_word_about_what_is_to_come_is_no_evidence(void **state)
{
    (void)state;
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    through_of(SILENT, at(600, 0));
    harness_time(&h, at(30, 0));
    assert_int_equal(retire(SILENT), FAIL_NONE);
    assert_int_equal(ended()->until, at(30, 0));
}

// Producers of one owner act for each other: with one retired, another vouches for what it runs.
static void another_of_its_owner_vouches_for_a_retired_one(void **state)
{
    (void)state;
    h.owner = text_of("amvera");
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    through_of(SILENT, at(40, 0));
    h.producer = FRIEND;
    uid_t16 theirs = harness_id('r', 9), run = harness_id('p', 9);
    reach(at(30, 0));
    assert_int_equal(harness_started(&h, at(30, 0), theirs, run, other, "nachalny"), FAIL_NONE);
    through_of(FRIEND, at(60, 0));
    pass_without(1);
    EXPECT({0, NACHALNY, 40, 26, 36800, CHARGED_HOUR}, {0, NACHALNY, 30, 20, 6000, CHARGED_HOUR});
    assert_int_equal(retire(SILENT), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_usage_ended), 0);
    through_of(FRIEND, at(120, 0));
    through_of(OTHER, at(120, 0));
    settle();
    EXPECT({1, NACHALNY, 60, 41, 5600, CHARGED_HOUR}, {1, NACHALNY, 60, 40, 18000, CHARGED_HOUR},
           {0, NACHALNY, 20, 13, 24000, CHARGED_LATE});
}

// Hours wait for nobody's first word. What it runs is billed once it says one.
static void who_never_said_a_word_vouches_for_nothing(void **state)
{
    (void)state;
    assert_int_equal(start(at(0, 0), "nachalny"), FAIL_NONE);
    through_of(OTHER, at(60, 0));
    harness_time(&h, at(62, 0));
    assert_int_equal(harness_event(&h, EVENT_usage_bounded, 0)->usage_bounded.until, at(0, 0));
    assert_int_equal(harness_event(&h, EVENT_hour_closed, 0)->hour_closed.lines, 0);
    through_of(SILENT, at(62, 0));
    settle();
    EXPECT({0, NACHALNY, 60, 40, 12000, CHARGED_LATE});
}

// `through` is 0 of who cannot say it: its ticks are billed as ever, and nothing is said of it.
static void ticks_need_nobodys_word(void **state)
{
    (void)state;
    assert_int_equal(tick(at(0, 0), "nachalny"), FAIL_NONE);
    through_of(OTHER, at(60, 0));
    harness_time(&h, at(62, 0));
    EXPECT({0, NACHALNY, 1, 0, 29000, CHARGED_HOUR});
    assert_int_equal(harness_count(&h, EVENT_usage_bounded), 0);
}

static void whom_a_resource_is_given_to_vouches_for_it(void **state)
{
    (void)state;
    fall_silent();
    request_t request = {.type = REQUEST_resource_move};
    request.resource_move = (request_resource_move_t){.resource = resource, .producer = OTHER};
    assert_int_equal(harness_command(&h, &request), FAIL_NONE);
    settle();
    EXPECT({0, NACHALNY, 20, 14, 12000, CHARGED_LATE});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_nobody_vouches_for_is_not_billed),
        TEST(the_evidence_is_exact_to_the_minute),
        TEST(who_comes_back_is_billed_late),
        TEST(a_word_on_its_end_is_evidence_of_a_run),
        TEST(a_start_is_evidence_of_the_run_before_it),
        TEST(a_deletion_is_evidence_of_what_it_ends),
        TEST(a_tick_is_evidence_of_its_minute),
        TEST(what_is_silent_beyond_the_limit_has_ended),
        TEST(nothing_ends_while_our_clock_is_doubted),
        TEST(what_a_retired_producer_ran_ends_at_its_last_word),
        TEST(a_word_about_what_is_to_come_is_no_evidence),
        TEST(another_of_its_owner_vouches_for_a_retired_one),
        TEST(who_never_said_a_word_vouches_for_nothing),
        TEST(ticks_need_nobodys_word),
        TEST(whom_a_resource_is_given_to_vouches_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
