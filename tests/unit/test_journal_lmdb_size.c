// A file that was cut is known by its size, and no whole one is taken for cut.
#include "store/lmdb/journal_lmdb_env.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { EVENTS = 700, TRANSACTIONS = 1500, ROWS = 300, PAGE = 4096 };

static void path_of(char path[2 * RIG_PATH_MAX])
{
    (void)snprintf(path, 2 * RIG_PATH_MAX, "%s/data.mdb", rig_home);
}

// In a process of its own: before there was this check it died by SIGBUS.
static int open_apart(const char *expected, bool read_only)
{
    pid_t child = fork();
    if (child == 0) {
        char why[JOURNAL_WHY_MAX];
        journal_options_t options = lmdb_options();
        journal_t *journal = NULL;
        options.create = false;
        options.read_only = read_only;
        options.why = why;
        fail_t fail = lmdb_try(&options, &journal);
        _exit(fail == FAIL_CORRUPT && strstr(why, expected) ? 0 : 1 + (int)fail);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_journal_that_was_cut_is_truncated_and_kills_nobody(void **state)
{
    (void)state;
    uint64_t term;
    char path[2 * RIG_PATH_MAX];
    struct stat whole;
    journal_t *journal = lmdb_open(&term);
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(rig_append(journal, term, (i + 1) * EVENTS / 5, 50), FAIL_NONE);
    journal_destroy(&journal);
    path_of(path);
    assert_int_equal(stat(path, &whole), 0);
    assert_true(whole.st_size / PAGE > 8);
    for (off_t cut = 1; cut < whole.st_size - 2 * PAGE; cut += cut < PAGE ? PAGE - 1 : PAGE) {
        assert_int_equal(truncate(path, whole.st_size - cut), 0);
        assert_int_equal(open_apart("truncated", true), 0);
        assert_int_equal(open_apart("truncated", false), 0);
    }
    assert_int_equal(truncate(path, PAGE), 0); // less than its meta pages
    assert_int_equal(open_apart("", true), 0);
}

// What LMDB counts and never writes: many transactions that take pages and let go of them again.
static void no_whole_file_is_taken_for_cut(void **state)
{
    (void)state;
    MDB_env *env;
    MDB_dbi rows;
    MDB_txn *txn;
    int fd;
    uint64_t draw = 7, shorter = 0;
    static uint8_t value[3 * PAGE];
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_mapsize(env, 64 << 20), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 2), 0);
    assert_int_equal(mdb_env_open(env, rig_home, MDB_NOSYNC, 0600), 0);
    assert_int_equal(mdb_env_get_fd(env, &fd), 0);
    for (unsigned i = 0; i < TRANSACTIONS; i++) {
        assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
        assert_int_equal(mdb_dbi_open(txn, "rows", MDB_CREATE, &rows), 0);
        for (unsigned n = 0; n < 90; n++) {
            draw = draw * 6364136223846793005U + 1442695040888963407U;
            uint64_t name = draw >> 40;
            name %= ROWS;
            MDB_val key = {sizeof name, &name}, data = {(draw >> 20) % sizeof value, value};
            if (n % 30 > 15) // what this transaction has put, too
                (void)mdb_del(txn, rows, &key, NULL);
            else
                assert_int_equal(mdb_put(txn, rows, &key, &data, 0), 0);
        }
        assert_int_equal(mdb_txn_commit(txn), 0);
        MDB_envinfo info;
        struct stat now;
        assert_int_equal(mdb_env_info(env, &info), 0);
        assert_int_equal(fstat(fd, &now), 0);
        shorter += (uint64_t)now.st_size / PAGE < info.me_last_pgno + 1;
        assert_int_equal(lmdb_check_size(fd, PAGE, info.me_last_pgno + 1), FAIL_NONE);
    }
    mdb_env_close(env);
    assert_true(shorter > 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_journal_that_was_cut_is_truncated_and_kills_nobody),
        TEST(no_whole_file_is_taken_for_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
