// The contract of a journal: one suite, run on each engine.
#include "store/memory/journal_memory.h"
#include "store/record.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/postgresql_rig.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

enum { SEGMENT_EVENTS = 1024 };

typedef struct engine engine_t;

// What outlives the journal, and where it is.
typedef struct {
    const engine_t *engine;
    char place[2 * RIG_PATH_MAX];
    char directory[RIG_PATH_MAX]; // "" if it has none
    journal_memory_t *disk;       // NULL if it is no model disk
    journal_t *journal;
    uint64_t term;
} fixture_t;

// An engine more is a row more in ENGINES.
struct engine {
    const char *word;
    void (*make)(fixture_t *f);
    void (*remove)(fixture_t *f);
    bool keeps_all;             // no segment leaves its live part
    int (*start)(void **state); // its server
    int (*stop)(void **state);
};

static void make_lmdb(fixture_t *f)
{
    rig_directory(f->directory);
    (void)snprintf(f->place, sizeof f->place, "lmdb:%s", f->directory);
}

static void make_postgresql(fixture_t *f)
{
    rig_directory(f->directory);
    postgresql_rig_place(f->directory, "");
    (void)snprintf(f->place, sizeof f->place, "postgresql:%s", f->directory);
}

static void remove_directory(fixture_t *f)
{
    rig_remove(f->directory);
}

static void make_memory(fixture_t *f)
{
    assert_int_equal(journal_memory_new(SEGMENT_EVENTS, &f->disk), FAIL_NONE);
    assert_int_equal(journal_memory_name(f->disk, "contract"), FAIL_NONE);
    (void)snprintf(f->place, sizeof f->place, "memory:contract");
}

static void remove_memory(fixture_t *f)
{
    journal_memory_destroy(&f->disk);
}

static const engine_t ENGINES[] = {{"memory", make_memory, remove_memory, false, NULL, NULL},
                                   {"lmdb", make_lmdb, remove_directory, false, NULL, NULL},
                                   {"postgresql", make_postgresql, remove_directory, true,
                                    postgresql_rig_start, postgresql_rig_stop}};
static const engine_t *engine; // that the group's tests run on

static void open_journal(fixture_t *f)
{
    const journal_options_t options = {.segment_events = SEGMENT_EVENTS, .create = true};
    assert_int_equal(journal_open(f->place, &options, &f->journal), FAIL_NONE);
    uint64_t term = f->term;
    assert_int_equal(journal_lead(f->journal, &f->term), FAIL_NONE);
    assert_int_equal(f->term, term + 1);
}

static void reopen(fixture_t *f)
{
    journal_destroy(&f->journal);
    assert_null(f->journal);
    open_journal(f);
}

