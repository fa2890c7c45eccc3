// A segment file: its root is a node of the tree, and damage is noticed wherever it is.
#include "store/segment.h"
#include "store/tree.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static void segments_path(char out[SEGMENT_PATH_MAX])
{
    (void)snprintf(out, SEGMENT_PATH_MAX, "%s/segments", rig_home);
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

#define TEST(test) cmocka_unit_test_setup_teardown(test, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_segments_root_is_the_trees_node),
        TEST(a_damaged_segment_is_noticed_wherever_the_bit_flips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
