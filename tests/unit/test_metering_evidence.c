// Up to when an open run is vouched for, by events that are written by hand.
#include "services/metering/metering_evidence.h"
#include "services/metering/metering_fresh.h"
#include "tests/unit/metering_fold.h"

enum { OWNER = PRODUCER_FIRST, FRIEND, STRANGER };

static void say_moved(stream_t producer)
{
    event_t event = {.type = EVENT_resource_moved};
    event.resource_moved = (event_resource_moved_t){{{2}}, producer};
    say(event);
}

static void say_named(stream_t producer, const char *owner)
{
    event_t event = {.type = EVENT_producer_owned};
    event.producer_owned = (event_producer_owned_t){producer, text_of(owner)};
    say(event);
}

static void say_bounded(stream_t producer, instant_t until)
{
    event_t event = {.type = EVENT_usage_bounded};
    event.usage_bounded = (event_usage_bounded_t){producer, until};
    say(event);
}

static void say_ended(stream_t producer, instant_t until)
{
    event_t event = {.type = EVENT_usage_ended};
    event.usage_ended = (event_usage_ended_t){producer, until, 1};
    say(event);
}

static void say_hour_closed(void)
{
    event_t event = {.type = EVENT_hour_closed};
    event.hour_closed.hour = TEN;
    say(event);
}

static unsigned fresh_minutes(void)
{
    fresh_t fresh;
    fresh_of_hour(fold, rows_replica(fold, REPLICA), HOUR_TEN, DELETED_NEVER, &fresh);
    return fresh.count ? mask_count(fresh.of[0].mask) : 0;
}

// It runs from ten on.
static void run_of_owner(void)
{
    say_moved(OWNER);
    say_runs(TEN);
}

static void a_run_without_a_stop_is_fresh_up_to_its_evidence(void **state)
{
    (void)state;
    run_of_owner();
    assert_int_equal(fresh_minutes(), 60);
    say_bounded(OWNER, minute(40));
    assert_int_equal(fresh_minutes(), 40);
    say_through(STRANGER, minute(90));
    assert_int_equal(fresh_minutes(), 40);
    say_through(OWNER, minute(50));
    assert_int_equal(fresh_minutes(), 60); // the hour is open: nothing was closed without it
}

static void what_becomes_fresh_of_a_closed_hour_is_late(void **state)
{
    (void)state;
    run_of_owner();
    say_bounded(OWNER, minute(40));
    say_charged(1, CHARGED_HOUR);
    say_hour_closed();
    assert_false(rows_meter(fold, METER)->late);
    say_through(OWNER, minute(45));
    assert_int_equal(fresh_minutes(), 5);
    assert_true(rows_meter(fold, METER)->late);
    say_through(OWNER, minute(44)); // a word that says less says nothing
    assert_int_equal(fresh_minutes(), 5);
    say_through(OWNER, minute(70));
    assert_int_equal(fresh_minutes(), 20);
}

static void its_end_that_is_told_is_evidence(void **state)
{
    (void)state;
    run_of_owner();
    say_bounded(OWNER, minute(40));
    say_charged(1, CHARGED_HOUR);
    say_hour_closed();
    say_stands(minute(50));
    assert_int_equal(fresh_minutes(), 10);
    assert_true(rows_meter(fold, METER)->late);
}

static void a_run_that_has_ended_is_over_whatever_is_said(void **state)
{
    (void)state;
    run_of_owner();
    assert_int_equal(fold->running, 1);
    say_bounded(OWNER, minute(40));
    say_ended(OWNER, minute(40));
    assert_int_equal(fold->running, 0);
    say_through(OWNER, minute(50));
    assert_int_equal(fresh_minutes(), 40);
}

static void a_run_that_began_behind_the_evidence_ends_where_it_began(void **state)
{
    (void)state;
    say_moved(OWNER);
    say_runs(minute(45));
    say_ended(OWNER, minute(40));
    assert_int_equal(fold->running, 0);
    assert_int_equal(fresh_minutes(), 0);
}

// A producer that is not heard of any more is vouched for by others of its owner, and by nobody
// else.
static void the_word_of_a_row_is_its_own_or_its_owners(void **state)
{
    (void)state;
    run_of_owner();
    uint32_t row = owners_find(&fold->owners, OWNER);
    say_named(OWNER, "amvera"), say_named(FRIEND, "amvera"), say_named(STRANGER, "");
    assert_true(evidence_word(fold, row) == INT64_MIN);
    say_through(STRANGER, minute(60));
    assert_true(evidence_word(fold, row) == INT64_MIN);
    assert_false(evidence_is_shared(fold, OWNER));
    say_through(FRIEND, minute(50));
    assert_int_equal(evidence_word(fold, row), minute(50));
    assert_true(evidence_is_shared(fold, OWNER));
    say_through(OWNER, minute(30));
    assert_int_equal(evidence_word(fold, row), minute(30)); // its own, though it says less
}

static void whom_it_is_given_to_vouches_for_it(void **state)
{
    (void)state;
    run_of_owner();
    say_bounded(OWNER, minute(40));
    say_charged(1, CHARGED_HOUR);
    say_hour_closed();
    say_moved(FRIEND);
    assert_int_equal(fresh_minutes(), 20);
    assert_true(rows_meter(fold, METER)->late);
    say_moved(OWNER);
    assert_int_equal(fresh_minutes(), 0);
    assert_false(rows_meter(fold, METER)->late); // nothing would post it
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_without_a_stop_is_fresh_up_to_its_evidence),
        TEST(what_becomes_fresh_of_a_closed_hour_is_late),
        TEST(its_end_that_is_told_is_evidence),
        TEST(a_run_that_has_ended_is_over_whatever_is_said),
        TEST(a_run_that_began_behind_the_evidence_ends_where_it_began),
        TEST(the_word_of_a_row_is_its_own_or_its_owners),
        TEST(whom_it_is_given_to_vouches_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
