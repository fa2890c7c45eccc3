// Which minutes are fresh: by points, by the versions that price them, until they are billed, and
// before a deletion.
#include "services/metering/metering_fresh.h"
#include "services/metering/metering_masks.h"
#include "tests/unit/metering_fold.h"

static fresh_t fresh_before(instant_t before)
{
    fresh_t fresh;
    fresh_of_hour(fold, rows_replica(fold, REPLICA), HOUR_TEN, before, &fresh);
    return fresh;
}

static void say_ticks(uint16_t version, uint64_t mask)
{
    uint8_t bytes[MASKS_ENTRY_BYTES_MAX];
    masks_entry_t entry = {REPLICA, HOUR_TEN, mask, version};
    event_t event = {.type = EVENT_usage_accepted};
    event.usage_accepted.count = 1;
    event.usage_accepted.masks =
        (bytes_t){bytes, (uint32_t)masks_encode(&entry, 1, bytes, sizeof bytes)};
    say(event);
}

static void minutes_between_two_points_are_fresh_in_either_order(void **state)
{
    (void)state;
    say_stands(minute(5) + 10 * SECOND_US);
    assert_int_equal(fresh_before(DELETED_NEVER).count, 0);
    say_runs(TEN + 30 * SECOND_US);
    fresh_t fresh = fresh_before(DELETED_NEVER);
    assert_int_equal(fresh.count, 1);
    assert_int_equal(fresh.of[0].version, 1);
    assert_int_equal(fresh.of[0].mask, 0x3e); // 1 to 5
    assert_int_equal(fresh_before(minute(3)).of[0].mask, 0x6);
}

static void each_minute_is_priced_by_the_version_valid_at_it(void **state)
{
    (void)state;
    say_version(2, minute(58));
    say_runs(minute(56));
    fresh_t fresh = fresh_before(DELETED_NEVER);
    assert_int_equal(fresh.count, 2);
    for (unsigned i = 0; i < 2; i++)
        assert_true(fresh.of[i].mask == UINT64_C(3) << (fresh.of[i].version == 1 ? 56 : 58));
    assert_int_equal(fresh_version_running(fold, rows_replica(fold, REPLICA), minute(57)), 1);
    assert_int_equal(fresh_version_running(fold, rows_replica(fold, REPLICA), minute(58)), 2);
    assert_int_equal(fresh_version_running(fold, rows_replica(fold, REPLICA), minute(55)), 0);
}

static void what_is_billed_is_fresh_no_more(void **state)
{
    (void)state;
    const replica_t *replica = rows_replica(fold, REPLICA);
    say_runs(minute(58));
    assert_int_equal(fresh_version_billed(fold, replica, minute(58)), 0);
    say_charged(1, CHARGED_HOUR);
    assert_int_equal(fresh_before(DELETED_NEVER).count, 0);
    assert_int_equal(fresh_version_billed(fold, replica, minute(58)), 1);
    assert_int_equal(fresh_version_ticked(fold, replica, minute(58)), 0);
    say_runs(minute(57)); // one more minute comes to light
    fresh_t fresh = fresh_before(DELETED_NEVER);
    assert_int_equal(fresh.count, 1);
    assert_true(fresh.of[0].mask == UINT64_C(1) << 57);
}

static void a_tick_s_tariff_holds_against_a_point_s_until_it_is_billed(void **state)
{
    (void)state;
    say_version(2, TEN + HOUR_US); // the points' version until then is 1
    say_runs(minute(4));
    say_ticks(2, 0x30); // minutes 4 and 5
    fresh_t fresh = fresh_before(minute(7));
    assert_int_equal(fresh.count, 2);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(fresh.of[i].mask, fresh.of[i].version == 2 ? 0x30 : 0x40);
    say_charged(2, CHARGED_HOUR);
    fresh = fresh_before(minute(7));
    assert_int_equal(fresh.count, 1);
    assert_int_equal(fresh.of[0].version, 1);
    assert_int_equal(fresh.of[0].mask, 0x40);
}

static void a_tick_that_repeats_a_billed_minute_brings_only_what_is_new(void **state)
{
    (void)state;
    say_ticks(1, 0x30);
    say_charged(1, CHARGED_HOUR);
    say_ticks(1, 0x60);
    fresh_t fresh = fresh_before(DELETED_NEVER);
    assert_int_equal(fresh.count, 1);
    assert_int_equal(fresh.of[0].mask, 0x40);
}

static void a_whole_billed_hour_is_known_as_one(void **state)
{
    (void)state;
    event_t before = {.type = EVENT_hour_closed}; // whole hours are kept track of in the window
    before.hour_closed.hour = TEN - HOUR_US;
    say(before);
    say_runs(TEN);
    say_charged(1, CHARGED_HOUR);
    const replica_t *row = rows_replica(fold, REPLICA);
    assert_true(cells_full(&row->cells, HOUR_TEN));
    assert_int_equal(fresh_version_billed(fold, row, minute(30)), 1);
    assert_int_equal(fresh_version_ticked(fold, row, minute(30)), 0);
    say_ticks(1, 1); // told when all was billed
    assert_int_equal(fresh_version_ticked(fold, row, minute(0)), 1);
    assert_int_equal(fresh_version_ticked(fold, row, minute(1)), 0);
    assert_int_equal(fresh_before(DELETED_NEVER).count, 0);
    say_ticks(1, MASK_FULL & ~UINT64_C(1));
    assert_true(cells_full(&row->cells, HOUR_TEN));
    assert_int_equal(fresh_version_ticked(fold, row, minute(59)), 1);
}

static void a_minute_is_accepted_under_the_version_that_was_said_last(void **state)
{
    (void)state;
    say_version(2, TEN + HOUR_US);
    say_ticks(2, 0x30);
    say_ticks(1, 0x20); // the core says so only where it holds
    fresh_t fresh = fresh_before(DELETED_NEVER);
    assert_int_equal(fresh.count, 2);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(fresh.of[i].mask, fresh.of[i].version == 2 ? 0x10 : 0x20);
}

static void nothing_at_or_after_the_deletion_is_fresh(void **state)
{
    (void)state;
    say_runs(TEN);
    event_t closed = {.type = EVENT_meter_closed, .at = minute(20)};
    closed.meter_closed = (event_meter_closed_t){.meter = METER, .at = minute(2)};
    say(closed);
    assert_int_equal(fresh_before(DELETED_NEVER).of[0].mask, 0x3);
    uint32_t hour, cell = rows_replica(fold, REPLICA)->cells.first;
    fresh_t fresh;
    assert_true(fresh_next(fold, rows_replica(fold, REPLICA), &cell, &hour, &fresh));
    assert_int_equal(hour, HOUR_TEN);
    assert_false(fresh_next(fold, rows_replica(fold, REPLICA), &cell, &hour, &fresh));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(minutes_between_two_points_are_fresh_in_either_order),
        TEST(each_minute_is_priced_by_the_version_valid_at_it),
        TEST(what_is_billed_is_fresh_no_more),
        TEST(a_tick_s_tariff_holds_against_a_point_s_until_it_is_billed),
        TEST(a_tick_that_repeats_a_billed_minute_brings_only_what_is_new),
        TEST(a_whole_billed_hour_is_known_as_one),
        TEST(a_minute_is_accepted_under_the_version_that_was_said_last),
        TEST(nothing_at_or_after_the_deletion_is_fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
