// Sealed segments of an LMDB journal: they leave the environment, are read as before, and a damaged
// one is noticed.
#include "store/segment.h"
#include "store/tree.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <fcntl.h>
#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

// Records that the environment itself holds, counted without our code.
static size_t live_records(void)
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
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return stat.ms_entries;
}

static void full_segments_are_sealed_and_read_as_before(void **state)
{
    (void)state;
    uint64_t term;
    bool sealed = true;
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, LMDB_SEGMENT_EVENTS - 1, 10), FAIL_NONE);
    assert_int_equal(journal_seal(journal, &sealed), FAIL_NONE);
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
    journal_lmdb_options_t options = lmdb_options();
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
        assert_int_equal(journal_seal(journal, &sealed), FAIL_NONE);
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
        assert_int_equal(journal_seal(journal, &sealed), FAIL_NONE);
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
        fail = journal_seal(journal, &sealed);
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

static void a_segments_root_is_the_trees_node(void **state)
{
    (void)state;
    uint64_t term;
    char path[SEGMENT_PATH_MAX];
    uint8_t event[RIG_EVENT_MAX];
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 2 * LMDB_SEGMENT_EVENTS, 3), FAIL_NONE);
    lmdb_seal_up_to(journal, 2 * LMDB_SEGMENT_EVENTS);
    segments_path(path);
    for (uint64_t number = 0; number < 2; number++) {
        tree_t tree = {0};
        hash_t leaf, root;
        segment_t *segment = NULL;
        for (uint64_t i = 1; i <= LMDB_SEGMENT_EVENTS; i++) {
            tree_leaf(event, rig_event(number * LMDB_SEGMENT_EVENTS + i, event), &leaf);
            tree_append(&tree, &leaf);
        }
        tree_root(&tree, &root);
        assert_int_equal(segment_open(path, number, LMDB_SEGMENT_EVENTS, &segment), FAIL_NONE);
        assert_memory_equal(segment_root(segment), &root, sizeof root);
        assert_int_equal(segment_check(segment, NULL), FAIL_NONE);
        assert_true(segment_records(segment) < 10); // packed: there were 342
        segment_destroy(&segment);
    }
    segment_t *segment = NULL; // a file under another number's name, or of another size
    assert_int_equal(segment_open(path, 0, 2 * LMDB_SEGMENT_EVENTS, &segment), FAIL_CORRUPT);
    assert_int_equal(segment_open(path, 2, LMDB_SEGMENT_EVENTS, &segment), FAIL_MISSING);
    journal_destroy(&journal);
}

static fail_t visit_nothing(const journal_record_t *record, void *arg)
{
    (void)record, (void)arg;
    return FAIL_NONE;
}

static void a_damaged_segment_is_noticed_wherever_the_bit_flips(void **state)
{
    (void)state;
    uint64_t term;
    char path[SEGMENT_PATH_MAX], file[SEGMENT_PATH_MAX];
    struct stat stat_of;
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, LMDB_SEGMENT_EVENTS + 1, 100), FAIL_NONE);
    lmdb_seal_up_to(journal, LMDB_SEGMENT_EVENTS);
    segments_path(path);
    assert_int_equal(segment_path(path, 0, file), FAIL_NONE);
    int fd = open(file, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &stat_of), 0);
    uint32_t opened = 0;
    for (off_t at = 0; at < stat_of.st_size;
         at += at < 64 || at > stat_of.st_size - 400 ? 1 : 499) {
        segment_t *segment = NULL;
        uint8_t byte, bad;
        if (at >= 32 && at < 64)
            continue; // the head's reserve
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        bad = byte ^ (uint8_t)(1 << at % 8);
        assert_int_equal(pwrite(fd, &bad, 1, at), 1);
        fail_t fail = segment_open(path, 0, LMDB_SEGMENT_EVENTS, &segment);
        if (!fail) {
            opened++;
            fail = segment_check(segment, NULL);
        }
        assert_int_equal(fail, FAIL_CORRUPT);
        segment_destroy(&segment);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    assert_true(opened > 100); // those were in the records
    journal_reader_t *reader = NULL;
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    rig_check(reader, 1, LMDB_SEGMENT_EVENTS + 1, 1000);
    journal_reader_destroy(&reader);

    assert_int_equal(ftruncate(fd, stat_of.st_size - 1), 0);
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    assert_int_equal(journal_read(reader, 1, 1, visit_nothing, NULL), FAIL_CORRUPT);
    rig_check(reader, LMDB_SEGMENT_EVENTS + 1, LMDB_SEGMENT_EVENTS + 1,
              1); // the live part is not touched
    assert_int_equal(unlink(file), 0);
    assert_int_equal(journal_read(reader, 1, 1, visit_nothing, NULL), FAIL_CORRUPT);
    journal_reader_destroy(&reader);
    (void)close(fd);
    journal_destroy(&journal);
}

#define T(test) cmocka_unit_test_setup_teardown(test, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(full_segments_are_sealed_and_read_as_before),
        T(a_journal_whose_every_event_is_sealed_goes_on),
        T(a_segment_that_cannot_be_written_stops_no_append),
        T(a_large_segment_leaves_in_pieces_also_over_a_restart),
        T(a_journal_may_be_closed_in_the_middle_of_sealing),
        T(a_segments_root_is_the_trees_node),
        T(a_damaged_segment_is_noticed_wherever_the_bit_flips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
