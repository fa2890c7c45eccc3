// What is given back when a stop or a deletion was told late: minutes, kopecks, carry, line by
// line.
#include "tests/unit/metering_day.h"
#include <stdlib.h>

// What the harness's account was charged and given back, since its journal's first event.
typedef struct {
    uint64_t minutes, credits, uncredited;
    kopecks_t posted, given;
    int64_t carry; // of the last event
} sums_t;

static void add(void *arg, const event_t *event)
{
    sums_t *sums = arg;
    if (event->type == EVENT_usage_charged) {
        sums->minutes += event->usage_charged.minutes;
        sums->posted += event->usage_charged.amount;
        sums->carry = event->usage_charged.remainder;
    } else if (event->type == EVENT_usage_credited) {
        sums->minutes -= event->usage_credited.minutes;
        sums->posted -= event->usage_credited.amount;
        sums->given += event->usage_credited.amount;
        sums->carry = event->usage_credited.remainder;
        sums->credits++;
    } else if (event->type == EVENT_usage_uncredited)
        sums->uncredited += event->usage_uncredited.minutes;
    else if (event->type == EVENT_meter_closed)
        sums->posted += event->meter_closed.amount;
}

static sums_t sums;

static int setup_sums(void **state)
{
    int failed = setup(state);
    sums = (sums_t){0};
    h.observe = add;
    h.arg = &sums;
    return failed;
}

static kopecks_t price_of(uint64_t minutes) // of `nachalny`
{
    return (kopecks_t)(29000 * minutes / 43200);
}

// The clock stands where the platform told of it.
static fail_t stop_told(instant_t when, instant_t told)
{
    harness_time(&h, told);
    return harness_stopped(&h, when, resource, replica);
}

static void a_stop_told_late_gives_back_what_was_billed_after_it(void **state)
{
    (void)state;
    assert_int_equal(start(at(5, 0), "nachalny"), FAIL_NONE);
    pass(4);
    assert_int_equal(sums.posted, 157); // 235 minutes
    assert_int_equal(stop_told(at(35, 0), at(245, 0)), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_usage_overbilled), 1);
    harness_time(&h, h.now);
    assert_int_equal(sums.credits, 4); // one an hour
    assert_int_equal(sums.minutes, 30);
    assert_int_equal(sums.posted, 20);
    assert_int_equal(sums.carry, (29000 * 30 % 43200) * CARRY_PER_PRICE_MINUTE);
    assert_true(harness_wake(&h) == INT64_MAX);
    pass(5); // nothing runs any more
    assert_int_equal(sums.posted, 20);
}

static void a_credit_names_its_line_and_what_it_charged(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    pass(1);
    uint64_t line = h.sequence - 1; // before hour.closed
    stop_told(at(45, 0), at(70, 0));
    harness_time(&h, h.now);
    const event_usage_credited_t *e = &harness_event(&h, EVENT_usage_credited, 0)->usage_credited;
    assert_int_equal(e->original, line);
    assert_true(uid_equal(&e->account, &account) && uid_equal(&e->resource, &resource));
    assert_int_equal(e->hour, TEN);
    assert_int_equal(e->minutes, 15);
    assert_int_equal(e->charged_minutes, 60);
    assert_int_equal(e->charged, 40);
    assert_int_equal(e->before, 0);
    assert_int_equal(e->amount, 10);
    stop_told(at(30, 0), at(71, 0)); // an earlier stop yet
    harness_time(&h, h.now);
    e = &harness_event(&h, EVENT_usage_credited, 0)->usage_credited;
    assert_int_equal(e->original, line);
    assert_int_equal(e->before, 10);
    assert_int_equal(sums.posted, price_of(30));
}