static int setup(void **state)
{
    fixture_t *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->engine = engine;
    engine->make(f);
    open_journal(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *f = *state;
    journal_destroy(&f->journal);
    f->engine->remove(f);
    free(f);
    return 0;
}

static journal_reader_t *open_reader(fixture_t *f)
{
    journal_reader_t *reader = NULL;
    assert_int_equal(journal_reader_open(f->journal, &reader), FAIL_NONE);
    return reader;
}

static fail_t append_one(fixture_t *f, uint64_t expected, uint64_t term,
                         const journal_record_t *record)
{
    return journal_append(f->journal, expected, term, record, record ? 1 : 0, "head", 4);
}

static fail_t visit_nothing(const journal_record_t *record, void *arg)
{
    (void)record, (void)arg;
    return FAIL_NONE;
}

static void a_new_journal_is_empty(void **state)
{
    fixture_t *f = *state;
    uint8_t byte;
    size_t size;
    rig_check_all(f->journal, 0);
    assert_int_equal(journal_segment_events(f->journal), SEGMENT_EVENTS);
    journal_reader_t *reader = open_reader(f);
    assert_int_equal(journal_read(reader, 0, 1, visit_nothing, NULL), FAIL_MISSING);
    assert_int_equal(journal_read(reader, 1, 1, visit_nothing, NULL), FAIL_MISSING);
    assert_int_equal(journal_find(reader, 1, &byte, 1, &size), FAIL_MISSING);
    journal_reader_destroy(&reader);
}

static void what_was_appended_is_read_back_gapless(void **state)
{
    fixture_t *f = *state;
    uint64_t last = 0;
    for (uint32_t i = 1; i <= 60; i++) {
        assert_int_equal(rig_append(f->journal, f->term, i, 7), FAIL_NONE);
        last += i;
        assert_int_equal(journal_last(f->journal), last);
    }
    rig_check_all(f->journal, last);
    reopen(f);
    rig_check_all(f->journal, last);
    assert_int_equal(rig_append(f->journal, f->term, 500, 100), FAIL_NONE);
    rig_check_all(f->journal, last + 500);
}

static void an_append_that_expects_another_last_changes_nothing(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(rig_append(f->journal, f->term, 10, 10), FAIL_NONE);
    static const uint64_t EXPECTED[] = {0, 1, 9, 11, 1000};
    for (size_t i = 0; i < sizeof EXPECTED / sizeof *EXPECTED; i++) {
        journal_record_t record = rig_record(EXPECTED[i] + 1, 3);
        assert_int_equal(append_one(f, EXPECTED[i], f->term, &record), FAIL_CONFLICT);
        rig_record_free(&record);
    }
    rig_check_all(f->journal, 10);
    assert_int_equal(rig_append(f->journal, f->term, 1, 1), FAIL_NONE);
    rig_check_all(f->journal, 11);
}

static void an_append_with_one_bad_record_changes_nothing(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(rig_append(f->journal, f->term, 10, 10), FAIL_NONE);
    journal_record_t good = rig_record(11, 5), next = rig_record(16, 5), gap = rig_record(17, 5);
    journal_record_t both[] = {good, gap};
    assert_int_equal(journal_append(f->journal, 10, f->term, both, 2, "h", 1), FAIL_INVALID);
    both[1] = good; // twice the same
    assert_int_equal(journal_append(f->journal, 10, f->term, both, 2, "h", 1), FAIL_INVALID);
    both[1] = next;
    both[1].count--; // not what its bytes say
    assert_int_equal(journal_append(f->journal, 10, f->term, both, 2, "h", 1), FAIL_INVALID);
    both[1] = next;
    both[1].bytes.size--;
    assert_int_equal(journal_append(f->journal, 10, f->term, both, 2, "h", 1), FAIL_INVALID);
    rig_check_all(f->journal, 10);
    rig_record_free(&good);
    rig_record_free(&next);
    rig_record_free(&gap);
    assert_int_equal(rig_append(f->journal, f->term, 1, 1), FAIL_NONE);
    rig_check_all(f->journal, 11);
}

static void the_head_is_replaced_together_with_the_records(void **state)
{
    fixture_t *f = *state;
    static uint8_t large[JOURNAL_HEAD_MAX + 1], out[JOURNAL_HEAD_MAX];
    size_t size = 0;
    uint64_t last = 9;
    memset(large, 'L', sizeof large);
    journal_record_t record = rig_record(1, 3);
    assert_int_equal(append_one(f, 0, f->term, &record), FAIL_NONE);
    assert_int_equal(journal_head(f->journal, out, sizeof out, &size, &last), FAIL_NONE);
    assert_int_equal(size, 4);
    assert_memory_equal(out, "head", 4);
    assert_int_equal(last, 3);
    // Without records the head alone moves, to its largest size and to nothing.
    assert_int_equal(journal_append(f->journal, 3, f->term, NULL, 0, large, JOURNAL_HEAD_MAX),
                     FAIL_NONE);
    assert_int_equal(journal_append(f->journal, 3, f->term, NULL, 0, large, sizeof large),
                     FAIL_INVALID);
    reopen(f);
    assert_int_equal(journal_head(f->journal, out, sizeof out, &size, &last), FAIL_NONE);
    assert_int_equal(size, JOURNAL_HEAD_MAX);
    assert_memory_equal(out, large, JOURNAL_HEAD_MAX);
    assert_int_equal(last, 3);
    size = 77;
    assert_int_equal(journal_head(f->journal, out, 3, &size, &last), FAIL_FULL);
    assert_int_equal(size, 77); // untouched on failure
    assert_int_equal(journal_append(f->journal, 3, f->term, NULL, 0, NULL, 0), FAIL_NONE);
    assert_int_equal(journal_head(f->journal, out, sizeof out, &size, &last), FAIL_NONE);
    assert_int_equal(size, 0);
    rig_record_free(&record);
}

static void an_append_under_an_older_term_is_fenced(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(rig_append(f->journal, f->term, 5, 5), FAIL_NONE);
    journal_record_t record = rig_record(6, 1);
    assert_int_equal(append_one(f, 5, 0, &record), FAIL_FENCED);
    assert_int_equal(append_one(f, 5, f->term + 1, &record), FAIL_FENCED);
    uint64_t old = f->term;
    reopen(f);
    assert_int_equal(append_one(f, 5, old, &record), FAIL_FENCED);
    rig_check_all(f->journal, 5);
    assert_int_equal(append_one(f, 5, f->term, &record), FAIL_NONE);
    rig_record_free(&record);
}

static void a_record_may_end_at_a_segments_border_but_not_cross_it(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(rig_append(f->journal, f->term, SEGMENT_EVENTS - 2, 100), FAIL_NONE);
    journal_record_t crossing = rig_record(SEGMENT_EVENTS - 1, 3);
    assert_int_equal(append_one(f, SEGMENT_EVENTS - 2, f->term, &crossing), FAIL_INVALID);
    rig_record_free(&crossing);
    assert_int_equal(rig_append(f->journal, f->term, 2, 2), FAIL_NONE);
    assert_int_equal(rig_append(f->journal, f->term, 2, 2), FAIL_NONE);
    rig_check_all(f->journal, SEGMENT_EVENTS + 2);
}

static void an_append_of_too_many_records_is_refused(void **state)
{
    fixture_t *f = *state;
    static journal_record_t records[JOURNAL_APPEND_MAX + 1];
    for (size_t i = 0; i <= JOURNAL_APPEND_MAX; i++)
        records[i] = rig_record(i + 1, 1);
    assert_int_equal(
        journal_append(f->journal, 0, f->term, records, JOURNAL_APPEND_MAX + 1, "h", 1),
        FAIL_INVALID);
    assert_int_equal(journal_append(f->journal, 0, f->term, records, JOURNAL_APPEND_MAX, "h", 1),
                     FAIL_NONE);
    assert_int_equal(journal_last(f->journal), JOURNAL_APPEND_MAX);
    for (size_t i = 0; i <= JOURNAL_APPEND_MAX; i++)
        rig_record_free(&records[i]);
}

typedef struct {
    uint64_t first;
    uint32_t records, stop_at;
} visited_t;

static fail_t count_records(const journal_record_t *record, void *arg)
{
    visited_t *visited = arg;
    if (visited->records++ == 0)
        visited->first = record->first;
    return visited->records == visited->stop_at ? FAIL_LATER : FAIL_NONE;
}

static void a_read_begins_with_the_record_that_holds_the_sequence(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(rig_append(f->journal, f->term, 100, 10), FAIL_NONE);
    journal_reader_t *reader = open_reader(f);
    for (uint64_t from = 1; from <= 100; from++) {
        visited_t visited = {0};
        assert_int_equal(journal_read(reader, from, 1, count_records, &visited), FAIL_NONE);
        assert_int_equal(visited.first, (from - 1) / 10 * 10 + 1);
        assert_int_equal(visited.records, 1); // one at least, however small the limit
        visited = (visited_t){0};
        assert_int_equal(journal_read(reader, from, SIZE_MAX, count_records, &visited), FAIL_NONE);
        assert_int_equal(visited.records, 10 - (from - 1) / 10);
    }
    visited_t visited = {.stop_at = 3}; // what the visitor says is passed through
    assert_int_equal(journal_read(reader, 1, SIZE_MAX, count_records, &visited), FAIL_LATER);
    assert_int_equal(visited.records, 3);
    assert_int_equal(journal_read(reader, 101, SIZE_MAX, count_records, &visited), FAIL_MISSING);
    assert_int_equal(journal_read(reader, UINT64_MAX, 1, count_records, &visited), FAIL_MISSING);
    journal_reader_destroy(&reader);
}

static void an_event_is_found_by_its_sequence(void **state)
{
    fixture_t *f = *state;
    uint8_t out[RIG_EVENT_MAX], expected[RIG_EVENT_MAX];
    size_t size;
    assert_int_equal(rig_append(f->journal, f->term, 300, 9), FAIL_NONE);
    journal_reader_t *reader = open_reader(f);
    for (uint64_t sequence = 1; sequence <= 300; sequence++) {
        size_t expected_size = rig_event(sequence, expected);
        assert_int_equal(journal_find(reader, sequence, out, sizeof out, &size), FAIL_NONE);
        assert_int_equal(size, expected_size);
        assert_memory_equal(out, expected, size);
        assert_int_equal(journal_find(reader, sequence, out, size - 1, &size), FAIL_FULL);
    }
    assert_int_equal(journal_find(reader, 0, out, sizeof out, &size), FAIL_MISSING);
    assert_int_equal(journal_find(reader, 301, out, sizeof out, &size), FAIL_MISSING);
    journal_reader_destroy(&reader);
}

static void several_readers_share_a_thread_and_see_the_newest_commit(void **state)
{
    fixture_t *f = *state;
    journal_reader_t *readers[3] = {open_reader(f), open_reader(f), open_reader(f)};
    uint64_t last;
    for (uint64_t round = 1; round <= 5; round++) {
        assert_int_equal(rig_append(f->journal, f->term, 20, 6), FAIL_NONE);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(journal_reader_last(readers[i], &last), FAIL_NONE);
            assert_int_equal(last, 20 * round);
            rig_check(readers[i], 1 + i, last, 500);
        }
    }
    for (size_t i = 0; i < 3; i++)
        journal_reader_destroy(&readers[i]);
}

