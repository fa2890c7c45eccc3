// Reading an LMDB journal from a process beside its writer.
#include "store/record.h"
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <cmocka.h>

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
    journal_options_t options = lmdb_options();
    journal_t *journal = NULL;
    journal_reader_t *reader = NULL;
    uint64_t next = 1, term;
    options.create = false;
    options.read_only = true;
    if (lmdb_try(&options, &journal) || journal_reader_open(journal, &reader))
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
        assert_int_equal(journal_seal(journal, true, &sealed), FAIL_NONE);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    (void)close(go[0]);
    (void)close(go[1]);
    journal_destroy(&journal);
}

static fail_t die(const journal_record_t *record, void *arg)
{
    (void)record;
    (void)arg;
    return raise(SIGKILL) ? FAIL_STORE : FAIL_NONE;
}

static fail_t hang(const journal_record_t *record, void *arg)
{
    char byte;
    (void)record;
    int *ends = arg;
    bool told = write(ends[1], "r", 1) == 1;
    return told && read(ends[2], &byte, 1) == 1 ? FAIL_LATER : FAIL_STORE;
}

// A process that reads the journal; `visit` runs amid its read.
static pid_t read_in_a_child(journal_visit_fn *visit, void *arg)
{
    pid_t child = fork();
    if (child)
        return child;
    journal_options_t options = lmdb_options();
    journal_t *journal = NULL;
    journal_reader_t *reader = NULL;
    options.create = false;
    options.read_only = true;
    _exit(lmdb_try(&options, &journal) || journal_reader_open(journal, &reader) ||
          journal_read(reader, 1, 1, visit, arg) == FAIL_STORE);
}

static uint64_t used_bytes(journal_t *journal)
{
    journal_room_t room;
    assert_int_equal(journal_room(journal, &room), FAIL_NONE);
    return room.used_bytes;
}

static void append_alone(journal_t *journal, uint64_t term, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        assert_int_equal(rig_append(journal, term, 1, 1), FAIL_NONE);
}

// What 300 commits add to the file while nobody reads is the measure of what a reader costs.
static void a_reader_that_was_killed_amid_a_read_holds_no_pages(void **state)
{
    (void)state;
    uint64_t term;
    journal_readers_t readers;
    journal_t *journal = lmdb_open(&term);
    append_alone(journal, term, 50);
    journal_destroy(&journal); // LMDB must not cross a fork
    int status;
    journal = lmdb_open(&term);
    append_alone(journal, term, 300);
    uint64_t before = used_bytes(journal);
    append_alone(journal, term, 300);
    uint64_t alone = used_bytes(journal) - before;
    pid_t child = read_in_a_child(die, NULL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    append_alone(journal, term, 10);
    assert_int_equal(journal_look_at_readers(journal, &readers), FAIL_NONE);
    assert_int_equal(readers.dead, 1);
    before = used_bytes(journal);
    append_alone(journal, term, 300);
    assert_true(used_bytes(journal) - before <= 2 * alone + 65536);
    journal_destroy(&journal);
}

static void a_reader_that_reads_on_is_told_of(void **state)
{
    (void)state;
    uint64_t term;
    int here[2], there[2], status;
    char byte;
    journal_readers_t first, second;
    journal_t *journal = lmdb_open(&term);
    append_alone(journal, term, 50);
    assert_int_equal(pipe(here), 0);
    assert_int_equal(pipe(there), 0);
    int ends[] = {-1, here[1], there[0]};
    pid_t child = read_in_a_child(hang, ends);
    assert_int_equal(read(here[0], &byte, 1), 1);
    append_alone(journal, term, 20);
    assert_int_equal(journal_look_at_readers(journal, &first), FAIL_NONE);
    assert_int_equal(first.dead, 0);
    assert_int_equal(first.pid, child);
    assert_int_equal(first.behind, 20);
    append_alone(journal, term, 5);
    assert_int_equal(journal_look_at_readers(journal, &second), FAIL_NONE);
    assert_int_equal(second.view, first.view);
    assert_int_equal(second.behind, 25);
    assert_int_equal(write(there[1], "g", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(journal_look_at_readers(journal, &second), FAIL_NONE);
    assert_int_equal(second.behind, 0);
    for (int i = 0; i < 2; i++) {
        (void)close(here[i]);
        (void)close(there[i]);
    }
    journal_destroy(&journal);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, rig_enter, rig_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_process_that_only_reads_follows_the_growing_and_sealing_writer),
        TEST(a_reader_that_was_killed_amid_a_read_holds_no_pages),
        TEST(a_reader_that_reads_on_is_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