static void a_start_told_after_the_credit_is_charged_again(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    pass(2);
    stop_told(at(30, 0), at(130, 0));
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 30);
    assert_int_equal(harness_started(&h, at(40, 0), resource, replica, account, "nachalny"),
                     FAIL_NONE);
    settle();
    assert_int_equal(sums.minutes, 110);
    assert_int_equal(sums.posted, price_of(110));
    stop_told(at(50, 0), at(190, 0)); // the late line gives back first, then the hour's own
    harness_time(&h, h.now);
    pass(3);
    assert_int_equal(sums.minutes, 40);
    assert_int_equal(sums.posted, price_of(40));
}

static void minutes_of_ticks_stay_whatever_a_stop_says(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    for (int minute = 20; minute < 30; minute++) {
        reach(at(minute, 0));
        assert_int_equal(tick(at(minute, 0), "nachalny"), FAIL_NONE);
    }
    pass(1);
    stop_told(at(10, 0), at(70, 0));
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 20);
    assert_int_equal(sums.posted, price_of(20));
}

// Whether the tick came before the hour was billed, after it, or for an hour that is billed whole.
static void a_tick_that_billed_nothing_new_is_evidence_too(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    harness_time(&h, at(30, 0));
    harness_through(&h, at(30, 0)); // all up to here is told
    assert_int_equal(tick(at(20, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_usage_accepted), 1);
    assert_int_equal(tick(at(20, 30), "nachalny"), FAIL_NONE); // the same minute again
    assert_int_equal(harness_count(&h, EVENT_usage_accepted), 0);
    pass(2);
    assert_int_equal(sums.minutes, 120);
    assert_int_equal(tick(at(21, 0), "nachalny"), FAIL_NONE); // billed in part by ticks
    assert_int_equal(tick(at(70, 0), "nachalny"), FAIL_NONE); // billed whole, by the interval
    assert_int_equal(tick(at(70, 0), "nachalny"), FAIL_NONE);
    assert_int_equal(h.events_count, 0);
    assert_int_equal(tick(at(70, 30), "ultra"), FAIL_BILLED); // that minute is told of
    pass(2);
    assert_int_equal(sums.minutes, 120); // nothing is billed twice
    stop_told(at(10, 0), at(130, 0));
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 10 + 3);
    assert_int_equal(sums.posted, price_of(10 + 3));
}

static void an_hour_billed_whole_may_come_to_be_ticked_whole(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    pass(1);
    for (int minute = 0; minute < 60; minute++)
        assert_int_equal(tick(at(minute, 0), "nachalny"), FAIL_NONE);
    stop_told(at(0, 0), at(70, 0));
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 60);
    assert_int_equal(sums.credits, 0);
}

// More than one decision holds: what a thousand and more replicas were billed in three days.
static void a_deletion_takes_back_all_however_much_it_is(void **state)
{
    (void)state;
    enum { REPLICAS = 2000, HOURS = 70 };
    harness_unlimited(&h);
    for (unsigned i = 0; i < REPLICAS; i++)
        assert_int_equal(
            harness_started(&h, TEN, resource, harness_id('p', i + 1), account, "nachalny"),
            FAIL_NONE);
    pass(HOURS);
    assert_int_equal(sums.minutes, REPLICAS * HOURS * 60);
    harness_time(&h, TEN + HOURS * HOUR_US + 5 * MINUTE_US);
    assert_int_equal(harness_deleted(&h, at(30, 0), resource), FAIL_NONE);
    size_t said = harness_count(&h, EVENT_usage_taking_back);
    assert_int_equal(said, 1);
    assert_true(harness_event(&h, EVENT_usage_taking_back, 0)->usage_taking_back.more);
    assert_true(harness_wake(&h) == h.now);
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, REPLICAS * 30);
    assert_int_equal(sums.posted, price_of(REPLICAS * 30));
    assert_int_equal(sums.uncredited, 0);
    assert_true(harness_wake(&h) == INT64_MAX);
}

static void a_deletion_told_late_gives_back_ticks_too(void **state)
{
    (void)state;
    for (int minute = 0; minute < 180; minute++) {
        reach(at(minute, 0));
        assert_int_equal(tick(at(minute, 0), "nachalny"), FAIL_NONE);
    }
    pass(3);
    assert_int_equal(sums.minutes, 180);
    harness_time(&h, at(200, 0));
    assert_int_equal(harness_deleted(&h, at(30, 0), resource), FAIL_NONE);
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 30);
    assert_int_equal(sums.posted, price_of(30));
}