typedef struct {
    journal_reader_t *reader;
    atomic_bool stop;
    uint64_t last;
    fail_t fail;
    bool broken;
    uint64_t next;
} follower_t;

static fail_t follow_record(const journal_record_t *record, void *arg)
{
    follower_t *follower = arg;
    uint8_t event[RIG_EVENT_MAX];
    for (record_walk_t walk = record_walk(record); record_walk_next(&walk);) {
        if (walk.sequence != follower->next++ ||
            walk.event.size != rig_event(walk.sequence, event) ||
            memcmp(walk.event.data, event, walk.event.size) != 0)
            follower->broken = true; // no assertion: this is not cmocka's thread
    }
    return FAIL_NONE;
}

static void *follow(void *arg)
{
    follower_t *follower = arg;
    follower->next = 1;
    while (!follower->fail && !follower->broken) {
        bool last_round = atomic_load(&follower->stop);
        fail_t fail =
            journal_read(follower->reader, follower->next, 20000, follow_record, follower);
        follower->fail = fail == FAIL_MISSING ? FAIL_NONE : fail;
        if (fail == FAIL_MISSING && last_round)
            break;
    }
    return NULL;
}

static void a_reader_in_another_thread_sees_only_whole_prefixes(void **state)
{
    fixture_t *f = *state;
    follower_t follower = {.reader = open_reader(f)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, follow, &follower), 0);
    for (uint32_t i = 0; i < 150; i++)
        assert_int_equal(rig_append(f->journal, f->term, 1 + i % 40, 5), FAIL_NONE);
    atomic_store(&follower.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(follower.fail, FAIL_NONE);
    assert_false(follower.broken);
    assert_int_equal(follower.next, journal_last(f->journal) + 1);
    journal_reader_destroy(&follower.reader);
}

