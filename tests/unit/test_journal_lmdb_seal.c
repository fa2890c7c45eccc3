// Sealed segments of an LMDB journal: they leave the environment, are read as before, and a damaged
// one is noticed.
#include "store/segment.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <endian.h>
#include <fcntl.h>
#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

// Records that the environment itself holds, counted without our code; the first one's sequence.
static size_t live_from(uint64_t *ret_first)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi records;
    MDB_stat stat;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
    assert_int_equal(mdb_env_open(env, rig_home, MDB_RDONLY, 0), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "records", 0, &records), 0);
    assert_int_equal(mdb_stat(txn, records, &stat), 0);
    MDB_cursor *cursor;
    MDB_val key, value;
    *ret_first = 0;
    assert_int_equal(mdb_cursor_open(txn, records, &cursor), 0);
    if (!mdb_cursor_get(cursor, &key, &value, MDB_FIRST))
        memcpy(ret_first, key.mv_data, sizeof *ret_first);
    *ret_first = be64toh(*ret_first);
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return stat.ms_entries;
}

static size_t live_records(void)
{
    uint64_t first;
    return live_from(&first);
}

static void full_segments_are_sealed_and_read_as_before(void **state)
{
    (void)state;
    uint64_t term;
    bool sealed = true;
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, LMDB_SEGMENT_EVENTS - 1, 10), FAIL_NONE);
    assert_int_equal(journal_seal(journal, true, &sealed), FAIL_NONE);
    assert_false(sealed);
    assert_int_equal(rig_append(journal, term, 9 * LMDB_SEGMENT_EVENTS + 50, 17), FAIL_NONE);
    uint64_t last = journal_last(journal);
    lmdb_seal_up_to(journal, 10 * LMDB_SEGMENT_EVENTS);
    rig_check_all(journal, last);
    lmdb_find_each(journal, 1, last);
    assert_int_equal(rig_append(journal, term, 200, 17), FAIL_NONE);
    journal_destroy(&journal);
    journal = lmdb_open(&term);
    assert_int_equal(lmdb_sealed_events(journal), 10 * LMDB_SEGMENT_EVENTS);
    rig_check_all(journal, last + 200);
    journal_destroy(&journal);
}

static void a_journal_whose_every_event_is_sealed_goes_on(void **state)
{
    (void)state;
    uint64_t term;
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 2 * LMDB_SEGMENT_EVENTS, 100), FAIL_NONE);
    lmdb_seal_up_to(journal, 2 * LMDB_SEGMENT_EVENTS);
    lmdb_clear_leftover(journal);
    rig_check_all(journal, 2 * LMDB_SEGMENT_EVENTS);
    journal_destroy(&journal);
    assert_int_equal(live_records(), 0);
    journal = lmdb_open(&term);
    rig_check_all(journal, 2 * LMDB_SEGMENT_EVENTS);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    rig_check_all(journal, 2 * LMDB_SEGMENT_EVENTS + 5);
    journal_destroy(&journal);
}

static void a_large_segment_leaves_in_pieces_also_over_a_restart(void **state)
{
    (void)state;
    enum { EVENTS = 32768 };
    uint64_t term;
    journal_options_t options = lmdb_options();
    options.segment_events = EVENTS;
    journal_t *journal = lmdb_open_with(&options, &term);
    for (int i = 0; i < 4; i++)
        assert_int_equal(rig_append(journal, term, EVENTS / 4, 100), FAIL_NONE);
    lmdb_seal_up_to(journal, EVENTS);
    journal_destroy(&journal);
    size_t before = live_records();
    assert_true(before > 0 && before < EVENTS / 100); // one piece has left
    journal = lmdb_open_with(&options, &term);
    rig_check_all(journal, EVENTS);
    for (int i = 0; i < EVENTS / 100; i++) {
        bool sealed;
        assert_int_equal(journal_seal(journal, true, &sealed), FAIL_NONE);
        assert_false(sealed);
    }
    rig_check_all(journal, EVENTS);
    journal_destroy(&journal);
    assert_int_equal(live_records(), 0);
}

static void a_journal_may_be_closed_in_the_middle_of_sealing(void **state)
{
    (void)state;
    uint64_t term;
    bool sealed;
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 3 * LMDB_SEGMENT_EVENTS, 5), FAIL_NONE);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(journal_seal(journal, true, &sealed), FAIL_NONE);
        journal_destroy(&journal);
        journal = lmdb_open(&term);
        rig_check_all(journal, 3 * LMDB_SEGMENT_EVENTS);
    }
    lmdb_seal_up_to(journal, 3 * LMDB_SEGMENT_EVENTS);
    rig_check_all(journal, 3 * LMDB_SEGMENT_EVENTS);
    journal_destroy(&journal);
}

static void segments_path(char out[SEGMENT_PATH_MAX])
{
    (void)snprintf(out, SEGMENT_PATH_MAX, "%s/segments", rig_home);
}