static void a_deletion_told_late_reaches_replicas_that_went_idle(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    stop(at(90, 0));
    start(at(0, 0), "nachalny"); // the same again is nothing
    pass(6);
    assert_int_equal(sums.minutes, 90);
    harness_time(&h, at(400, 0));
    assert_int_equal(harness_deleted(&h, at(30, 0), resource), FAIL_NONE);
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 30);
    assert_int_equal(sums.posted, price_of(30));
}

static void a_stop_after_the_deletion_gives_back_from_the_deletions_line(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    reach(at(50, 0));
    assert_int_equal(harness_deleted(&h, at(50, 0), resource), FAIL_NONE);
    assert_int_equal(stop_told(at(20, 0), at(55, 0)), FAIL_NONE);
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 20);
    assert_int_equal(sums.posted, price_of(20));
}

static void what_is_older_than_late_is_told_and_not_given_back(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    pass(74);
    stop_told(at(0, 30), TEN + 75 * HOUR_US);
    harness_time(&h, h.now);
    assert_int_equal(sums.uncredited, 3 * 60 - 1); // of 74 hours billed 71 are within the 72
    assert_int_equal(sums.minutes, 3 * 60);
    assert_int_equal(sums.posted, price_of(3 * 60));
}

static void two_tariffs_of_one_hour_give_back_their_own_price(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    start(at(30, 0), "standartny");
    pass(2);
    assert_int_equal(sums.minutes, 120);
    stop_told(at(20, 0), at(125, 0)); // until the next start
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 110);
    stop_told(at(40, 0), at(126, 0));
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 30);
    assert_int_equal(sums.posted, (29000 * 20 + 145000 * 10) / 43200);
}

static void a_start_told_late_under_another_tariff_is_billed_anew(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    pass(3);
    assert_int_equal(sums.posted, price_of(180));
    harness_time(&h, at(190, 0));
    assert_int_equal(harness_started(&h, at(60, 0), resource, replica, account, "standartny"),
                     FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_usage_overbilled), 1);
    assert_true(h.events[0].type == EVENT_usage_overbilled); // then the start makes them late
    settle();
    assert_int_equal(sums.credits, 2); // the hours from 11 on
    assert_int_equal(sums.minutes, 180);
    assert_int_equal(sums.posted, (29000 * 60 + 145000 * 120) / 43200);
    harness_started(&h, at(60, 0), resource, replica, account, "ultra"); // defined later: is less
    EXPECT_NOTHING();
    assert_true(harness_wake(&h) == INT64_MAX);
}

static void a_tick_told_late_under_another_tariff_is_billed_anew(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    pass(1);
    harness_time(&h, at(70, 0));
    assert_int_equal(tick(at(5, 0), "standartny"), FAIL_NONE);
    assert_int_equal(tick(at(6, 0), "nachalny"), FAIL_NONE); // is billed so
    settle();
    assert_int_equal(sums.credits, 1);
    assert_int_equal(sums.minutes, 60);
    assert_int_equal(sums.posted, (29000 * 59 + 145000) / 43200);
    stop_told(at(4, 0), at(130, 0)); // the two were told by ticks, before it or after it
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 6);
    assert_int_equal(sums.posted, (29000 * 5 + 145000) / 43200);
}

static void of_several_deletions_the_earliest_holds(void **state)
{
    (void)state;
    start(at(0, 0), "nachalny");
    pass(1);
    harness_time(&h, at(100, 0));
    assert_int_equal(harness_deleted(&h, at(90, 0), resource), FAIL_NONE);
    assert_int_equal(sums.minutes, 90);
    assert_int_equal(harness_deleted(&h, at(95, 0), resource), FAIL_NONE);
    EXPECT_NOTHING();
    assert_int_equal(harness_deleted(&h, at(30, 0), resource), FAIL_NONE);
    assert_int_equal(harness_count(&h, EVENT_meter_closed), 1);
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 30);
    assert_int_equal(sums.posted, price_of(30));
    assert_int_equal(tick(at(40, 0), "nachalny"), FAIL_DELETED);
    assert_true(harness_wake(&h) == INT64_MAX);
}