// --- the side store ---

static journal_row_t side_row(uint8_t owner, uint8_t kind, const char *text)
{
    return (journal_row_t){{{owner}}, kind, {(const uint8_t *)text, (uint32_t)strlen(text)}};
}

static fail_t append_rows(fixture_t *f, uint64_t expected, uint64_t term, const journal_row_t *rows,
                          size_t count)
{
    journal_record_t record = rig_record(expected + 1, 1);
    fail_t fail =
        journal_append_rows(f->journal, expected, term, &record, 1, "head", 4, rows, count);
    rig_record_free(&record);
    return fail;
}

static fail_t print_row(const journal_row_t *row, void *arg)
{
    char *out = arg;
    (void)sprintf(out + strlen(out), "%u.%u=%.*s ", row->owner.bytes[0], row->kind,
                  (int)row->bytes.size, (const char *)row->bytes.data);
    return FAIL_NONE;
}

static void assert_rows(fixture_t *f, const char *expected)
{
    char out[256] = "";
    static const uid_t16 first;
    journal_reader_t *reader = open_reader(f);
    assert_int_equal(journal_rows(reader, &first, SIZE_MAX, print_row, out), FAIL_NONE);
    assert_string_equal(out, expected);
    journal_reader_destroy(&reader);
}

static void rows_change_with_the_records_of_their_append(void **state)
{
    fixture_t *f = *state;
    const journal_row_t put[] = {side_row(2, 1, "d"), side_row(1, 0, "a"), side_row(2, 0, "c")};
    const journal_row_t then[] = {side_row(2, 1, "e"), side_row(1, JOURNAL_ROW_ALL, "")};
    assert_rows(f, "");
    assert_int_equal(append_rows(f, 0, f->term, put, 3), FAIL_NONE);
    assert_rows(f, "1.0=a 2.0=c 2.1=d ");
    assert_int_equal(append_rows(f, 7, f->term, then, 2), FAIL_CONFLICT);
    assert_int_equal(append_rows(f, 1, f->term + 1, then, 2), FAIL_FENCED);
    assert_rows(f, "1.0=a 2.0=c 2.1=d ");
    assert_int_equal(append_rows(f, 1, f->term, then, 2), FAIL_NONE);
    assert_rows(f, "2.0=c 2.1=e ");
    reopen(f);
    assert_rows(f, "2.0=c 2.1=e ");
    assert_int_equal(journal_last(f->journal), 2);
}

