// The room of the LMDB environment: the map that grows, the disk that is full.
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <cmocka.h>

static void the_map_grows_far_beyond_its_first_size(void **state)
{
    (void)state;
    uint64_t term, last = 0;
    journal_room_t room = {0};
    journal_t *journal = lmdb_open(&term);
    journal_reader_t *reader = NULL;
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    while (room.used_bytes < 24 << 20) {
        assert_int_equal(rig_append(journal, term, 5000, 200), FAIL_NONE);
        last += 5000;
        rig_check(reader, last - 100, last, 1); // a reader that was open before the map moved
        assert_int_equal(journal_room(journal, &room), FAIL_NONE);
    }
    assert_true(room.disk_free_bytes > 0 && room.disk_free_bytes <= room.disk_total_bytes);
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
    journal = lmdb_open(&term); // with a first size that is too small for what is there
    rig_check_all(journal, last);
    assert_int_equal(rig_append(journal, term, 5000, 200), FAIL_NONE);
    journal_destroy(&journal);
}

static void a_disk_without_room_is_said_before_anything_is_written(void **state)
{
    (void)state;
    uint64_t term, last = 0;
    journal_options_t options = lmdb_options();
    if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
        mount("none", rig_home, "tmpfs", 0, "size=8m"))
        skip(); // needs the right to mount
    options.reserve_bytes = 1 << 20;
    journal_t *journal = lmdb_open_with(&options, &term);
    fail_t fail;
    while (!(fail = rig_append(journal, term, 500, 100)))
        last += 500;
    assert_int_equal(fail, FAIL_FULL);
    assert_true(last > 1000);
    rig_check_all(journal, last); // it still serves
    assert_int_equal(rig_append(journal, term, 500, 100), FAIL_FULL);
    options.reserve_bytes = 1 << 16;
    journal_destroy(&journal);
    journal = lmdb_open_with(&options, &term); // as if room had been made
    assert_int_equal(rig_append(journal, term, 500, 100), FAIL_NONE);
    rig_check_all(journal, last + 500);
    journal_destroy(&journal);
    assert_int_equal(umount(rig_home), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_map_grows_far_beyond_its_first_size),
        TEST(a_disk_without_room_is_said_before_anything_is_written), // changes what is mounted:
                                                                      // last
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
