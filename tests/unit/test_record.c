#include "store/record.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { SEGMENT = 1 << 24 };

static uint8_t buffer[JOURNAL_RECORD_MAX], event[JOURNAL_EVENT_MAX];

static journal_record_t record_of_three(void)
{
    record_builder_t builder;
    record_builder_begin(&builder, buffer, RECORD_TARGET, 7, SEGMENT);
    assert_true(record_builder_add(&builder, "a", 1));
    assert_true(record_builder_add(&builder, "bcd", 3));
    assert_true(record_builder_add(&builder, "ef", 2));
    return record_builder_end(&builder);
}

static void a_record_has_the_bytes_that_its_header_promises(void **state)
{
    (void)state;
    static const uint8_t GOLDEN[] = {7,   0,   0,   0,   0,   0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 'a',
                                     'b', 'c', 'd', 'e', 'f', 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0};
    journal_record_t record = record_of_three(), checked;
    assert_int_equal(record.bytes.size, sizeof GOLDEN);
    assert_memory_equal(record.bytes.data, GOLDEN, sizeof GOLDEN);
    assert_int_equal(record_check(GOLDEN, sizeof GOLDEN, &checked), FAIL_NONE);
    assert_int_equal(checked.first, 7);
    assert_int_equal(checked.count, 3);
}

static void events_are_read_by_index_and_by_walking(void **state)
{
    (void)state;
    static const char *const EVENTS[] = {"a", "bcd", "ef"};
    journal_record_t record = record_of_three();
    uint32_t i = 0;
    for (record_walk_t walk = record_walk(&record); record_walk_next(&walk); i++) {
        bytes_t found = record_event(&record, i);
        assert_int_equal(walk.sequence, 7 + i);
        assert_int_equal(walk.event.size, strlen(EVENTS[i]));
        assert_memory_equal(walk.event.data, EVENTS[i], walk.event.size);
        assert_ptr_equal(found.data, walk.event.data);
        assert_int_equal(found.size, walk.event.size);
    }
    assert_int_equal(i, 3);
}

// What who reads a journal in pieces does, whose records may begin before what he wants.
static void a_walk_may_begin_at_any_event_of_the_record_and_at_no_other(void **state)
{
    (void)state;
    journal_record_t record = record_of_three();
    for (uint64_t from = 7; from <= 9; from++) {
        record_walk_t whole = record_walk(&record), part = {0};
        assert_true(record_walk_from(&record, from, &part));
        assert_int_equal(part.left, 10 - from);
        while (record_walk_next(&whole))
            if (whole.sequence >= from) {
                assert_true(record_walk_next(&part));
                assert_int_equal(part.sequence, whole.sequence);
                assert_ptr_equal(part.event.data, whole.event.data);
                assert_int_equal(part.event.size, whole.event.size);
            }
        assert_false(record_walk_next(&part));
    }
    static const uint64_t NOT_IN_IT[] = {0, 1, 6, 10, 11, UINT64_MAX};
    for (size_t i = 0; i < sizeof NOT_IN_IT / sizeof *NOT_IN_IT; i++) {
        record_walk_t walk = {.left = 99};
        assert_false(record_walk_from(&record, NOT_IN_IT[i], &walk));
        assert_int_equal(walk.left, 99);
    }
}

static void a_record_fills_its_buffer_to_the_last_byte_and_no_further(void **state)
{
    (void)state;
    static const size_t SIZES[] = {RECORD_BUFFER_MIN, RECORD_TARGET, JOURNAL_RECORD_MAX};
    for (size_t s = 0; s < sizeof SIZES / sizeof *SIZES; s++) {
        for (size_t event_size = 1; event_size < 5000; event_size = event_size * 3 + 1) {
            record_builder_t builder;
            journal_record_t checked;
            size_t room;
            memset(buffer, 0xee, sizeof buffer);
            record_builder_begin(&builder, buffer, SIZES[s], 1, SEGMENT);
            while (record_builder_add(&builder, event, event_size))
                ;
            (void)record_builder_room(&builder, &room);
            assert_true(room < event_size);
            if (room)
                assert_true(record_builder_add(&builder, event, room));
            journal_record_t record = record_builder_end(&builder);
            assert_true(record.bytes.size <= SIZES[s]);
            assert_true(record.bytes.size + RECORD_ENTRY_SIZE >=
                        SIZES[s]); // not even one byte more
            for (size_t i = SIZES[s]; i < sizeof buffer; i++)
                assert_int_equal(buffer[i], 0xee);
            assert_int_equal(record_check(buffer, record.bytes.size, &checked), FAIL_NONE);
            for (uint32_t i = 0; i + 1 < record.count; i++)
                assert_int_equal(record_event(&record, i).size, event_size);
        }
    }
}

