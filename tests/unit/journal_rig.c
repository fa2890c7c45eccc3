#include "tests/unit/journal_rig.h"
#include "store/record.h"
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

enum { RECORDS_MAX = JOURNAL_APPEND_MAX };

size_t rig_event(uint64_t sequence, uint8_t out[RIG_EVENT_MAX])
{
    uint64_t mixed = sequence * UINT64_C(0x9e3779b97f4a7c15);
    size_t size = 9 + (mixed >> 40) % (RIG_EVENT_MAX - 8);
    memset(out, (int)(mixed >> 56), size);
    memcpy(out, &sequence, sizeof sequence);
    out[size - 1] = (uint8_t)(mixed >> 32);
    return size;
}

static journal_record_t build(uint8_t *buffer, uint64_t first, uint32_t count)
{
    record_builder_t builder;
    uint8_t event[RIG_EVENT_MAX];
    record_builder_begin(&builder, buffer, JOURNAL_RECORD_MAX, first, UINT64_C(1) << 62);
    for (uint32_t i = 0; i < count; i++)
        assert_true(record_builder_add(&builder, event, rig_event(first + i, event)));
    return record_builder_end(&builder);
}

journal_record_t rig_record(uint64_t first, uint32_t count)
{
    uint8_t *buffer = malloc(JOURNAL_RECORD_MAX);
    assert_non_null(buffer);
    return build(buffer, first, count);
}

void rig_record_free(journal_record_t *record)
{
    free((void *)(uintptr_t)record->bytes.data);
    *record = (journal_record_t){0};
}

fail_t rig_append(journal_t *journal, uint64_t term, uint32_t count, uint32_t per_record)
{
    static journal_record_t records[RECORDS_MAX];
    uint64_t expected = journal_last(journal), last = expected;
    uint64_t segment = journal_segment_events(journal);
    size_t records_count = 0;
    while (last < expected + count) {
        uint64_t take = expected + count - last, left = segment - last % segment;
        take = take < per_record ? take : per_record;
        take = take < left ? take : left;
        assert_true(records_count < RECORDS_MAX);
        records[records_count++] = rig_record(last + 1, (uint32_t)take);
        last += take;
    }
    fail_t fail =
        journal_append(journal, expected, term, records, records_count, &last, sizeof last);
    for (size_t i = 0; i < records_count; i++)
        rig_record_free(&records[i]);
    return fail;
}

typedef struct {
    uint64_t from, next; // asked for; expected to come
} progress_t;

static fail_t compare(const journal_record_t *record, void *arg)
{
    progress_t *progress = arg;
    uint8_t event[RIG_EVENT_MAX];
    if (progress->next == 0) // the first record may begin before what was asked for
        progress->next = record->first;
    assert_int_equal(record->first, progress->next);
    for (record_walk_t walk = record_walk(record); record_walk_next(&walk); progress->next++) {
        assert_int_equal(walk.sequence, progress->next);
        assert_int_equal(walk.event.size, rig_event(walk.sequence, event));
        assert_memory_equal(walk.event.data, event, walk.event.size);
    }
    assert_true(progress->next > progress->from);
    return FAIL_NONE;
}

void rig_check(journal_reader_t *reader, uint64_t from, uint64_t to, size_t bytes_max)
{
    while (from <= to) {
        progress_t progress = {.from = from};
        assert_int_equal(journal_read(reader, from, bytes_max, compare, &progress), FAIL_NONE);
        from = progress.next;
    }
}

void rig_check_all(journal_t *journal, uint64_t last)
{
    journal_reader_t *reader = NULL;
    uint64_t head = 0, head_last = 0, reader_last = 0;
    size_t size = 0;
    assert_int_equal(journal_last(journal), last);
    assert_int_equal(journal_head(journal, &head, sizeof head, &size, &head_last), FAIL_NONE);
    assert_int_equal(size, last ? sizeof head : 0);
    assert_int_equal(head, last);
    assert_int_equal(head_last, last);
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    assert_int_equal(journal_reader_last(reader, &reader_last), FAIL_NONE);
    assert_int_equal(reader_last, last);
    head = head_last = 0;
    assert_int_equal(journal_reader_head(reader, &head, 1, &size, &head_last),
                     last ? FAIL_FULL : FAIL_NONE);
    assert_int_equal(journal_reader_head(reader, &head, sizeof head, &size, &head_last), FAIL_NONE);
    assert_int_equal(size, last ? sizeof head : 0);
    assert_int_equal(head, last);
    assert_int_equal(head_last, last);
    rig_check(reader, 1, last, 100000);
    journal_reader_destroy(&reader);
}

void rig_directory(char out[RIG_PATH_MAX])
{
    const char *parent = getenv("TMPDIR");
    snprintf(out, RIG_PATH_MAX, "%s/kopeck_test_XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(out));
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
    (void)stat, (void)kind, (void)ftw;
    return remove(path);
}

void rig_remove(const char *path)
{
    assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

char rig_home[RIG_PATH_MAX];

int rig_enter(void **state)
{
    (void)state;
    rig_directory(rig_home);
    return 0;
}

int rig_leave(void **state)
{
    (void)state;
    rig_remove(rig_home);
    return 0;
}
