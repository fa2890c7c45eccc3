// Sealed segments in other directories: moved there under a journal that is written and read, read
// from there as from its own, and believed only as what they were.
#include "store/segment.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum { SEGMENTS = 4, LAST = SEGMENTS * LMDB_SEGMENT_EVENTS + 50 };

static char archive[2 * RIG_PATH_MAX], own[2 * RIG_PATH_MAX], why[JOURNAL_WHY_MAX];

// A journal with sealed segments, whose archive is a directory beside them.
static journal_t *make(uint64_t *ret_term)
{
    char path[2 * RIG_PATH_MAX];
    (void)snprintf(archive, sizeof archive, "%s/older", rig_home);
    (void)snprintf(own, sizeof own, "%s/segments", rig_home);
    (void)snprintf(path, sizeof path, "%s/archive", rig_home);
    assert_int_equal(mkdir(archive, 0700), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("older\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    journal_t *journal = lmdb_open(ret_term);
    assert_int_equal(rig_append(journal, *ret_term, LAST, 17), FAIL_NONE);
    lmdb_seal_up_to(journal, SEGMENTS * LMDB_SEGMENT_EVENTS);
    lmdb_clear_leftover(journal);
    return journal;
}

static bool is_in(const char *directory, uint64_t number)
{
    char path[SEGMENT_PATH_MAX];
    assert_int_equal(segment_path(directory, number, path), FAIL_NONE);
    return access(path, F_OK) == 0;
}

static fail_t move(journal_t *journal, const char *to, uint64_t keep, journal_archived_t *ret)
{
    *why = '\0';
    return journal_archive(journal, &(journal_archive_t){.to = to, .keep = keep, .why = why}, ret);
}

static void segments_leave_for_the_archive_and_are_read_as_before(void **state)
{
    (void)state;
    uint64_t term;
    journal_archived_t done;
    journal_reader_t *reader;
    journal_t *journal = make(&term);
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    rig_check(reader, 1, LAST, 1000); // it has every segment mapped
    assert_int_equal(move(journal, archive, 1, &done), FAIL_NONE);
    assert_int_equal(done.segments, SEGMENTS);
    assert_int_equal(done.moved, SEGMENTS - 1);
    assert_int_equal(done.missing, 0);
    for (uint64_t number = 0; number < SEGMENTS; number++) {
        assert_int_equal(is_in(archive, number), number < SEGMENTS - 1);
        assert_int_equal(is_in(own, number), number == SEGMENTS - 1);
    }
    rig_check(reader, 1, LAST, 1000);
    journal_reader_destroy(&reader);
    rig_check_all(journal, LAST);
    lmdb_find_each(journal, 1, LAST);
    assert_int_equal(rig_append(journal, term, 10, 5), FAIL_NONE);
    journal_destroy(&journal);
    journal = lmdb_open(&term);
    rig_check_all(journal, LAST + 10);
    journal_destroy(&journal);
}

typedef struct {
    uint64_t next, archived, missing;
} seen_t;

static void see(void *arg, const journal_segment_t *segment)
{
    seen_t *seen = arg;
    assert_int_equal(segment->number, seen->next++);
    assert_int_equal(segment->first, segment->number * LMDB_SEGMENT_EVENTS + 1);
    assert_int_equal(segment->last, segment->first + LMDB_SEGMENT_EVENTS - 1);
    seen->archived += segment->archived;
    seen->missing += segment->fail != FAIL_NONE;
    if (segment->fail)
        assert_non_null(strstr(segment->place, "is missing; looked in"));
    else
        assert_string_equal(segment->place, segment->archived ? archive : own);
}

static void who_looks_sees_where_each_lies(void **state)
{
    (void)state;
    uint64_t term;
    journal_archived_t done;
    char path[SEGMENT_PATH_MAX];
    journal_t *journal = make(&term);
    seen_t seen = {0};
    journal_archive_t look = {.visit = see, .arg = &seen};
    assert_int_equal(move(journal, archive, 2, &done), FAIL_NONE);
    assert_int_equal(journal_archive(journal, &look, &done), FAIL_NONE);
    assert_int_equal(seen.next, SEGMENTS);
    assert_int_equal(seen.archived, SEGMENTS - 2);
    assert_int_equal(segment_path(archive, 1, path), FAIL_NONE);
    assert_int_equal(unlink(path), 0);
    seen = (seen_t){0};
    assert_int_equal(journal_archive(journal, &look, &done), FAIL_NONE);
    assert_int_equal(seen.missing, 1);
    assert_int_equal(done.missing, 1);
    journal_destroy(&journal);
}

static void what_is_missing_is_named_to_who_reads_it_and_the_rest_is_read(void **state)
{
    (void)state;
    uint64_t term;
    journal_archived_t done;
    journal_reader_t *reader;
    uint8_t event[RIG_EVENT_MAX];
    size_t size;
    char path[SEGMENT_PATH_MAX];
    journal_t *journal = make(&term);
    assert_int_equal(move(journal, archive, 0, &done), FAIL_NONE);
    assert_int_equal(segment_path(archive, 1, path), FAIL_NONE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    rig_check(reader, 1, LMDB_SEGMENT_EVENTS, 1000);
    assert_int_equal(journal_find(reader, LMDB_SEGMENT_EVENTS + 1, event, sizeof event, &size),
                     FAIL_CORRUPT);
    assert_non_null(strstr(journal_reader_why(reader), "000000000001.segment is missing"));
    assert_non_null(strstr(journal_reader_why(reader), archive));
    rig_check(reader, 2 * LMDB_SEGMENT_EVENTS + 1, LAST, 1000);
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
}

// --wrap=renameat turns a bit over in the copy just before it gets its name: head, index and footer
// hold, so only who reads all of it sees that.
static bool damages;

int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);

int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    enum { AT = 2000 };
    uint8_t byte;
    if (damages && strstr(from, ".tmp")) {
        int fd = openat(from_fd, from, O_RDWR | O_CLOEXEC);
        assert_int_equal(pread(fd, &byte, 1, AT), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, AT), 1);
        assert_int_equal(close(fd), 0);
    }
    return __real_renameat(from_fd, from, to_fd, to);
}

