// What only the LMDB engine does: growth, locks, a second process, a full disk.
#include "store/memory/journal_memory.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>
#include <errno.h>

static void a_second_writer_is_refused_until_the_first_has_gone(void **state)
{
    (void)state;
    uint64_t term;
    journal_options_t options = lmdb_options();
    journal_t *first = lmdb_open(&term), *second = NULL;
    assert_int_equal(lmdb_try(&options, &second), FAIL_FENCED);
    pid_t child = fork();
    if (child == 0)
        _exit(lmdb_try(&options, &second) == FAIL_FENCED ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(rig_append(first, term, 5, 5), FAIL_NONE); // and the first goes on
    journal_destroy(&first);
    second = lmdb_open(&term);
    assert_int_equal(term, 2);
    rig_check_all(second, 5);
    journal_destroy(&second);
}

static void a_term_is_above_the_last_and_never_below_what_its_caller_asks_for(void **state)
{
    (void)state;
    static const uint64_t min_and_term[][2] = {{0, 1}, {1000, 1000}, {1000, 1001}, {7, 1002}};
    journal_options_t options = lmdb_options();
    for (size_t i = 0; i < sizeof min_and_term / sizeof min_and_term[0]; i++) {
        uint64_t term;
        options.term_min = min_and_term[i][0];
        journal_t *journal = lmdb_open_with(&options, &term);
        assert_int_equal(term, min_and_term[i][1]);
        journal_destroy(&journal);
    }
}

static void another_segment_size_than_the_journals_is_refused(void **state)
{
    (void)state;
    uint64_t term;
    journal_options_t options = lmdb_options();
    journal_t *journal = lmdb_open(&term);
    journal_destroy(&journal);
    options.segment_events = 2 * LMDB_SEGMENT_EVENTS;
    assert_int_equal(lmdb_try(&options, &journal), FAIL_CONFIG);
    options.segment_events = 0; // what is there
    assert_int_equal(lmdb_try(&options, &journal), FAIL_NONE);
    assert_int_equal(journal_segment_events(journal), LMDB_SEGMENT_EVENTS);
    journal_destroy(&journal);
}

// --- what the disk gives ---

static bool unlimited; // the engine does not see the limit, and runs into it
static int refusal;    // of blocks
// ThreadSanitizer asks for a limit before it has begun.
#if defined(__has_attribute) && __has_attribute(disable_sanitizer_instrumentation)
#define PLAIN __attribute__((disable_sanitizer_instrumentation))
#else
#define PLAIN
#endif
int __real_getrlimit(__rlimit_resource_t what, struct rlimit *ret_limit);
int __wrap_getrlimit(__rlimit_resource_t what, struct rlimit *ret_limit);
int __real_fallocate(int fd, int mode, off_t from, off_t size);
int __wrap_fallocate(int fd, int mode, off_t from, off_t size);

PLAIN int __wrap_getrlimit(__rlimit_resource_t what, struct rlimit *ret_limit)
{
    int rc = __real_getrlimit(what, ret_limit);
    if (unlimited)
        ret_limit->rlim_cur = RLIM_INFINITY;
    return rc;
}

int __wrap_fallocate(int fd, int mode, off_t from, off_t size)
{
    errno = refusal;
    return refusal ? -1 : __real_fallocate(fd, mode, from, size);
}

static void set_limit(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(__real_getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_limit_or_a_quota_is_as_a_disk_that_is_full(void **state)
{
    (void)state;
    uint64_t term;
    journal_room_t room;
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 100, 50), FAIL_NONE);
    assert_int_equal(journal_room(journal, &room), FAIL_NONE);
    uint64_t used = room.used_bytes;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    set_limit(used + 8192);
    assert_int_equal(rig_append(journal, term, 100, 100), FAIL_FULL);
    assert_int_equal(journal_room(journal, &room), FAIL_NONE);
    assert_int_equal(room.disk_free_bytes, 8192);
    rig_check_all(journal, 100); // reads go on
    set_limit(RLIM_INFINITY);
    (void)signal(SIGXFSZ, handler);
    assert_int_equal(rig_append(journal, term, 100, 100), FAIL_NONE);

    static const int refusals[] = {EDQUOT, ENOSPC, EFBIG};
    uint64_t last = 200;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        journal_destroy(&journal); // what it holds of the disk is forgotten
        refusal = refusals[i];
        journal = lmdb_open(&term);
        assert_int_equal(rig_append(journal, term, 100, 100), FAIL_FULL);
        assert_int_equal(journal_room(journal, &room), FAIL_NONE);
        assert_int_equal(room.disk_free_bytes, 0);
        rig_check_all(journal, last);
        refusal = 0;
        assert_int_equal(rig_append(journal, term, 100, 100), FAIL_NONE);
        rig_check_all(journal, last += 100);
        assert_int_equal(journal_room(journal, &room), FAIL_NONE);
        assert_true(room.disk_free_bytes > 0);
    }
    journal_destroy(&journal);
    refusal = EOPNOTSUPP; // a file system that cannot promise it is written to
    journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 100, 100), FAIL_NONE);
    refusal = 0;
    journal_destroy(&journal);
}