static fail_t seal_until_it_fails(journal_t *journal)
{
    fail_t fail = FAIL_NONE;
    bool sealed;
    for (uint32_t waited = 0; !fail && waited < LMDB_WAIT_MS_MAX; waited++, lmdb_pause())
        fail = journal_seal(journal, true, &sealed);
    return fail;
}

// The file is another one than the journal's: who cannot write it has lost nothing.
static void a_segment_that_cannot_be_written_stops_no_append(void **state)
{
    (void)state;
    uint64_t term;
    char path[SEGMENT_PATH_MAX];
    segments_path(path);
    journal_t *journal = lmdb_open(&term);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600); // where its directory should be
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(rig_append(journal, term, LMDB_SEGMENT_EVENTS + 1, 100), FAIL_NONE);
    assert_int_equal(seal_until_it_fails(journal), FAIL_STORE);
    assert_int_equal(rig_append(journal, term, 10, 10), FAIL_NONE);
    rig_check_all(journal, LMDB_SEGMENT_EVENTS + 11);
    assert_int_equal(unlink(path), 0);
    lmdb_seal_up_to(journal, LMDB_SEGMENT_EVENTS); // tried again
    rig_check_all(journal, LMDB_SEGMENT_EVENTS + 11);
    journal_destroy(&journal);
}

// Once it is noticed, nothing of what is still live is cleared: it is what a repair begins with.
static void a_damaged_segment_keeps_its_live_records(void **state)
{
    (void)state;
    uint64_t term, first, later;
    char path[SEGMENT_PATH_MAX], file[SEGMENT_PATH_MAX];
    uint8_t event[RIG_EVENT_MAX];
    size_t size;
    bool sealed = false;
    journal_reader_t *reader = NULL;
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, LMDB_SEGMENT_EVENTS + 1, 10), FAIL_NONE);
    for (uint32_t waited = 0; !sealed && waited < LMDB_WAIT_MS_MAX; waited++, lmdb_pause())
        assert_int_equal(journal_seal(journal, false, &sealed), FAIL_NONE);
    assert_int_equal(lmdb_sealed_events(journal), LMDB_SEGMENT_EVENTS);
    journal_destroy(&journal);
    assert_true(live_from(&first) > 1 && first <= LMDB_SEGMENT_EVENTS / 2); // in both places
    segments_path(path);
    assert_int_equal(segment_path(path, 0, file), FAIL_NONE);
    assert_int_equal(truncate(file, 100), 0);
    journal = lmdb_open(&term);
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    assert_int_equal(journal_find(reader, first, event, sizeof event, &size), FAIL_CORRUPT);
    rig_check(reader, LMDB_SEGMENT_EVENTS + 1, LMDB_SEGMENT_EVENTS + 1, 1000);
    journal_reader_destroy(&reader);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
        assert_int_equal(journal_seal(journal, true, &sealed), FAIL_NONE);
    }
    journal_destroy(&journal);
    (void)live_from(&later);
    assert_int_equal(later, first);
}

// What the disk made of the file is looked at before its records leave: --wrap=renameat turns a bit
// over in it just before it gets its name.
static unsigned damages;

int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);

int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    uint8_t byte;
    if (damages && strstr(from, ".tmp")) {
        damages--;
        int fd = openat(from_fd, from, O_RDWR | O_CLOEXEC);
        assert_int_equal(pread(fd, &byte, 1, 5000), 1); // of a record
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, 5000), 1);
        assert_int_equal(close(fd), 0);
    }
    return __real_renameat(from_fd, from, to_fd, to);
}

static void a_segment_that_the_disk_spoiled_is_not_counted_and_is_written_again(void **state)
{
    (void)state;
    uint64_t term;
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, LMDB_SEGMENT_EVENTS + 1, 10), FAIL_NONE);
    damages = 3;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(seal_until_it_fails(journal), FAIL_CORRUPT);
        assert_int_equal(lmdb_sealed_events(journal), 0);
        rig_check_all(journal, LMDB_SEGMENT_EVENTS + 1);
    }
    assert_int_equal(damages, 0);
    lmdb_seal_up_to(journal, LMDB_SEGMENT_EVENTS);
    rig_check_all(journal, LMDB_SEGMENT_EVENTS + 1);
    journal_destroy(&journal);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(full_segments_are_sealed_and_read_as_before),
        TEST(a_journal_whose_every_event_is_sealed_goes_on),
        TEST(a_segment_that_cannot_be_written_stops_no_append),
        TEST(a_large_segment_leaves_in_pieces_also_over_a_restart),
        TEST(a_journal_may_be_closed_in_the_middle_of_sealing),
        TEST(a_damaged_segment_keeps_its_live_records),
        TEST(a_segment_that_the_disk_spoiled_is_not_counted_and_is_written_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
