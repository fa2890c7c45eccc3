// Copies of LMDB journals, taken while their writer goes on, and readers who may write nothing.
#include "store/memory/journal_memory.h"
#include "store/segment.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum { EVENTS = LMDB_SEGMENT_EVENTS, COPIES = 60 };

static char copy_home[RIG_PATH_MAX], earlier_home[RIG_PATH_MAX];
static journal_moment_t moment;

static int enter(void **state)
{
    rig_directory(copy_home);
    rig_directory(earlier_home);
    return rig_enter(state);
}

static int leave(void **state)
{
    rig_remove(copy_home);
    rig_remove(earlier_home);
    return rig_leave(state);
}

static fail_t copy_to(journal_t *journal, const char *directory, const char *earlier,
                      journal_copied_t *ret_copied)
{
    journal_copy_t copy = {.directory = directory, .earlier = earlier};
    return journal_copy(journal, &moment, &copy, ret_copied);
}

static void check_copy(const char *directory, uint64_t last)
{
    journal_t *journal = NULL;
    assert_int_equal(journal_open(directory, &(journal_options_t){.read_only = true}, &journal),
                     FAIL_NONE);
    rig_check_all(journal, last);
    journal_destroy(&journal);
}

static bool exists(const char *directory, const char *name)
{
    char path[2 * RIG_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

// What is sealed and cleared between the moment and the copy was live at the moment.
static void a_copy_holds_its_moment_whatever_is_appended_and_sealed_since(void **state)
{
    (void)state;
    uint64_t term;
    journal_copied_t copied;
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 3 * EVENTS + 700, 17), FAIL_NONE);
    lmdb_seal_up_to(journal, EVENTS);
    assert_int_equal(journal_moment(journal, &moment), FAIL_NONE);
    uint64_t last = journal_last(journal);
    assert_int_equal(rig_append(journal, term, 2 * EVENTS, 17), FAIL_NONE);
    lmdb_seal_up_to(journal, 5 * EVENTS);
    lmdb_clear_leftover(journal);
    assert_int_equal(copy_to(journal, copy_home, "", &copied), FAIL_NONE);
    assert_int_equal(copied.segments, 1);
    assert_int_equal(copied.linked + copied.unchanged, 0);
    rig_check_all(journal, last + 2 * EVENTS);
    journal_destroy(&journal);
    check_copy(copy_home, last);
    assert_false(exists(copy_home, "lock.mdb")); // nobody's lock
}

static void a_copy_is_a_journal_that_goes_on(void **state)
{
    (void)state;
    uint64_t term, later;
    journal_copied_t copied;
    journal_options_t options = lmdb_options();
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 2 * EVENTS + 5, 50), FAIL_NONE);
    lmdb_seal_up_to(journal, 2 * EVENTS);
    assert_int_equal(journal_moment(journal, &moment), FAIL_NONE);
    assert_int_equal(copy_to(journal, copy_home, "", &copied), FAIL_NONE);
    journal_destroy(&journal);
    options.create = false;
    assert_int_equal(journal_open(copy_home, &options, &journal), FAIL_NONE);
    assert_int_equal(journal_lead(journal, &later), FAIL_NONE);
    assert_true(later > term);
    assert_int_equal(rig_append(journal, later, EVENTS, 50), FAIL_NONE);
    lmdb_seal_up_to(journal, 3 * EVENTS);
    rig_check_all(journal, 3 * EVENTS + 5);
    journal_destroy(&journal);
}

static void an_empty_journal_is_copied_as_one(void **state)
{
    (void)state;
    uint64_t term;
    journal_copied_t copied;
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(journal_moment(journal, &moment), FAIL_NONE);
    assert_int_equal(copy_to(journal, copy_home, "", &copied), FAIL_NONE);
    journal_destroy(&journal);
    journal_options_t options = {.read_only = true, .segment_events = EVENTS};
    assert_int_equal(journal_open(copy_home, &options, &journal), FAIL_NONE);
    assert_int_equal(journal_last(journal), 0);
    journal_destroy(&journal);
}

static void segments_that_are_there_are_not_copied_again(void **state)
{
    (void)state;
    uint64_t term;
    journal_copied_t copied;
    char path[2 * RIG_PATH_MAX];
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 3 * EVENTS + 5, 50), FAIL_NONE);
    lmdb_seal_up_to(journal, 3 * EVENTS);
    assert_int_equal(journal_moment(journal, &moment), FAIL_NONE);
    assert_int_equal(copy_to(journal, earlier_home, "", &copied), FAIL_NONE);
    assert_int_equal(copy_to(journal, copy_home, earlier_home, &copied), FAIL_NONE);
    assert_int_equal(copied.segments, 3);
    assert_int_equal(copied.linked, 3);
    check_copy(copy_home, 3 * EVENTS + 5);
    // Not finished: the environment has no name, one segment is half there, another is a stranger.
    (void)snprintf(path, sizeof path, "%s/data.mdb", copy_home);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/segments/000000000001.segment", copy_home);
    assert_int_equal(unlink(path), 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "kopeck", 6), 6);
    assert_int_equal(close(fd), 0);
    assert_int_equal(copy_to(journal, copy_home, "", &copied), FAIL_NONE);
    assert_int_equal(copied.unchanged, 2);
    check_copy(copy_home, 3 * EVENTS + 5);
    assert_int_equal(copy_to(journal, copy_home, "", &copied), FAIL_CONFLICT);
    journal_destroy(&journal);
}