static void rows_of_no_kind_or_size_are_refused(void **state)
{
    fixture_t *f = *state;
    static uint8_t large[JOURNAL_ROW_MAX + 1];
    journal_row_t bad[] = {side_row(1, JOURNAL_ROW_KINDS, "a"),
                           side_row(1, JOURNAL_ROW_ALL, "a"),
                           {{{1}}, 0, {large, sizeof large}}};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(append_rows(f, 0, f->term, &bad[i], 1), FAIL_INVALID);
    bad[2].bytes.size--;
    assert_int_equal(append_rows(f, 0, f->term, &bad[2], 1), FAIL_NONE);
}

static void an_appended_record_may_be_of_the_largest_size(void **state)
{
    fixture_t *f = *state;
    static uint8_t buffer[JOURNAL_RECORD_MAX], event[JOURNAL_EVENT_MAX], out[JOURNAL_EVENT_MAX];
    record_builder_t builder;
    size_t size;
    memset(event, 'e', sizeof event);
    record_builder_begin(&builder, buffer, sizeof buffer, 1, SEGMENT_EVENTS);
    while (record_builder_add(&builder, event, sizeof event))
        ;
    (void)record_builder_room(&builder, &size);
    assert_true(record_builder_add(&builder, event, size));
    journal_record_t record = record_builder_end(&builder);
    assert_int_equal(record.bytes.size, JOURNAL_RECORD_MAX);
    assert_int_equal(append_one(f, 0, f->term, &record), FAIL_NONE);
    reopen(f);
    journal_reader_t *reader = open_reader(f);
    for (uint64_t sequence = 1; sequence < record.count; sequence++) {
        assert_int_equal(journal_find(reader, sequence, out, sizeof out, &size), FAIL_NONE);
        assert_int_equal(size, sizeof event);
        assert_memory_equal(out, event, size);
    }
    journal_reader_destroy(&reader);
}