// Its replica went to rest before the hours that the first deletion billed were closed.
static void an_earlier_deletion_reaches_what_the_first_one_billed_ahead(void **state)
{
    (void)state;
    uid_t16 others = harness_id('r', 2);
    start(at(0, 0), "nachalny");
    pass(1);
    reach(at(200, 0));
    harness_started(&h, at(100, 0), others, second, other,
                    "nachalny"); // its hours are to be closed
    assert_int_equal(harness_deleted(&h, at(170, 0), resource), FAIL_NONE);
    assert_int_equal(sums.minutes, 170);
    pass(2);
    assert_int_equal(sums.minutes, 170 + 20);
    assert_int_equal(harness_deleted(&h, at(150, 0), resource), FAIL_NONE);
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 150 + 20);
}

// What lay in wait: a late start whose minutes were not posted yet, and a stop that takes all that
// was billed of its hour. The tick asked for itself without end, and the minutes were never billed.
static void what_is_late_is_posted_though_all_else_of_its_hour_is_taken_back(void **state)
{
    (void)state;
    start(at(40, 0), "nachalny");
    pass(1);
    harness_time(&h, at(70, 0));
    assert_int_equal(harness_started(&h, at(20, 0), resource, replica, account, "nachalny"),
                     FAIL_NONE);
    assert_int_equal(harness_stopped(&h, at(40, 0), resource, replica), FAIL_NONE);
    assert_int_equal(harness_stopped(&h, at(39, 0), resource, replica), FAIL_NONE);
    assert_int_equal(harness_deleted(&h, at(38, 0), resource), FAIL_NONE);
    harness_time(&h, h.now);
    assert_int_equal(sums.minutes, 18);
    assert_int_equal(sums.posted, price_of(18));
    assert_true(harness_wake(&h) == INT64_MAX);
}

// No other replica ran, so nothing else asked for the second hour.
static void a_run_whose_end_is_told_first_is_billed_to_its_end(void **state)
{
    (void)state;
    assert_int_equal(stop(at(65, 0)), FAIL_NONE);
    assert_int_equal(start(at(50, 0), "nachalny"), FAIL_NONE);
    pass(2);
    assert_int_equal(sums.minutes, 15);
    assert_int_equal(sums.posted, price_of(15));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup_sums, teardown)
        CASE(a_stop_told_late_gives_back_what_was_billed_after_it),
        CASE(a_credit_names_its_line_and_what_it_charged),
        CASE(a_start_told_after_the_credit_is_charged_again),
        CASE(minutes_of_ticks_stay_whatever_a_stop_says),
        CASE(a_tick_that_billed_nothing_new_is_evidence_too),
        CASE(an_hour_billed_whole_may_come_to_be_ticked_whole),
        CASE(a_deletion_takes_back_all_however_much_it_is),
        CASE(a_deletion_told_late_gives_back_ticks_too),
        CASE(a_deletion_told_late_reaches_replicas_that_went_idle),
        CASE(a_stop_after_the_deletion_gives_back_from_the_deletions_line),
        CASE(what_is_older_than_late_is_told_and_not_given_back),
        CASE(two_tariffs_of_one_hour_give_back_their_own_price),
        CASE(a_start_told_late_under_another_tariff_is_billed_anew),
        CASE(a_tick_told_late_under_another_tariff_is_billed_anew),
        CASE(of_several_deletions_the_earliest_holds),
        CASE(an_earlier_deletion_reaches_what_the_first_one_billed_ahead),
        CASE(what_is_late_is_posted_though_all_else_of_its_hour_is_taken_back),
        CASE(a_run_whose_end_is_told_first_is_billed_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
