// How an LMDB journal is made: on request only, again after a start that a power cut ended, never
// over another.
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static void a_journal_is_made_only_on_request(void **state)
{
    (void)state;
    journal_t *journal = NULL;
    journal_options_t options = lmdb_options();
    options.create = false;
    assert_int_equal(lmdb_try(&options, &journal), FAIL_MISSING);
    options.read_only = true;
    assert_int_equal(lmdb_try(&options, &journal), FAIL_MISSING);
    assert_int_equal(journal_open("/nonexistent/journal", &options, &journal), FAIL_MISSING);
    assert_null(journal);
}

// Such a place may be where a volume is to be mounted.
static void nothing_is_left_where_no_journal_is_made(void **state)
{
    (void)state;
    journal_t *journal = NULL;
    journal_options_t options = lmdb_options();
    journal_needs_t needs;
    char path[2 * RIG_PATH_MAX];
    options.create = false;
    (void)snprintf(path, sizeof path, "%s/nowhere", rig_home);
    assert_int_equal(journal_prepare(path, false, &needs), FAIL_MISSING);
    assert_int_equal(journal_open(path, &options, &journal), FAIL_MISSING);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(journal_prepare(rig_home, false, &needs), FAIL_MISSING);
    assert_int_equal(lmdb_try(&options, &journal), FAIL_MISSING);
    assert_int_equal(rmdir(rig_home), 0); // it is empty
    assert_int_equal(mkdir(rig_home, 0700), 0);
    uint64_t term;
    journal = lmdb_open(&term);
    journal_destroy(&journal);
    assert_int_equal(journal_prepare(rig_home, false, &needs), FAIL_NONE);
    assert_string_equal(needs.directory, rig_home);
}

static void what_is_left_of_a_journal_is_no_place_for_a_new_one(void **state)
{
    (void)state;
    journal_t *journal = NULL;
    journal_options_t options = lmdb_options();
    char path[2 * RIG_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/segments", rig_home);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(lmdb_try(&options, &journal), FAIL_CORRUPT);
    assert_null(journal);
}

static void write_file(const char *name, const void *data, size_t size)
{
    char path[2 * RIG_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", rig_home, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

// A start that a power cut ended leaves any part of the file, under the name that it is made by.
static void what_an_unfinished_start_left_is_made_again(void **state)
{
    (void)state;
    static uint8_t part[5000] = {0, 0, 0, 0, 0, 0, 0,    0,    0,    0,
                                 8, 0, 0, 0, 0, 0, 0xde, 0xc0, 0xef, 0xbe};
    uint64_t term;
    journal_t *journal = NULL;
    char path[2 * RIG_PATH_MAX];
    journal_options_t options = lmdb_options();
    journal_needs_t needs;
    assert_int_equal(journal_prepare(rig_home, true, &needs), FAIL_NONE);
    assert_string_equal(needs.directory, rig_home);
    write_file("data.mdb.new", part, sizeof part);
    options.create = false;
    assert_int_equal(lmdb_try(&options, &journal), FAIL_MISSING);
    journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 100, 50), FAIL_NONE);
    journal_destroy(&journal);
    journal = lmdb_open(&term);
    rig_check_all(journal, 100);
    journal_destroy(&journal);
    (void)snprintf(path, sizeof path, "%s/data.mdb.new", rig_home);
    assert_int_equal(access(path, F_OK), -1);
    (void)snprintf(path, sizeof path, "%s/data.mdb.new-lock", rig_home);
    assert_int_equal(access(path, F_OK), -1);
}

// It had a journal once, for it is never made so: whoever lost it must know.
static void an_emptied_file_is_not_taken_for_a_new_journal(void **state)
{
    (void)state;
    journal_t *journal = NULL;
    journal_options_t options = lmdb_options();
    journal_needs_t needs;
    assert_int_equal(journal_prepare(rig_home, true, &needs), FAIL_NONE);
    assert_string_equal(needs.directory, rig_home);
    write_file("data.mdb", NULL, 0);
    assert_int_equal(lmdb_try(&options, &journal), FAIL_CORRUPT);
    assert_null(journal);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_left_where_no_journal_is_made),
        TEST(what_is_left_of_a_journal_is_no_place_for_a_new_one),
        TEST(a_journal_is_made_only_on_request),
        TEST(what_an_unfinished_start_left_is_made_again),
        TEST(an_emptied_file_is_not_taken_for_a_new_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
