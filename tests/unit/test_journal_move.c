// A journal that moves while it is written: between LMDB and PostgreSQL and to another directory.
// Its writer is asked for events before each step of the move, and the move is ended at each step
// by SIGKILL: what was acknowledged is in the new place, once, and what is not was refused.
#include "store/journal_move.h"
#include "tests/unit/postgresql_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { SEGMENT = POSTGRESQL_RIG_SEGMENT, BEFORE = 5 * SEGMENT / 2, EACH = 7 };

static char other[RIG_PATH_MAX], lmdb_place[2 * RIG_PATH_MAX], database_place[2 * RIG_PATH_MAX],
    third_place[2 * RIG_PATH_MAX], fourth_place[2 * RIG_PATH_MAX];

static int enter(void **state)
{
    rig_directory(other);
    (void)snprintf(lmdb_place, sizeof lmdb_place, "lmdb:%s/first", other);
    (void)snprintf(third_place, sizeof third_place, "%s/third", other);
    (void)snprintf(fourth_place, sizeof fourth_place, "%s/fourth", other);
    int failed = postgresql_rig_enter(state);
    (void)snprintf(database_place, sizeof database_place, "postgresql:%s", rig_home);
    return failed;
}

static int leave(void **state)
{
    rig_remove(other);
    return rig_leave(state);
}

// --- the writer of the old place ---

typedef struct {
    journal_t *journal;
    uint64_t term, acknowledged;
} writer_t;

static writer_t begin(const char *place)
{
    writer_t writer = {0};
    const journal_options_t options = {.create = true, .segment_events = SEGMENT};
    assert_int_equal(journal_open(place, &options, &writer.journal), FAIL_NONE);
    assert_int_equal(journal_lead(writer.journal, &writer.term), FAIL_NONE);
    writer.acknowledged = journal_last(writer.journal);
    return writer;
}

static fail_t append(writer_t *writer, uint32_t count)
{
    bool sealed;
    fail_t fail = rig_append(writer->journal, writer->term, count, 64);
    if (!fail) {
        writer->acknowledged += count;
        (void)journal_seal(writer->journal, true, &sealed);
    }
    return fail;
}

static void append_row(writer_t *writer, uint8_t owner, const char *text)
{
    uint64_t last = journal_last(writer->journal);
    const journal_row_t row = {{{owner}}, 1, {(const uint8_t *)text, (uint32_t)strlen(text)}};
    assert_int_equal(journal_append_rows(writer->journal, last, writer->term, NULL, 0, &last,
                                         sizeof last, &row, 1),
                     FAIL_NONE);
}

static void end(writer_t *writer)
{
    journal_destroy(&writer->journal);
}

// --- the mover, a process of its own ---

typedef struct {
    const char *from, *to;
    int kill_at; // a step, -1 for none
    int asks, answers;
    char why[JOURNAL_WHY_MAX];
} mover_t;

static fail_t meet(void *arg, journal_move_step_t step)
{
    mover_t *self = arg;
    char byte = (char)step;
    if (write(self->asks, &byte, 1) != 1 || read(self->answers, &byte, 1) != 1)
        return FAIL_STORE;
    if ((int)step == self->kill_at)
        (void)raise(SIGKILL);
    return FAIL_NONE;
}

typedef struct {
    fail_t fail;
    uint64_t last;
    bool killed;
    int writes, refused; // of the writer, meanwhile
    char why[JOURNAL_WHY_MAX];
} result_t;

static void move_in_child(mover_t *self, int result)
{
    result_t outcome = {0};
    journal_moved_t moved = {0};
    const journal_move_t move = {
        .from = self->from, .to = self->to, .step = meet, .arg = self, .why = self->why};
    outcome.fail = journal_move(&move, &moved);
    outcome.last = moved.last;
    memcpy(outcome.why, self->why, sizeof outcome.why);
    _exit(write(result, &outcome, sizeof outcome) != sizeof outcome);
}

