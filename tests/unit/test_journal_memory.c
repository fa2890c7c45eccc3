// What only the model disk does: appends that fail on command, crashes in the middle of a flush,
// and bits that turn.
#include "store/memory/journal_memory.h"
#include "tests/unit/journal_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static journal_memory_t *disk;
static journal_t *journal; // of the process that runs
static uint64_t term;

static void open_disk(void)
{
    assert_int_equal(journal_open_memory(disk, &journal), FAIL_NONE);
    assert_int_equal(journal_lead(journal, &term), FAIL_NONE);
}

static void reopen(void)
{
    journal_destroy(&journal);
    open_disk();
}

static int begin(void **state)
{
    (void)state;
    assert_int_equal(journal_memory_new(1024, &disk), FAIL_NONE);
    open_disk();
    return 0;
}

static int end(void **state)
{
    (void)state;
    journal_destroy(&journal);
    journal_memory_destroy(&disk);
    return 0;
}

static fail_t visit_nothing(const journal_record_t *record, void *arg)
{
    (void)record, (void)arg;
    return FAIL_NONE;
}

// Orders the second of two appends to fail; returns how many events a new process finds.
static uint64_t events_after_failure(bool durable)
{
    journal_memory_fail(disk, 2, FAIL_STORE, durable);
    assert_int_equal(rig_append(journal, term, 10, 5), FAIL_NONE);
    assert_int_equal(rig_append(journal, term, 10, 5), FAIL_STORE);
    assert_int_equal(rig_append(journal, term, 10, 5), FAIL_STORE); // it is broken
    reopen();
    uint64_t last = journal_last(journal);
    rig_check_all(journal, last);
    return last;
}

static void a_failed_append_is_lost(void **state)
{
    (void)state;
    assert_int_equal(events_after_failure(false), 10);
}

static void a_flush_that_failed_late_has_kept_its_bytes(void **state)
{
    (void)state;
    assert_int_equal(events_after_failure(true), 20);
}

static void a_crash_takes_or_keeps_what_was_not_settled(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        uint64_t before = journal_last(journal);
        journal_memory_settle_by_hand(disk, true);
        assert_int_equal(rig_append(journal, term, 10, 5), FAIL_NONE);
        journal_memory_settle(disk);
        assert_int_equal(rig_append(journal, term, 10, 5), FAIL_NONE);
        journal_memory_crash(disk, keep);
        assert_int_equal(rig_append(journal, term, 10, 5), FAIL_STORE);
        journal_memory_settle_by_hand(disk, false);
        reopen();
        assert_int_equal(journal_last(journal), before + (keep ? 20 : 10));
        rig_check_all(journal, journal_last(journal));
    }
}

static void appends_take_the_time_that_was_ordered(void **state)
{
    (void)state;
    uint64_t before = journal_memory_took_us(disk);
    journal_memory_delay(disk, 700);
    assert_int_equal(rig_append(journal, term, 10, 5), FAIL_NONE);
    assert_int_equal(rig_append(journal, term, 10, 5), FAIL_NONE);
    assert_int_equal(journal_memory_took_us(disk), before + 1400);
}

static void a_bit_turns_where_there_is_a_record(void **state)
{
    (void)state;
    assert_int_equal(rig_append(journal, term, 10, 5), FAIL_NONE);
    assert_false(journal_memory_flip(disk, 11, 0));
    assert_true(journal_memory_flip(disk, 7, 9));
    assert_true(journal_memory_flip(disk, 7, 9)); // and back
    rig_check_all(journal, 10);
}

static void a_failed_append_ends_the_journal_and_leaves_what_the_disk_has(void **state)
{
    (void)state;
    static const bool durable[] = {false, true};
    uint64_t last = 0;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
        last += 5;
        journal_memory_fail(disk, 2, FAIL_STORE, durable[i]);
        assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
        last += 5;
        assert_int_equal(rig_append(journal, term, 5, 5), FAIL_STORE);
        last += durable[i] ? 5 : 0;
        uint64_t ignored;
        size_t size;
        journal_room_t room;
        journal_reader_t *reader = NULL;
        assert_int_equal(rig_append(journal, term, 5, 5), FAIL_STORE);
        assert_int_equal(journal_lead(journal, &ignored), FAIL_STORE);
        assert_int_equal(journal_head(journal, NULL, 0, &size, &ignored), FAIL_STORE);
        assert_int_equal(journal_room(journal, &room), FAIL_STORE);
        assert_int_equal(journal_reader_open(journal, &reader), FAIL_STORE);
        reopen();
        rig_check_all(journal, last);
    }
}

static void a_full_disk_changes_nothing_and_ends_nothing(void **state)
{
    (void)state;
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    journal_memory_fail(disk, 1, FAIL_FULL, false);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_FULL);
    rig_check_all(journal, 5);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    rig_check_all(journal, 10);
}

static void a_crash_loses_what_was_not_settled_and_kills_its_journals(void **state)
{
    (void)state;
    journal_memory_delay(disk, 300);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    journal_memory_settle_by_hand(disk, true);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    journal_memory_settle(disk);
    assert_int_equal(rig_append(journal, term, 5, 2), FAIL_NONE);
    assert_int_equal(journal_memory_took_us(disk), 900);
    journal_memory_crash(disk, false);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_STORE);
    reopen();
    rig_check_all(journal, 10);
    assert_int_equal(rig_append(journal, term, 7, 2), FAIL_NONE);
    journal_memory_crash(disk, true);
    reopen();
    rig_check_all(journal, 17);
}

static void a_restarted_journal_fences_the_one_that_still_runs(void **state)
{
    (void)state;
    journal_t *old = journal;
    uint64_t old_term = term;
    assert_int_equal(rig_append(old, old_term, 5, 5), FAIL_NONE);
    open_disk();
    assert_int_equal(rig_append(old, old_term, 5, 5), FAIL_FENCED);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    assert_int_equal(rig_append(old, old_term, 5, 5), FAIL_FENCED);
    rig_check_all(journal, 10);
    journal_destroy(&old);
}

static void a_flipped_bit_of_a_records_head_or_table_is_noticed(void **state)
{
    (void)state;
    assert_int_equal(rig_append(journal, term, 10, 5), FAIL_NONE);
    assert_false(journal_memory_flip(disk, 11, 0));
    for (uint64_t bit = 0; bit < 128; bit++) {
        journal_reader_t *reader = NULL;
        assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
        assert_true(journal_memory_flip(disk, 7, bit));
        assert_int_equal(journal_read(reader, 7, 1, visit_nothing, NULL), FAIL_CORRUPT);
        rig_check(reader, 1, 5, 1);
        assert_true(journal_memory_flip(disk, 7, bit));
        rig_check(reader, 1, 10, 1);
        journal_reader_destroy(&reader);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failed_append_is_lost),
        TEST(a_flush_that_failed_late_has_kept_its_bytes),
        TEST(a_crash_takes_or_keeps_what_was_not_settled),
        TEST(appends_take_the_time_that_was_ordered),
        TEST(a_bit_turns_where_there_is_a_record),
        TEST(a_failed_append_ends_the_journal_and_leaves_what_the_disk_has),
        TEST(a_full_disk_changes_nothing_and_ends_nothing),
        TEST(a_crash_loses_what_was_not_settled_and_kills_its_journals),
        TEST(a_restarted_journal_fences_the_one_that_still_runs),
        TEST(a_flipped_bit_of_a_records_head_or_table_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
