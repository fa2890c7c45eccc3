// Writing a segment: it has its name only when it is whole, and what was added is what is read.
#include "store/record.h"
#include "store/segment.h"
#include "tests/unit/journal_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

enum { EVENTS = 1024, NUMBER = 3, FIRST = NUMBER * EVENTS + 1 };

static bool packs;

static segment_writer_t *begin(void)
{
    segment_writer_t *writer = NULL;
    assert_int_equal(segment_writer_open(rig_home, NUMBER, EVENTS, packs, &writer), FAIL_NONE);
    return writer;
}

static void add(segment_writer_t *writer, uint64_t events)
{
    uint8_t event[RIG_EVENT_MAX];
    for (uint64_t i = 0; i < events; i++)
        assert_int_equal(segment_writer_add(writer, event, rig_event(FIRST + i, event)), FAIL_NONE);
}

static void a_whole_segment_holds_every_event_at_its_place(void **state)
{
    (void)state;
    segment_writer_t *writer = begin();
    segment_t *segment = NULL;
    add(writer, EVENTS);
    assert_int_equal(segment_open(rig_home, NUMBER, EVENTS, &segment), FAIL_MISSING);
    assert_int_equal(segment_writer_finish(writer), FAIL_NONE);
    segment_writer_destroy(&writer);
    assert_int_equal(segment_open(rig_home, NUMBER, EVENTS, &segment), FAIL_NONE);
    assert_int_equal(segment_check(segment, NULL), FAIL_NONE);
    for (uint64_t sequence = FIRST; sequence < FIRST + EVENTS; sequence++) {
        journal_record_t record;
        uint8_t event[RIG_EVENT_MAX];
        size_t size = rig_event(sequence, event);
        assert_int_equal(segment_record(segment, segment_find(segment, sequence), &record),
                         FAIL_NONE);
        assert_in_range(sequence, record.first, record.first + record.count - 1);
        bytes_t found = record_event(&record, (uint32_t)(sequence - record.first));
        assert_int_equal(found.size, size);
        assert_memory_equal(found.data, event, size);
    }
    segment_destroy(&segment);
}

static void a_writer_that_ends_early_leaves_no_file(void **state)
{
    (void)state;
    char path[SEGMENT_PATH_MAX], unfinished[2 * RIG_PATH_MAX];
    segment_writer_t *writer = begin();
    (void)snprintf(unfinished, sizeof unfinished, "%s/%012d.tmp", rig_home, NUMBER);
    assert_int_equal(access(unfinished, F_OK), 0);
    add(writer, EVENTS - 1);
    segment_writer_destroy(&writer);
    assert_null(writer);
    assert_int_equal(segment_path(rig_home, NUMBER, path), FAIL_NONE);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_not_equal(access(unfinished, F_OK), 0);
}

static void a_directory_that_is_not_there_is_said_at_once(void **state)
{
    (void)state;
    char missing[2 * RIG_PATH_MAX];
    segment_writer_t *writer = NULL;
    (void)snprintf(missing, sizeof missing, "%s/none", rig_home);
    assert_int_not_equal(segment_writer_open(missing, NUMBER, EVENTS, false, &writer), FAIL_NONE);
    assert_null(writer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_enter, rig_leave)

static uint64_t bytes_of(void)
{
    segment_t *segment = NULL;
    size_t size;
    assert_int_equal(segment_open(rig_home, NUMBER, EVENTS, &segment), FAIL_NONE);
    (void)segment_file(segment, &size);
    segment_destroy(&segment);
    return size;
}

static void a_packed_one_holds_the_same_in_less(void **state)
{
    a_whole_segment_holds_every_event_at_its_place(state);
    uint64_t plain = bytes_of();
    char path[SEGMENT_PATH_MAX];
    assert_int_equal(segment_path(rig_home, NUMBER, path), FAIL_NONE);
    assert_int_equal(unlink(path), 0);
    packs = true;
    a_whole_segment_holds_every_event_at_its_place(state);
    packs = false;
    assert_true(bytes_of() < plain);
}

// Head, index and footer hold, and one bit of a record is another: who reads it is told.
static void a_bit_that_flips_in_a_packed_record_is_noticed_by_who_reads_it(void **state)
{
    (void)state;
    enum { AT = 200 };
    packs = true;
    segment_writer_t *writer = begin();
    segment_t *segment = NULL;
    journal_record_t record;
    char path[SEGMENT_PATH_MAX];
    packs = false;
    add(writer, EVENTS);
    assert_int_equal(segment_writer_finish(writer), FAIL_NONE);
    segment_writer_destroy(&writer);
    assert_int_equal(segment_path(rig_home, NUMBER, path), FAIL_NONE);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, AT, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, AT, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(segment_open(rig_home, NUMBER, EVENTS, &segment), FAIL_NONE);
    assert_int_equal(segment_record(segment, 0, &record), FAIL_CORRUPT);
    assert_int_equal(segment_check(segment, NULL), FAIL_CORRUPT);
    segment_destroy(&segment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_segment_holds_every_event_at_its_place),
        TEST(a_packed_one_holds_the_same_in_less),
        TEST(a_bit_that_flips_in_a_packed_record_is_noticed_by_who_reads_it),
        TEST(a_writer_that_ends_early_leaves_no_file),
        TEST(a_directory_that_is_not_there_is_said_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
