// The sealing thread: it copies a full segment out of a journal that goes on, and gives up when it
// is told to.
#include "services/process/memory.h"
#include "store/memory/journal_memory.h"
#include "store/sealer.h"
#include "tests/unit/journal_rig.h"
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

enum { EVENTS = 1024, WAIT_MS_MAX = 20000, HEAP_MAX = 512 * 1024 };

static journal_memory_t *disk;
static journal_t *journal;

static int begin(void **state)
{
    uint64_t term;
    assert_int_equal(rig_enter(state), 0);
    assert_int_equal(journal_memory_new(EVENTS, &disk), FAIL_NONE);
    assert_int_equal(journal_open_memory(disk, &journal), FAIL_NONE);
    assert_int_equal(journal_lead(journal, &term), FAIL_NONE);
    assert_int_equal(rig_append(journal, term, EVENTS + 10, 50), FAIL_NONE);
    return 0;
}

static int end(void **state)
{
    journal_destroy(&journal);
    journal_memory_destroy(&disk);
    return rig_leave(state);
}

static sealer_t *start(const char *directory)
{
    journal_reader_t *reader = NULL;
    sealer_t *sealer = NULL;
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    assert_int_equal(sealer_start(&reader, directory, 0, EVENTS, &sealer), FAIL_NONE);
    assert_null(reader); // it is the sealer's now
    return sealer;
}

static fail_t wait_for(const sealer_t *sealer)
{
    fail_t fail = FAIL_NONE;
    int waited_ms = 0;
    for (; !sealer_done(sealer, &fail) && waited_ms < WAIT_MS_MAX; waited_ms++)
        (void)usleep(1000);
    assert_true(waited_ms < WAIT_MS_MAX);
    return fail;
}

static void a_full_segment_becomes_a_file_that_holds_it(void **state)
{
    (void)state;
    segment_t *segment = NULL;
    sealer_t *sealer = start(rig_home);
    assert_int_equal(wait_for(sealer), FAIL_NONE);
    sealer_destroy(&sealer);
    assert_null(sealer);
    assert_int_equal(segment_open(rig_home, 0, EVENTS, &segment), FAIL_NONE);
    assert_int_equal(segment_check(segment, NULL), FAIL_NONE);
    segment_destroy(&segment);
    rig_check_all(journal, EVENTS + 10); // it removes nothing
}

static void a_directory_that_is_not_there_fails_and_takes_nothing(void **state)
{
    (void)state;
    char missing[2 * RIG_PATH_MAX];
    (void)snprintf(missing, sizeof missing, "%s/none", rig_home);
    sealer_t *sealer = start(missing);
    assert_int_not_equal(wait_for(sealer), FAIL_NONE);
    sealer_destroy(&sealer);
    rig_check_all(journal, EVENTS + 10);
}

static void one_that_is_ended_early_is_begun_again(void **state)
{
    (void)state;
    sealer_t *sealer = start(rig_home);
    sealer_destroy(&sealer);
    sealer = start(rig_home);
    assert_int_equal(wait_for(sealer), FAIL_NONE);
    sealer_destroy(&sealer);
}

// It needs 2.5 MiB, which a heap that keeps what was freed would never give back.
static void what_it_needed_goes_back(void **state)
{
    (void)state;
    if (!memory_keep_pages())
        skip();                        // a sanitizer's allocator
    size_t before = mallinfo2().arena; // what the heaps of all threads have of the kernel
    sealer_t *sealer = start(rig_home);
    assert_int_equal(wait_for(sealer), FAIL_NONE);
    sealer_destroy(&sealer);
    assert_true(mallinfo2().arena <= before + HEAP_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_it_needed_goes_back), // first: another would have left free room to it
        TEST(a_full_segment_becomes_a_file_that_holds_it),
        TEST(a_directory_that_is_not_there_fails_and_takes_nothing),
        TEST(one_that_is_ended_early_is_begun_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