// A reader who stands anywhere in a journal of which segments leave finds every event after every
// step, in pieces of any size, and so does one who begins now.
static void a_journal_is_read_the_same_before_amid_and_after_sealing(void **state)
{
    fixture_t *f = *state;
    enum { SEGMENTS = 3, READERS = 4 };
    static const size_t PIECES[READERS] = {1, 3000, 40000, SIZE_MAX};
    const uint64_t whole = SEGMENTS * SEGMENT_EVENTS;
    journal_reader_t *reader = open_reader(f);
    uint64_t next[READERS] = {1, 1, 1, 1}, amid = 0;
    journal_room_t room = {0};
    assert_int_equal(rig_append(f->journal, f->term, whole + 300, 7), FAIL_NONE);
    for (uint64_t step = 0; room.sealed_events < whole || room.leftover; step++) {
        bool sealed;
        assert_int_equal(journal_seal(f->journal, step % 3 == 0, &sealed), FAIL_NONE);
        if (step % 4 == 1)
            assert_int_equal(rig_append(f->journal, f->term, 3, 2), FAIL_NONE);
        assert_int_equal(journal_room(f->journal, &room), FAIL_NONE);
        amid += room.leftover;
        for (size_t i = 0; i < READERS; i++) {
            uint64_t to = next[i] + 50 * i;
            rig_check(reader, next[i], to, PIECES[i]);
            next[i] = to + 1 < whole ? to + 1 : 1;
        }
        if (step % 5 == 0)
            rig_check_all(f->journal, journal_last(f->journal));
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
        assert_true(step < 100000);
    }
    assert_true(amid > 2 * SEGMENTS);
    rig_check_all(f->journal, journal_last(f->journal));
    journal_reader_destroy(&reader);
    reopen(f);
    rig_check_all(f->journal, journal_last(f->journal));
}

// Appends alone clear what they outgrow, so a busy journal's live part does not grow.
static void appends_remove_what_was_sealed_without_an_idle_moment(void **state)
{
    fixture_t *f = *state;
    journal_room_t room = {0};
    for (uint64_t waited = 0; room.sealed_events < SEGMENT_EVENTS; waited++) {
        bool sealed;
        assert_int_equal(rig_append(f->journal, f->term, 10, 5), FAIL_NONE);
        assert_int_equal(journal_seal(f->journal, false, &sealed), FAIL_NONE);
        assert_int_equal(journal_room(f->journal, &room), FAIL_NONE);
        assert_true(waited < 10 * SEGMENT_EVENTS);
    }
    assert_true(room.leftover);
    uint64_t appends = 0;
    for (; room.leftover; appends++) {
        assert_int_equal(rig_append(f->journal, f->term, 10, 5), FAIL_NONE);
        assert_int_equal(journal_room(f->journal, &room), FAIL_NONE);
    }
    assert_true(appends > 2 && appends < SEGMENT_EVENTS / 10);
    rig_check_all(f->journal, journal_last(f->journal));
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest contract[] = {
        T(a_new_journal_is_empty),
        T(what_was_appended_is_read_back_gapless),
        T(an_append_that_expects_another_last_changes_nothing),
        T(an_append_with_one_bad_record_changes_nothing),
        T(the_head_is_replaced_together_with_the_records),
        T(an_append_under_an_older_term_is_fenced),
        T(a_record_may_end_at_a_segments_border_but_not_cross_it),
        T(an_append_of_too_many_records_is_refused),
        T(a_read_begins_with_the_record_that_holds_the_sequence),
        T(an_event_is_found_by_its_sequence),
        T(several_readers_share_a_thread_and_see_the_newest_commit),
        T(a_reader_in_another_thread_sees_only_whole_prefixes),
        T(rows_change_with_the_records_of_their_append),
        T(rows_of_no_kind_or_size_are_refused),
        T(an_appended_record_may_be_of_the_largest_size),
    };
    const struct CMUnitTest sealing[] = {
        T(a_journal_is_read_the_same_before_amid_and_after_sealing),
        T(appends_remove_what_was_sealed_without_an_idle_moment),
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof ENGINES / sizeof *ENGINES; i++) {
        engine = &ENGINES[i];
        failed += cmocka_run_group_tests_name(engine->word, contract, engine->start, engine->stop);
        if (!engine->keeps_all)
            failed += cmocka_run_group_tests_name(engine->word, sealing, NULL, NULL);
    }
    return failed;
}