static void an_event_is_encoded_in_place(void **state)
{
    (void)state;
    record_builder_t builder;
    size_t room;
    record_builder_begin(&builder, buffer, RECORD_BUFFER_MIN, 1, SEGMENT);
    uint8_t *begin = record_builder_room(&builder, &room);
    assert_int_equal(room, JOURNAL_EVENT_MAX);
    memcpy(begin, "in place", 8);
    record_builder_commit(&builder, 8);
    assert_ptr_equal(record_builder_room(&builder, &room), begin + 8);
    assert_int_equal(room, JOURNAL_EVENT_MAX - 8 - RECORD_ENTRY_SIZE);
    journal_record_t record = record_builder_end(&builder);
    assert_memory_equal(record_event(&record, 0).data, "in place", 8);
}

static void an_event_that_is_empty_or_too_large_is_not_added(void **state)
{
    (void)state;
    static uint8_t large[JOURNAL_EVENT_MAX + 1];
    record_builder_t builder;
    record_builder_begin(&builder, buffer, JOURNAL_RECORD_MAX, 1, SEGMENT);
    assert_false(record_builder_add(&builder, large, 0));
    assert_false(record_builder_add(&builder, large, sizeof large));
    assert_true(record_builder_add(&builder, large, JOURNAL_EVENT_MAX));
    assert_int_equal(record_builder_end(&builder).count, 1);
}

static void a_record_stops_at_its_segments_border(void **state)
{
    (void)state;
    static const struct {
        uint64_t first, segment_events;
        uint32_t count;
    } CASES[] = {{1, 4, 4}, {2, 4, 3}, {4, 4, 1}, {5, 4, 4}, {1, 1, 1}, {9, 1, 1}, {1023, 1024, 2}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        record_builder_t builder;
        size_t room;
        record_builder_begin(&builder, buffer, RECORD_TARGET, CASES[i].first,
                             CASES[i].segment_events);
        for (uint32_t n = 0; n < CASES[i].count; n++)
            assert_true(record_builder_add(&builder, "x", 1));
        assert_false(record_builder_add(&builder, "x", 1));
        (void)record_builder_room(&builder, &room);
        assert_int_equal(room, 0);
    }
}

// Each row changes one u32 of the record of three events, whose table begins at byte 22.
static void foreign_bytes_that_are_no_record_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t at;
        uint32_t value;
    } CASES[] = {
        {"sequence 0", 0, 0},
        {"no events", 8, 0},
        {"fewer events than the table has", 8, 2},
        {"more events than bytes", 8, 4},
        {"count that overflows the table's size", 8, UINT32_C(1) << 30},
        {"largest count", 8, UINT32_MAX},
        {"version 0", 12, 0},
        {"version 2", 12, 2},
        {"events that do not begin at 0", 22, 1},
        {"an empty first event", 26, 0},
        {"an offset beyond the next", 26, 5},
        {"an empty second event", 26, 4},
        {"an empty last event", 30, 6},
        {"an offset into the table", 30, 7},
        {"the largest offset", 30, UINT32_MAX},
        {"a negative middle offset", 26, UINT32_MAX},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        journal_record_t record = record_of_three(), checked = {.first = 99};
        memcpy(buffer + CASES[i].at, &CASES[i].value, sizeof CASES[i].value);
        if (record_check(buffer, record.bytes.size, &checked) != FAIL_CORRUPT)
            fail_msg("accepted: %s", CASES[i].what);
        assert_int_equal(checked.first, 99); // untouched on failure
    }
    journal_record_t record = record_of_three(), checked;
    for (size_t size = 0; size < record.bytes.size; size++)
        assert_int_equal(record_check(buffer, size, &checked), FAIL_CORRUPT);
    assert_int_equal(record_check(buffer, JOURNAL_RECORD_MAX + 1, &checked), FAIL_CORRUPT);

    memset(buffer, 0xff, sizeof(uint64_t)); // the sequences of its events leave 64 bits
    assert_int_equal(record_check(buffer, record.bytes.size, &checked), FAIL_CORRUPT);
}