static void a_damaged_or_missing_segment_is_not_copied(void **state)
{
    (void)state;
    uint64_t term;
    journal_copied_t copied;
    char path[2 * RIG_PATH_MAX];
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 2 * EVENTS, 50), FAIL_NONE);
    lmdb_seal_up_to(journal, 2 * EVENTS);
    assert_int_equal(journal_moment(journal, &moment), FAIL_NONE);
    (void)snprintf(path, sizeof path, "%s/segments/000000000001.segment", rig_home);
    assert_int_equal(truncate(path, 1000), 0);
    assert_int_equal(copy_to(journal, copy_home, "", &copied), FAIL_CORRUPT);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(copy_to(journal, copy_home, "", &copied), FAIL_CORRUPT);
    assert_false(exists(copy_home, "data.mdb"));
    journal_destroy(&journal);
}

static void the_model_disk_says_that_it_cannot_be_copied(void **state)
{
    (void)state;
    journal_memory_t *disk = NULL;
    journal_t *journal = NULL;
    journal_copied_t copied;
    assert_int_equal(journal_memory_new(EVENTS, &disk), FAIL_NONE);
    assert_int_equal(journal_open_memory(disk, &journal), FAIL_NONE);
    assert_int_equal(journal_moment(journal, &moment), FAIL_INVALID);
    assert_int_equal(copy_to(journal, copy_home, "", &copied), FAIL_INVALID);
    journal_destroy(&journal);
    journal_memory_destroy(&disk);
}

// ---- Readers without a slot

static void a_reader_makes_no_file(void **state)
{
    (void)state;
    uint64_t term;
    char path[2 * RIG_PATH_MAX];
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 100, 10), FAIL_NONE);
    journal_destroy(&journal);
    (void)snprintf(path, sizeof path, "%s/lock.mdb", rig_home);
    assert_int_equal(unlink(path), 0);
    check_copy(rig_home, 100);
    assert_false(exists(rig_home, "lock.mdb"));
}

// Commits small records as fast as it can, so that pages are used again all the time.
static void write_on(int ready)
{
    uint64_t term;
    char path[2 * RIG_PATH_MAX];
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    journal_t *journal = lmdb_open(&term);
    (void)snprintf(path, sizeof path, "%s/lock.mdb", rig_home);
    if (rig_append(journal, term, EVENTS / 2, 10) || unlink(path)) // for readers there is none
        _exit(1);
    for (uint64_t n = 0; n < 1000000; n++) {
        bool sealed;
        if (rig_append(journal, term, 3, 1) || journal_seal(journal, true, &sealed))
            _exit(2);
        if (n % 8 == 0) // a reader finds a moment in which to read
            (void)nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
        if (n == 0 && write(ready, "!", 1) != 1)
            _exit(3);
    }
    _exit(4);
}

static void copy_once(void)
{
    journal_t *journal = NULL;
    journal_copied_t copied;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)dup2(null, STDERR_FILENO); // LMDB's last words
    (void)signal(SIGABRT, SIG_DFL);
    (void)signal(SIGSEGV, SIG_DFL);
    fail_t fail = journal_open(rig_home, &(journal_options_t){.read_only = true}, &journal);
    if (!fail)
        fail = journal_moment(journal, &moment);
    if (!fail)
        fail = copy_to(journal, copy_home, "", &copied);
    _exit(fail);
}

static uint64_t check_later_copy(uint64_t before)
{
    journal_t *journal = NULL;
    assert_int_equal(journal_open(copy_home, &(journal_options_t){.read_only = true}, &journal),
                     FAIL_NONE);
    uint64_t last = journal_last(journal);
    assert_true(last >= before);
    rig_check_all(journal, last);
    journal_destroy(&journal);
    return last;
}

static void a_reader_without_a_slot_reads_right_beside_a_writer(void **state)
{
    (void)state;
    int ends[2], status;
    char byte;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t writer = fork();
    if (writer == 0)
        write_on(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    uint64_t last = 0, copies = 0, ended = 0;
    while (copies < COPIES || last < 4 * EVENTS) {
        assert_true(ended < 10 * COPIES + 10 * copies);
        pid_t reader = fork();
        if (reader == 0)
            copy_once();
        assert_int_equal(waitpid(reader, &status, 0), reader);
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            last = check_later_copy(last);
            copies++;
        } else
            ended++; // in LMDB itself, on a page that was written over
        rig_remove(copy_home);
        rig_directory(copy_home);
    }
    assert_int_equal(kill(writer, SIGKILL), 0);
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_true(WIFSIGNALED(status));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    // Where a flush costs nothing a writer comes between any two looks of a reader.
    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 0);
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
        TEST(a_copy_holds_its_moment_whatever_is_appended_and_sealed_since),
        TEST(a_copy_is_a_journal_that_goes_on),
        TEST(an_empty_journal_is_copied_as_one),
        TEST(segments_that_are_there_are_not_copied_again),
        TEST(a_damaged_or_missing_segment_is_not_copied),
        TEST(the_model_disk_says_that_it_cannot_be_copied),
        TEST(a_reader_makes_no_file),
        TEST(a_reader_without_a_slot_reads_right_beside_a_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