// The writer, if there is one, appends before each step.
static result_t move(writer_t *writer, const char *from, const char *to, int kill_at)
{
    int asks[2], answers[2], result[2], status;
    result_t outcome = {.killed = true}, said;
    assert_int_equal(pipe(asks) | pipe(answers) | pipe(result), 0);
    mover_t mover = {.from = from, .to = to, .kill_at = kill_at};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(asks[0]);
        (void)close(answers[1]);
        mover.asks = asks[1];
        mover.answers = answers[0];
        move_in_child(&mover, result[1]);
    }
    (void)close(asks[1]);
    (void)close(answers[0]);
    (void)close(result[1]);
    for (char byte; read(asks[0], &byte, 1) == 1;) {
        if (writer && !outcome.refused) {
            outcome.writes++;
            outcome.refused += append(writer, EACH) != FAIL_NONE;
        }
        assert_int_equal(write(answers[1], &byte, 1), 1);
    }
    if (read(result[0], &said, sizeof said) == sizeof said) {
        said.writes = outcome.writes;
        said.refused = outcome.refused;
        outcome = said;
    }
    (void)close(asks[0]);
    (void)close(answers[1]);
    (void)close(result[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return outcome;
}

// --- what is there in the end ---

static fail_t count_row(const journal_row_t *row, void *arg)
{
    (void)row;
    ++*(unsigned *)arg;
    return FAIL_NONE;
}

static void check_place(const char *place, uint64_t last, unsigned rows)
{
    static const uid_t16 first;
    journal_t *journal = NULL;
    journal_reader_t *reader = NULL;
    unsigned found = 0;
    assert_int_equal(journal_open(place, &(journal_options_t){.read_only = true}, &journal),
                     FAIL_NONE);
    assert_int_equal(journal_last(journal), last);
    rig_check_all(journal, last);
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    assert_int_equal(journal_rows(reader, &first, SIZE_MAX, count_row, &found), FAIL_NONE);
    assert_int_equal(found, rows);
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
}

static void check_is_left(const char *place, const char *whither)
{
    char why[JOURNAL_WHY_MAX], expected[JOURNAL_WHY_MAX];
    journal_t *journal = NULL;
    assert_int_equal(journal_open(place, &(journal_options_t){.why = why}, &journal), FAIL_FENCED);
    (void)snprintf(expected, sizeof expected, "it was moved, and goes on at %.200s", whither);
    assert_string_equal(why, expected);
}

static void move_under_load(const char *from, const char *to)
{
    writer_t writer = begin(from);
    for (int i = 0; i < 5; i++)
        assert_int_equal(append(&writer, BEFORE / 5), FAIL_NONE);
    append_row(&writer, 1, "one");
    append_row(&writer, 255, "last");
    result_t outcome = move(&writer, from, to, -1);
    assert_int_equal(outcome.fail, FAIL_NONE);
    assert_int_equal(outcome.refused, 1); // behind the fence
    assert_true(journal_was_left(writer.journal) && !journal_is_broken(writer.journal));
    assert_true(writer.acknowledged > BEFORE);
    assert_int_equal(outcome.last, writer.acknowledged);
    end(&writer);
    check_place(to, writer.acknowledged, 2);
    check_is_left(from, to);
    writer_t next = begin(to);
    assert_true(next.term > writer.term);
    assert_int_equal(append(&next, 10), FAIL_NONE);
    end(&next);
    check_place(to, writer.acknowledged + 10, 2);
}

static void a_journal_of_files_moves_into_a_database_while_it_is_written(void **state)
{
    (void)state;
    move_under_load(lmdb_place, database_place);
}

static void a_journal_in_a_database_moves_into_files_while_it_is_written(void **state)
{
    (void)state;
    move_under_load(database_place, lmdb_place);
}

static void a_journal_moves_to_another_directory_while_it_is_written(void **state)
{
    (void)state;
    move_under_load(lmdb_place, third_place);
}

// Killed at each step, again and again at the same one too; then done by the same call.
static void move_with_kills(const char *from, const char *to)
{
    writer_t writer = begin(from);
    for (int i = 0; i < 5; i++)
        assert_int_equal(append(&writer, BEFORE / 5), FAIL_NONE);
    append_row(&writer, 7, "seven");
    for (int at = JOURNAL_MOVE_FOLLOW; at <= JOURNAL_MOVE_DONE; at++)
        for (int twice = 0; twice < 2; twice++) {
            bool runs = writer.journal && !journal_was_left(writer.journal);
            result_t outcome = move(runs ? &writer : NULL, from, to, at);
            // Whatever the step: no append but the writer's, and only one place can be written.
            bool left = at > JOURNAL_MOVE_FENCE;
            if (at < JOURNAL_MOVE_DONE || !twice)
                assert_true(outcome.killed);
            if (left)
                assert_int_equal(append(&writer, EACH), FAIL_FENCED);
            else
                assert_int_equal(append(&writer, EACH), FAIL_NONE);
        }
    result_t outcome = move(NULL, from, to, -1);
    assert_int_equal(outcome.fail, FAIL_NONE);
    assert_int_equal(outcome.last, writer.acknowledged);
    end(&writer);
    check_place(to, writer.acknowledged, 1);
    check_is_left(from, to);
}

static void a_move_into_a_database_is_killed_at_every_step(void **state)
{
    (void)state;
    move_with_kills(lmdb_place, database_place);
}

static void a_move_out_of_a_database_is_killed_at_every_step(void **state)
{
    (void)state;
    move_with_kills(database_place, lmdb_place);
}

// It appends nothing, so that no append of it is refused.
static void idle_until_it_looks(const char *from, const char *to)
{
    writer_t writer = begin(from);
    assert_int_equal(append(&writer, 100), FAIL_NONE);
    journal_look_whether_left(writer.journal);
    assert_false(journal_is_broken(writer.journal));
    result_t outcome = move(NULL, from, to, -1);
    assert_int_equal(outcome.fail, FAIL_NONE);
    assert_false(journal_was_left(writer.journal));
    journal_look_whether_left(writer.journal);
    assert_true(journal_was_left(writer.journal) && journal_is_broken(writer.journal));
    assert_non_null(strstr(journal_why(writer.journal), to));
    end(&writer);
    check_place(to, 100, 0);
}

static void a_writer_that_appends_nothing_hears_of_the_move_when_it_looks(void **state)
{
    (void)state;
    idle_until_it_looks(lmdb_place, third_place);
    idle_until_it_looks(database_place, fourth_place);
}

static void what_is_there_already_is_not_written_over(void **state)
{
    (void)state;
    writer_t writer = begin(lmdb_place);
    assert_int_equal(append(&writer, 100), FAIL_NONE);
    writer_t stranger = begin(third_place);
    assert_int_equal(append(&stranger, 3), FAIL_NONE);
    result_t outcome = move(&writer, lmdb_place, third_place, -1);
    assert_int_equal(outcome.fail, FAIL_FENCED); // somebody writes there
    end(&stranger);
    outcome = move(&writer, lmdb_place, third_place, -1);
    assert_int_equal(outcome.fail, FAIL_CONFLICT);
    assert_non_null(strstr(outcome.why, "there is another journal already at "));
    assert_int_equal(append(&writer, EACH), FAIL_NONE); // nothing was fenced
    outcome = move(&writer, lmdb_place, database_place, -1);
    assert_int_equal(outcome.fail, FAIL_NONE);
    outcome = move(NULL, lmdb_place, third_place, -1);
    assert_int_equal(outcome.fail, FAIL_CONFLICT);
    assert_non_null(strstr(outcome.why, "it was moved already, and goes on at postgresql:"));
    end(&writer);
    check_place(database_place, writer.acknowledged, 0);
    check_place(third_place, stranger.acknowledged, 0);
}

static fail_t find_wrong(void *arg, journal_reader_t *to, const journal_moment_t *moment)
{
    (void)to;
    *(uint64_t *)arg = moment->last;
    return FAIL_CORRUPT;
}

static void what_does_not_hold_is_not_switched_to(void **state)
{
    (void)state;
    uint64_t looked = 0;
    journal_moved_t moved;
    char why[JOURNAL_WHY_MAX];
    writer_t writer = begin(lmdb_place);
    assert_int_equal(append(&writer, 100), FAIL_NONE);
    end(&writer);
    const journal_move_t ask = {
        .from = lmdb_place, .to = third_place, .check = find_wrong, .arg = &looked, .why = why};
    assert_int_equal(journal_move(&ask, &moved), FAIL_CORRUPT);
    assert_int_equal(looked, 100);
    writer = begin(lmdb_place);
    assert_int_equal(append(&writer, 1), FAIL_NONE);
    end(&writer);
}

static void only_who_opens_it_to_leave_it_may(void **state)
{
    (void)state;
    writer_t writer = begin(lmdb_place);
    char place[JOURNAL_PLACE_MAX];
    assert_int_equal(journal_leave(writer.journal, "elsewhere"), FAIL_INVALID);
    assert_int_equal(journal_left_for(writer.journal, place), FAIL_NONE);
    assert_string_equal(place, "");
    end(&writer);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_journal_of_files_moves_into_a_database_while_it_is_written, enter, leave),
        cmocka_unit_test_setup_teardown(
            a_journal_in_a_database_moves_into_files_while_it_is_written, enter, leave),
        cmocka_unit_test_setup_teardown(a_journal_moves_to_another_directory_while_it_is_written,
                                        enter, leave),
        cmocka_unit_test_setup_teardown(a_move_into_a_database_is_killed_at_every_step, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(a_move_out_of_a_database_is_killed_at_every_step, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(
            a_writer_that_appends_nothing_hears_of_the_move_when_it_looks, enter, leave),
        cmocka_unit_test_setup_teardown(what_is_there_already_is_not_written_over, enter, leave),
        cmocka_unit_test_setup_teardown(what_does_not_hold_is_not_switched_to, enter, leave),
        cmocka_unit_test_setup_teardown(only_who_opens_it_to_leave_it_may, enter, leave),
    };
    return cmocka_run_group_tests_name("journal_move", tests, postgresql_rig_start,
                                       postgresql_rig_stop);
}