static void a_segment_stays_here_if_its_copy_is_not_what_it_was(void **state)
{
    (void)state;
    uint64_t term;
    journal_archived_t done;
    journal_t *journal = make(&term);
    damages = true;
    assert_int_equal(move(journal, archive, 0, &done), FAIL_CORRUPT);
    damages = false;
    assert_non_null(strstr(why, "segment 0: its copy is not what it is here"));
    assert_true(is_in(own, 0));
    rig_check_all(journal, LAST);
    assert_int_equal(move(journal, archive, 0, &done), FAIL_NONE); // written anew
    assert_int_equal(done.moved, SEGMENTS);
    rig_check_all(journal, LAST);
    journal_destroy(&journal);
}

static void where_nobody_looks_nothing_is_moved(void **state)
{
    (void)state;
    uint64_t term;
    journal_archived_t done;
    journal_t *journal = make(&term);
    assert_int_equal(move(journal, "/tmp", 0, &done), FAIL_CONFIG);
    assert_non_null(strstr(why, "no directory that the journal's file `archive` names"));
    assert_int_equal(rmdir(archive), 0);
    assert_int_equal(move(journal, archive, 0, &done), FAIL_CONFIG);
    for (uint64_t number = 0; number < SEGMENTS; number++)
        assert_true(is_in(own, number));
    journal_destroy(&journal);
}

static void a_copy_holds_what_the_archive_has_and_names_what_it_lacks(void **state)
{
    (void)state;
    uint64_t term;
    journal_archived_t done;
    journal_copied_t copied;
    static journal_moment_t moment;
    char to[2 * RIG_PATH_MAX], path[SEGMENT_PATH_MAX];
    journal_t *journal = make(&term), *copy = NULL;
    (void)snprintf(to, sizeof to, "%s/copy", rig_home);
    assert_int_equal(move(journal, archive, 1, &done), FAIL_NONE);
    assert_int_equal(journal_moment(journal, &moment), FAIL_NONE);
    journal_copy_t ask = {.directory = to, .replace = true, .why = why};
    assert_int_equal(journal_copy(journal, &moment, &ask, &copied), FAIL_NONE);
    assert_int_equal(copied.segments, SEGMENTS);
    assert_int_equal(journal_open(to, &(journal_options_t){.read_only = true}, &copy), FAIL_NONE);
    rig_check_all(copy, LAST);
    journal_destroy(&copy);
    assert_int_equal(segment_path(archive, 2, path), FAIL_NONE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(journal_copy(journal, &moment, &ask, &copied), FAIL_CORRUPT);
    assert_non_null(strstr(why, "000000000002.segment is missing; looked in"));
    journal_destroy(&journal);
}

// What the sandbox must leave open: the archive's directories that are there.
static void a_process_may_read_the_archive_that_is_mounted(void **state)
{
    (void)state;
    uint64_t term;
    journal_needs_t needs;
    journal_t *journal = make(&term);
    journal_destroy(&journal);
    assert_int_equal(journal_prepare(rig_home, false, &needs), FAIL_NONE);
    assert_string_equal(needs.archives, archive);
    assert_int_equal(rmdir(archive), 0);
    assert_int_equal(journal_prepare(rig_home, false, &needs), FAIL_NONE);
    assert_string_equal(needs.archives, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(segments_leave_for_the_archive_and_are_read_as_before,
                                        rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(who_looks_sees_where_each_lies, rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(
            what_is_missing_is_named_to_who_reads_it_and_the_rest_is_read, rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(a_segment_stays_here_if_its_copy_is_not_what_it_was,
                                        rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(where_nobody_looks_nothing_is_moved, rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(a_copy_holds_what_the_archive_has_and_names_what_it_lacks,
                                        rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(a_process_may_read_the_archive_that_is_mounted, rig_enter,
                                        rig_leave),
    };
    return cmocka_run_group_tests_name("journal_lmdb_archive", tests, NULL, NULL);
}
