// What only the LMDB engine does: growth, locks, a second process, a full disk.
#include "store/journal_memory.h"
#include "store/record.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

// ---- Opening

static void a_journal_is_made_only_on_request(void **state)
{
    (void)state;
    journal_t *journal = NULL;
    journal_lmdb_options_t options = lmdb_options();
    options.create = false;
    assert_int_equal(journal_open_lmdb(&options, &journal), FAIL_MISSING);
    options.read_only = true;
    assert_int_equal(journal_open_lmdb(&options, &journal), FAIL_MISSING);
    options.directory = "/nonexistent/journal";
    assert_int_equal(journal_open_lmdb(&options, &journal), FAIL_MISSING);
    assert_null(journal);
}

static void write_file(const char *name, const void *data, size_t size)
{
    char path[2 * RIG_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", lmdb_options().directory, name);
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
    journal_lmdb_options_t options = lmdb_options();
    assert_int_equal(journal_make_directory(options.directory), FAIL_NONE);
    write_file("data.mdb.new", part, sizeof part);
    options.create = false;
    assert_int_equal(journal_open_lmdb(&options, &journal), FAIL_MISSING);
    journal = lmdb_open(&term);
    assert_int_equal(rig_append(journal, term, 100, 50), FAIL_NONE);
    journal_destroy(&journal);
    journal = lmdb_open(&term);
    rig_check_all(journal, 100);
    journal_destroy(&journal);
    (void)snprintf(path, sizeof path, "%s/data.mdb.new", options.directory);
    assert_int_equal(access(path, F_OK), -1);
    (void)snprintf(path, sizeof path, "%s/data.mdb.new-lock", options.directory);
    assert_int_equal(access(path, F_OK), -1);
}

// It had a journal once, for it is never made so: whoever lost it must know.
static void an_emptied_file_is_not_taken_for_a_new_journal(void **state)
{
    (void)state;
    journal_t *journal = NULL;
    journal_lmdb_options_t options = lmdb_options();
    assert_int_equal(journal_make_directory(options.directory), FAIL_NONE);
    write_file("data.mdb", NULL, 0);
    assert_int_equal(journal_open_lmdb(&options, &journal), FAIL_CORRUPT);
    assert_null(journal);
}

static void a_second_writer_is_refused_until_the_first_has_gone(void **state)
{
    (void)state;
    uint64_t term;
    journal_lmdb_options_t options = lmdb_options();
    journal_t *first = lmdb_open(&term), *second = NULL;
    assert_int_equal(journal_open_lmdb(&options, &second), FAIL_FENCED);
    pid_t child = fork();
    if (child == 0)
        _exit(journal_open_lmdb(&options, &second) == FAIL_FENCED ? 0 : 1);
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
    journal_lmdb_options_t options = lmdb_options();
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
    journal_lmdb_options_t options = lmdb_options();
    journal_t *journal = lmdb_open(&term);
    journal_destroy(&journal);
    options.segment_events = 2 * LMDB_SEGMENT_EVENTS;
    assert_int_equal(journal_open_lmdb(&options, &journal), FAIL_CONFIG);
    options.segment_events = 0; // what is there
    assert_int_equal(journal_open_lmdb(&options, &journal), FAIL_NONE);
    assert_int_equal(journal_segment_events(journal), LMDB_SEGMENT_EVENTS);
    journal_destroy(&journal);
}

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

// ---- A second process that reads

enum { FOLLOWED_EVENTS = 60000 };

static fail_t follow_record(const journal_record_t *record, void *arg)
{
    uint64_t *next = arg;
    uint8_t event[RIG_EVENT_MAX];
    for (record_walk_t walk = record_walk(record); record_walk_next(&walk);) {
        if (walk.sequence < *next)
            continue; // sealed records are packed anew: one may begin before what was asked for
        if (walk.sequence != (*next)++ || walk.event.size != rig_event(walk.sequence, event) ||
            memcmp(walk.event.data, event, walk.event.size) != 0)
            return FAIL_MISMATCH;
    }
    return FAIL_NONE;
}

// The child's life: no assertion of cmocka's may leave it.
static int follow(void)
{
    journal_lmdb_options_t options = lmdb_options();
    journal_t *journal = NULL;
    journal_reader_t *reader = NULL;
    uint64_t next = 1, term;
    options.create = false;
    options.read_only = true;
    if (journal_open_lmdb(&options, &journal) || journal_reader_open(journal, &reader))
        return 2;
    if (journal_lead(journal, &term) != FAIL_FENCED ||
        journal_append(journal, 0, 1, NULL, 0, "h", 1) != FAIL_FENCED)
        return 3;
    for (uint32_t waited = 0; next <= FOLLOWED_EVENTS && waited < LMDB_WAIT_MS_MAX;) {
        fail_t fail = journal_read(reader, next, 100000, follow_record, &next);
        if (fail == FAIL_MISSING) {
            lmdb_pause();
            waited++;
        } else if (fail) {
            return 4;
        }
    }
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
    return next == FOLLOWED_EVENTS + 1 ? 0 : 5;
}

static void a_process_that_only_reads_follows_the_growing_and_sealing_writer(void **state)
{
    (void)state;
    uint64_t term;
    int go[2], status;
    char byte = 0;
    assert_int_equal(pipe(go), 0);
    pid_t child = fork(); // before any environment is open: LMDB must not cross a fork
    if (child == 0)
        _exit(read(go[0], &byte, 1) == 1 ? follow() : 1);
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(write(go[1], &byte, 1), 1);
    for (uint32_t i = 0; i < FOLLOWED_EVENTS / 500; i++) {
        bool sealed;
        assert_int_equal(rig_append(journal, term, 500, 50), FAIL_NONE);
        assert_int_equal(journal_seal(journal, &sealed), FAIL_NONE);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    (void)close(go[0]);
    (void)close(go[1]);
    journal_destroy(&journal);
}

// ---- Full disks

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
    fail_t fail = rig_append(journal, term, 5000, 100);
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

static void a_disk_without_room_is_said_before_anything_is_written(void **state)
{
    (void)state;
    uint64_t term, last = 0;
    journal_lmdb_options_t options = lmdb_options();
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

// ---- Both engines under one random trace

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
            assert_int_equal(journal_seal(journal, &sealed), FAIL_NONE);
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

#define T(test) cmocka_unit_test_setup_teardown(test, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_process_that_only_reads_follows_the_growing_and_sealing_writer),
        T(a_journal_is_made_only_on_request),
        T(what_an_unfinished_start_left_is_made_again),
        T(an_emptied_file_is_not_taken_for_a_new_journal),
        T(a_second_writer_is_refused_until_the_first_has_gone),
        T(a_term_is_above_the_last_and_never_below_what_its_caller_asks_for),
        T(another_segment_size_than_the_journals_is_refused),
        T(the_map_grows_far_beyond_its_first_size),
        T(a_failed_write_ends_the_journal_and_loses_nothing_that_was_acknowledged),
        T(a_random_trace_has_the_same_answers_as_the_model_disk),
        T(a_disk_without_room_is_said_before_anything_is_written), // changes what is mounted: last
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