static void an_event_over_the_limit_in_foreign_bytes_is_refused(void **state)
{
    (void)state;
    journal_record_t checked;
    for (size_t extra = 0; extra < 2; extra++) {
        memset(buffer, 0, sizeof buffer);
        buffer[0] = buffer[8] = buffer[12] = 1;
        size_t size = RECORD_HEAD_SIZE + JOURNAL_EVENT_MAX + extra + RECORD_ENTRY_SIZE;
        assert_int_equal(record_check(buffer, size, &checked), extra ? FAIL_CORRUPT : FAIL_NONE);
    }
}

static void a_page_is_read_as_it_was_filled_and_a_damaged_one_to_the_damage(void **state)
{
    (void)state;
    static uint8_t page[1024];
    journal_record_t records[3], read;
    size_t size = 0, ends[3];
    for (uint32_t i = 0; i < 3; i++) {
        record_builder_t builder;
        uint8_t *bytes = buffer + i * RECORD_BUFFER_MIN;
        record_builder_begin(&builder, bytes, RECORD_BUFFER_MIN, 1 + i, 1024);
        assert_true(record_builder_add(&builder, "event", i + 1));
        records[i] = record_builder_end(&builder);
        size_t needed = size + 4 + records[i].bytes.size;
        assert_int_equal(record_page_add(page, size, needed - 1, &records[i]), 0);
        assert_int_equal(record_page_add(page, size, needed, &records[i]), needed);
        ends[i] = size = needed;
    }
    for (uint32_t cut = 0; cut <= size; cut++) {
        bytes_t left = {page, cut};
        uint32_t whole = 0;
        for (; record_page_next(&left, &read); whole++) {
            assert_int_equal(read.first, records[whole].first);
            assert_int_equal(read.bytes.size, records[whole].bytes.size);
            assert_memory_equal(read.bytes.data, records[whole].bytes.data, read.bytes.size);
        }
        assert_int_equal(whole, (cut >= ends[0]) + (cut >= ends[1]) + (cut >= ends[2]));
        assert_int_equal(left.size, cut - (whole ? ends[whole - 1] : 0));
    }
    page[ends[0] + 4] ^= 0xff; // the second one begins with event 0xfd
    page[ends[0] + 12] = 0;    // and has none
    bytes_t left = {page, (uint32_t)size};
    assert_true(record_page_next(&left, &read));
    assert_false(record_page_next(&left, &read));
    assert_ptr_equal(left.data, page + ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_has_the_bytes_that_its_header_promises),
        cmocka_unit_test(events_are_read_by_index_and_by_walking),
        cmocka_unit_test(a_walk_may_begin_at_any_event_of_the_record_and_at_no_other),
        cmocka_unit_test(a_record_fills_its_buffer_to_the_last_byte_and_no_further),
        cmocka_unit_test(an_event_is_encoded_in_place),
        cmocka_unit_test(an_event_that_is_empty_or_too_large_is_not_added),
        cmocka_unit_test(a_record_stops_at_its_segments_border),
        cmocka_unit_test(foreign_bytes_that_are_no_record_are_refused),
        cmocka_unit_test(an_event_over_the_limit_in_foreign_bytes_is_refused),
        cmocka_unit_test(a_page_is_read_as_it_was_filled_and_a_damaged_one_to_the_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
