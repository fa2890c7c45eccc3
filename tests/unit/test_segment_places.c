// Where segments are looked for: what the file `archive` may say, and what is said of one that is
// nowhere.
#include "store/segment_places.h"
#include "tests/unit/journal_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum { EVENTS = 1024, TEXT_MAX = 2 * SEGMENT_ARCHIVE_MAX };

static segment_places_t places;
static char why[JOURNAL_WHY_MAX];

static fail_t read_places(const char *text)
{
    char path[2 * RIG_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/" SEGMENT_ARCHIVE, rig_home);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    *why = '\0';
    return segment_places_read(rig_home, "segments", &places, why);
}

static void without_a_file_there_is_the_journals_own_directory(void **state)
{
    (void)state;
    char own[2 * RIG_PATH_MAX];
    (void)snprintf(own, sizeof own, "%s/segments", rig_home);
    assert_int_equal(segment_places_read(rig_home, "segments", &places, why), FAIL_NONE);
    assert_int_equal(places.count, 1);
    assert_string_equal(places.directories[0], own);
}

static void each_line_names_a_directory_in_the_order_of_the_search(void **state)
{
    (void)state;
    char beside[2 * RIG_PATH_MAX];
    (void)snprintf(beside, sizeof beside, "%s/../older", rig_home);
    assert_int_equal(read_places("# of 2026\n\n  /mnt/two words\t\r\n../older\n/last"), FAIL_NONE);
    assert_int_equal(places.count, 4);
    assert_string_equal(places.directories[1], "/mnt/two words");
    assert_string_equal(places.directories[2], beside);
    assert_string_equal(places.directories[3], "/last");
}

static void a_file_that_says_too_much_is_refused(void **state)
{
    (void)state;
    static char text[TEXT_MAX];
    assert_int_equal(read_places("/1\n/2\n/3\n/4\n/5\n/6\n/7\n/8\n"), FAIL_NONE);
    assert_int_equal(read_places("/1\n/2\n/3\n/4\n/5\n/6\n/7\n/8\n/9\n"), FAIL_CONFIG);
    assert_string_equal(why, "archive: expected at most 8 directories, one a line");
    memset(text, 'a', SEGMENT_PATH_MAX);
    assert_int_equal(read_places(text), FAIL_CONFIG); // a name that is too long
    memset(text, '\n', SEGMENT_ARCHIVE_MAX);
    assert_int_equal(read_places(text), FAIL_CONFIG);
}

static void make_segment(const char *directory)
{
    segment_writer_t *writer;
    uint8_t event[RIG_EVENT_MAX];
    assert_int_equal(segment_writer_open(directory, 0, EVENTS, false, &writer), FAIL_NONE);
    for (uint64_t sequence = 1; sequence <= EVENTS; sequence++)
        assert_int_equal(segment_writer_add(writer, event, rig_event(sequence, event)), FAIL_NONE);
    assert_int_equal(segment_writer_finish(writer), FAIL_NONE);
    segment_writer_destroy(&writer);
}

static void make_places(void)
{
    char path[SEGMENT_PATH_MAX];
    assert_int_equal(read_places("one\ntwo\n"), FAIL_NONE);
    for (size_t i = 0; i < places.count; i++) {
        (void)snprintf(path, sizeof path, "%s", places.directories[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
}

static void a_segment_is_opened_where_it_is_found_first(void **state)
{
    (void)state;
    segment_t *segment = NULL;
    size_t place = 0;
    make_places();
    make_segment(places.directories[2]);
    assert_int_equal(segment_places_find(&places, 0, EVENTS, why, &segment, &place), FAIL_NONE);
    assert_int_equal(place, 2);
    segment_destroy(&segment);
    make_segment(places.directories[0]);
    assert_int_equal(segment_places_find(&places, 0, EVENTS, why, &segment, &place), FAIL_NONE);
    assert_int_equal(place, 0);
    segment_destroy(&segment);
}

static void a_damaged_one_is_looked_for_elsewhere_and_else_named(void **state)
{
    (void)state;
    char path[SEGMENT_PATH_MAX];
    segment_t *segment = NULL;
    size_t place = 0;
    make_places();
    make_segment(places.directories[1]);
    assert_int_equal(segment_path(places.directories[1], 0, path), FAIL_NONE);
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(segment_places_open(&places, 0, EVENTS, why, &segment), FAIL_CORRUPT);
    assert_non_null(strstr(why, "000000000000.segment is damaged in "));
    assert_non_null(strstr(why, "/one"));
    make_segment(places.directories[2]);
    assert_int_equal(segment_places_find(&places, 0, EVENTS, why, &segment, &place), FAIL_NONE);
    assert_int_equal(place, 2);
    segment_destroy(&segment);
}

static void a_missing_one_is_named_with_every_place(void **state)
{
    (void)state;
    segment_t *segment = NULL;
    char expected[4 * RIG_PATH_MAX];
    make_places();
    assert_int_equal(segment_places_open(&places, 7, EVENTS, why, &segment), FAIL_CORRUPT);
    (void)snprintf(expected, sizeof expected,
                   "000000000007.segment is missing; looked in %s/segments, %s/one, %s/two",
                   rig_home, rig_home, rig_home);
    assert_string_equal(why, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_file_there_is_the_journals_own_directory,
                                        rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(each_line_names_a_directory_in_the_order_of_the_search,
                                        rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(a_file_that_says_too_much_is_refused, rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(a_segment_is_opened_where_it_is_found_first, rig_enter,
                                        rig_leave),
        cmocka_unit_test_setup_teardown(a_damaged_one_is_looked_for_elsewhere_and_else_named,
                                        rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(a_missing_one_is_named_with_every_place, rig_enter,
                                        rig_leave),
    };
    return cmocka_run_group_tests_name("segment_places", tests, NULL, NULL);
}