static void a_failed_write_ends_the_journal_and_loses_nothing_that_was_acknowledged(void **state)
{
    (void)state;
    uint64_t term;
    struct rlimit limit, before;
    struct stat stat_before;
    char path[2 * RIG_PATH_MAX];
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 100, 50), FAIL_NONE);
    (void)snprintf(path, sizeof path, "%s/data.mdb", rig_home);
    assert_int_equal(stat(path, &stat_before), 0);

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = (rlim_t)stat_before.st_size + 8192;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    unlimited = true;
    fail_t fail = rig_append(journal, term, 5000, 100);
    unlimited = false;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);

    assert_int_equal(fail, FAIL_STORE);
    assert_int_equal(rig_append(journal, term, 1, 1), FAIL_STORE); // although there is room again
    assert_int_equal(journal_lead(journal, &term), FAIL_STORE);
    journal_destroy(&journal);
    journal = lmdb_open(&term);
    rig_check_all(journal, 100);
    assert_int_equal(rig_append(journal, term, 5000, 100), FAIL_NONE);
    rig_check_all(journal, 5100);
    journal_destroy(&journal);
}

static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static void a_random_trace_has_the_same_answers_as_the_model_disk(void **state)
{
    (void)state;
    const char *given = getenv("KOPECK_TEST_SEED");
    uint64_t random = given ? strtoull(given, NULL, 0) : 0x5eed0001, term, model_term;
    print_message("seed 0x%llx\n", (unsigned long long)random);
    journal_memory_t *disk = NULL;
    journal_t *journal = lmdb_open(&term), *model = NULL;
    assert_int_equal(journal_memory_new(LMDB_SEGMENT_EVENTS, &disk), FAIL_NONE);
    assert_int_equal(journal_open_memory(disk, &model), FAIL_NONE);
    assert_int_equal(journal_lead(model, &model_term), FAIL_NONE);
    for (int step = 0; step < 400; step++) {
        uint64_t what = draw(&random) % 100, last = journal_last(model);
        if (what < 50) {
            uint32_t count = (uint32_t)(draw(&random) % 300),
                     per = 1 + (uint32_t)(draw(&random) % 60);
            uint64_t at = draw(&random) % 8 ? term : draw(&random) % (term + 2);
            fail_t fail = rig_append(model, at, count, per);
            assert_int_equal(rig_append(journal, at, count, per), fail);
        } else if (what < 60) {
            uint64_t expected = last + draw(&random) % 3 - (last ? 1 : 0);
            journal_record_t record = rig_record(expected + 1, 2);
            uint64_t head = expected + 2; // so that rig_check_all holds if this one goes through
            fail_t fail = journal_append(model, expected, term, &record, 1, &head, sizeof head);
            assert_int_equal(
                journal_append(journal, expected, term, &record, 1, &head, sizeof head), fail);
            rig_record_free(&record);
        } else if (what < 85) {
            bool sealed;
            assert_int_equal(journal_seal(journal, true, &sealed), FAIL_NONE);
            lmdb_pause();
        } else if (what < 90) {
            journal_destroy(&journal);
            journal_destroy(&model);
            journal = lmdb_open(&term);
            assert_int_equal(journal_open_memory(disk, &model), FAIL_NONE);
            assert_int_equal(journal_lead(model, &model_term), FAIL_NONE);
            assert_int_equal(term, model_term);
        } else if (last) {
            uint64_t from = 1 + draw(&random) % last, to = from + draw(&random) % 500;
            lmdb_find_each(journal, from, to < last ? to : last);
            lmdb_find_each(model, from, to < last ? to : last);
        }
        assert_int_equal(journal_last(journal), journal_last(model));
    }
    rig_check_all(model, journal_last(journal));
    rig_check_all(journal, journal_last(model));
    assert_true(lmdb_sealed_events(journal) >= LMDB_SEGMENT_EVENTS); // the trace did reach sealing
    journal_destroy(&journal);
    journal_destroy(&model);
    journal_memory_destroy(&disk);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_limit_or_a_quota_is_as_a_disk_that_is_full),
        TEST(a_second_writer_is_refused_until_the_first_has_gone),
        TEST(a_term_is_above_the_last_and_never_below_what_its_caller_asks_for),
        TEST(another_segment_size_than_the_journals_is_refused),
        TEST(a_failed_write_ends_the_journal_and_loses_nothing_that_was_acknowledged),
        TEST(a_random_trace_has_the_same_answers_as_the_model_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
