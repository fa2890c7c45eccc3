#include "store/snapshot.h"
#include "tests/unit/journal_rig.h"
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

enum { EPOCH = 9, STREAM = 2, HEAD_SIZE = SNAPSHOT_HEAD_BYTES };

static snapshot_mark_t mark_of(uint64_t sequence)
{
    snapshot_mark_t mark = {.stream = STREAM, .epoch = EPOCH, .sequence = sequence};
    memset(mark.leaf.bytes, (int)sequence, sizeof mark.leaf.bytes);
    memset(mark.shape.bytes, (int)sequence + 1, sizeof mark.shape.bytes);
    memset(mark.program.bytes, (int)sequence + 2, sizeof mark.program.bytes);
    return mark;
}

static void write_snapshot(uint64_t sequence)
{
    char text[32];
    snapshot_mark_t mark = mark_of(sequence);
    int size = snprintf(text, sizeof text, "%llu", (unsigned long long)sequence);
    digest_part_t parts[] = {{"state at ", 9}, {NULL, 0}, {text, (size_t)size}};
    assert_int_equal(snapshot_write(rig_home, &mark, parts, 3), FAIL_NONE);
}

static void assert_loads(uint64_t sequence_max, uint64_t expected)
{
    snapshot_t *snapshot = NULL;
    char text[64];
    size_t size;
    fail_t fail = snapshot_load(rig_home, sequence_max, NULL, NULL, &snapshot);
    assert_int_equal(fail, expected ? FAIL_NONE : FAIL_MISSING);
    if (!expected)
        return;
    snapshot_mark_t mark = mark_of(expected);
    assert_memory_equal(snapshot_mark(snapshot), &mark, sizeof mark);
    const void *blob = snapshot_blob(snapshot, &size);
    (void)snprintf(text, sizeof text, "state at %llu", (unsigned long long)expected);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(blob, text, size);
    assert_int_equal((uintptr_t)blob % 64, 0);
    snapshot_destroy(&snapshot);
    assert_null(snapshot);
}

static void path_of(uint64_t sequence, char out[2 * RIG_PATH_MAX])
{
    (void)snprintf(out, 2 * RIG_PATH_MAX, "%s/snapshot.%020llu", rig_home,
                   (unsigned long long)sequence);
}

static void the_newest_that_is_not_beyond_the_journal_is_loaded(void **state)
{
    (void)state;
    assert_loads(UINT64_MAX, 0);
    write_snapshot(99);
    write_snapshot(100);
    assert_loads(UINT64_MAX, 100);
    assert_loads(100, 100);
    assert_loads(99, 99);
    assert_loads(98, 0);
}

static void two_are_kept(void **state)
{
    (void)state;
    char path[2 * RIG_PATH_MAX];
    for (uint64_t sequence = 8; sequence <= 12; sequence++)
        write_snapshot(sequence);
    for (uint64_t sequence = 8; sequence <= 12; sequence++) {
        path_of(sequence, path);
        assert_int_equal(access(path, F_OK), sequence >= 11 ? 0 : -1);
    }
    write_snapshot(12); // the same again replaces it
    assert_loads(UINT64_MAX, 12);
    assert_loads(11, 11);
}

typedef struct {
    size_t count;
    uint64_t sequences[4];
    const char *whys[4];
} passed_t;

static void note_passed(void *arg, uint64_t sequence, const char *why)
{
    passed_t *passed = arg;
    passed->sequences[passed->count] = sequence;
    passed->whys[passed->count++] = why;
}

static void what_is_passed_over_is_told_with_the_reason(void **state)
{
    (void)state;
    char path[2 * RIG_PATH_MAX];
    snapshot_t *snapshot = NULL;
    passed_t passed = {0};
    write_snapshot(5);
    write_snapshot(6);
    path_of(6, path);
    assert_int_equal(truncate(path, HEAD_SIZE + 1), 0);
    assert_int_equal(snapshot_load(rig_home, UINT64_MAX, note_passed, &passed, &snapshot),
                     FAIL_NONE);
    assert_int_equal(passed.count, 1);
    assert_int_equal(passed.sequences[0], 6);
    assert_string_equal(passed.whys[0], "it is not as long as it says");
    snapshot_destroy(&snapshot);
}

static void a_snapshot_damaged_in_any_bit_gives_way_to_its_predecessor(void **state)
{
    (void)state;
    char path[2 * RIG_PATH_MAX];
    write_snapshot(20);
    write_snapshot(21);
    path_of(21, path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    off_t size = lseek(fd, 0, SEEK_END);
    assert_int_equal(size, HEAD_SIZE + 11);
    for (off_t at = 0; at < size; at++) {
        uint8_t byte, bad;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        bad = byte ^ (uint8_t)(1 << at % 8);
        assert_int_equal(pwrite(fd, &bad, 1, at), 1);
        assert_loads(UINT64_MAX, 20);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    assert_loads(UINT64_MAX, 21);
    for (off_t cut = 0; cut < size; cut += 7) { // and cut short
        write_snapshot(21);
        assert_int_equal(truncate(path, cut), 0);
        assert_loads(UINT64_MAX, 20);
    }
    (void)close(fd);
}

static void a_snapshot_under_another_name_is_not_taken(void **state)
{
    (void)state;
    char path[2 * RIG_PATH_MAX], other[2 * RIG_PATH_MAX];
    write_snapshot(20);
    path_of(20, path);
    path_of(30, other);
    assert_int_equal(rename(path, other), 0);
    assert_loads(UINT64_MAX, 0);
    (void)snprintf(path, sizeof path, "%s/snapshot.20.old", rig_home);
    assert_int_equal(rename(other, path), 0);
    assert_loads(UINT64_MAX, 0);
}

static void an_unfinished_snapshot_is_not_seen_and_not_in_the_way(void **state)
{
    (void)state;
    char path[2 * RIG_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/snapshot.tmp", rig_home);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "left by a crash, longer than what follows", 41), 41);
    (void)close(fd);
    assert_loads(UINT64_MAX, 0);
    write_snapshot(4);
    assert_loads(UINT64_MAX, 4);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_directory_that_is_not_there_is_said(void **state)
{
    (void)state;
    snapshot_t *snapshot = NULL;
    snapshot_mark_t mark = mark_of(1);
    assert_int_equal(snapshot_write("/nonexistent/x", &mark, NULL, 0), FAIL_STORE);
    assert_int_equal(snapshot_load("/nonexistent/x", 1, NULL, NULL, &snapshot), FAIL_MISSING);
    assert_null(snapshot);
}

#define T(test) cmocka_unit_test_setup_teardown(test, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_newest_that_is_not_beyond_the_journal_is_loaded),
        T(two_are_kept),
        T(what_is_passed_over_is_told_with_the_reason),
        T(a_snapshot_damaged_in_any_bit_gives_way_to_its_predecessor),
        T(a_snapshot_under_another_name_is_not_taken),
        T(an_unfinished_snapshot_is_not_seen_and_not_in_the_way),
        T(a_directory_that_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
