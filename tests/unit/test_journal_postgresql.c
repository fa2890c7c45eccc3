// What the PostgreSQL engine promises beyond the contract of all (test_journal.c): who may write,
// what is durable, what becomes of a connection that is lost.
#include "tests/unit/postgresql_rig.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum { SOON_MS = 300, LONG_TRIES = 2000 };

static void nap(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

// --- who writes ---

static void of_two_writers_the_older_is_fenced(void **state)
{
    (void)state;
    uint64_t old, new;
    journal_t *one = postgresql_rig_led(&old);
    assert_int_equal(rig_append(one, old, 5, 5), FAIL_NONE);
    journal_t *other = postgresql_rig_led(&new);
    assert_int_equal(new, old + 1);
    assert_int_equal(rig_append(one, old, 3, 3), FAIL_FENCED);
    assert_int_equal(rig_append(one, old, 3, 3), FAIL_FENCED);
    rig_check_all(other, 5);
    assert_int_equal(rig_append(other, new, 3, 3), FAIL_NONE);
    assert_int_equal(rig_append(one, old, 3, 3), FAIL_FENCED);
    rig_check_all(other, 8);
    journal_destroy(&one);
    journal_destroy(&other);
}

static void what_was_appended_before_the_term_was_taken_is_seen_with_it(void **state)
{
    (void)state;
    uint64_t old, new;
    journal_t *one = postgresql_rig_led(&old);
    journal_t *other = postgresql_rig_new();
    assert_int_equal(rig_append(one, old, 7, 7), FAIL_NONE);
    assert_int_equal(journal_last(other), 0);
    assert_int_equal(journal_lead(other, &new), FAIL_NONE);
    assert_int_equal(journal_last(other), 7);
    assert_int_equal(rig_append(other, new, 1, 1), FAIL_NONE);
    rig_check_all(other, 8);
    journal_destroy(&one);
    journal_destroy(&other);
}

static void somebody_else_s_change_under_our_term_is_a_conflict(void **state)
{
    (void)state;
    uint64_t term;
    journal_t *journal = postgresql_rig_led(&term);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    (void)postgresql_rig_in_schema("UPDATE journal SET last = last + 1");
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_CONFLICT);
    assert_string_equal(postgresql_rig_in_schema("SELECT count(*) FROM record"), "1");
    journal_destroy(&journal);
}

static void who_reads_only_changes_nothing_and_needs_no_term(void **state)
{
    (void)state;
    uint64_t term;
    journal_t *writer = postgresql_rig_led(&term), *reader = NULL;
    assert_int_equal(rig_append(writer, term, 5, 5), FAIL_NONE);
    assert_int_equal(postgresql_rig_open(false, true, &reader), FAIL_NONE);
    assert_int_equal(journal_lead(reader, &term), FAIL_FENCED);
    rig_check_all(reader, 5);
    assert_int_equal(rig_append(writer, term, 5, 5), FAIL_NONE);
    journal_destroy(&reader);
    journal_destroy(&writer);
}

// --- something that waits, in a thread of its own ---

typedef struct {
    journal_t *journal;
    uint64_t term;
    fail_t fail;
    pthread_t thread;
    atomic_bool done;
} waiting_t;

static void *append_apart(void *arg)
{
    waiting_t *waiting = arg;
    waiting->fail = rig_append(waiting->journal, waiting->term, 3, 3);
    atomic_store(&waiting->done, true);
    return NULL;
}

static void *lead_apart(void *arg)
{
    waiting_t *waiting = arg;
    waiting->fail = journal_lead(waiting->journal, &waiting->term);
    atomic_store(&waiting->done, true);
    return NULL;
}

static void begin(waiting_t *waiting, void *(*what)(void *))
{
    assert_int_equal(pthread_create(&waiting->thread, NULL, what, waiting), 0);
}

static bool is_done_soon(const waiting_t *waiting)
{
    for (unsigned waited = 0; waited < SOON_MS && !atomic_load(&waiting->done); waited++)
        nap();
    return atomic_load(&waiting->done);
}

static fail_t end(waiting_t *waiting)
{
    assert_int_equal(pthread_join(waiting->thread, NULL), 0);
    return waiting->fail;
}

// How many sessions wait for a lock or for a standby.
static void wait_for_waiters(const char *kind, const char *count)
{
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = '%s' AND"
                   " application_name = '%s'",
                   kind, postgresql_rig_schema());
    for (unsigned waited = 0; strcmp(postgresql_rig_run(sql), count) != 0; waited++) {
        assert_true(waited < LONG_TRIES);
        nap();
    }
}

static void a_late_append_is_seen_by_the_term_that_waits_for_it(void **state)
{
    (void)state;
    waiting_t late = {0}, next = {0};
    late.journal = postgresql_rig_led(&late.term);
    next.journal = postgresql_rig_new();
    assert_int_equal(rig_append(late.journal, late.term, 5, 5), FAIL_NONE);
    char sql[128];
    (void)snprintf(sql, sizeof sql, "BEGIN; SELECT 1 FROM %s.journal FOR UPDATE",
                   postgresql_rig_schema());
    PGconn *lock = postgresql_rig_connect();
    PQclear(PQexec(lock, sql));
    begin(&late, append_apart);
    wait_for_waiters("Lock", "1");
    begin(&next, lead_apart);
    wait_for_waiters("Lock", "2");
    PQfinish(lock);
    assert_int_equal(end(&late), FAIL_NONE);
    assert_int_equal(end(&next), FAIL_NONE);
    rig_check_all(next.journal, 8);
    assert_int_equal(rig_append(late.journal, late.term, 1, 1), FAIL_FENCED);
    journal_destroy(&late.journal);
    journal_destroy(&next.journal);
}

// --- what is durable ---

static void a_server_that_may_lose_what_it_commits_is_refused(void **state)
{
    (void)state;
    journal_t *journal = postgresql_rig_new();
    journal_destroy(&journal);
    postgresql_rig_set("fsync", "off");
    assert_int_equal(postgresql_rig_open(false, false, &journal), FAIL_CONFIG);
    assert_non_null(strstr(postgresql_rig_why, "fsync is off"));
    assert_int_equal(postgresql_rig_open(false, true, &journal),
                     FAIL_NONE); // who reads loses nothing
    journal_destroy(&journal);
    postgresql_rig_set("fsync", NULL);
    assert_int_equal(postgresql_rig_open(false, false, &journal), FAIL_NONE);
    journal_destroy(&journal);
    postgresql_rig_place(rig_home, "options='-c synchronous_commit=off'");
    assert_int_equal(postgresql_rig_open(true, false, &journal), FAIL_CONFIG);
    assert_non_null(strstr(postgresql_rig_why, "synchronous_commit is off"));
    postgresql_rig_place(rig_home, "options='-c synchronous_commit=local'");
    postgresql_rig_set("synchronous_standby_names", "nobody");
    assert_int_equal(postgresql_rig_open(true, false, &journal), FAIL_CONFIG);
    assert_non_null(strstr(postgresql_rig_why, "standbys"));
    postgresql_rig_set("synchronous_standby_names", NULL);
    assert_int_equal(postgresql_rig_open(true, false, &journal),
                     FAIL_NONE); // there is none to wait for
    journal_destroy(&journal);
}

// A standby that never comes: the append is in the server and not committed.
static waiting_t append_without_standby(void)
{
    waiting_t waiting = {0};
    waiting.journal = postgresql_rig_led(&waiting.term);
    assert_int_equal(rig_append(waiting.journal, waiting.term, 5, 5), FAIL_NONE);
    postgresql_rig_set("synchronous_standby_names", "nobody");
    return waiting;
}

// Ends the wait by a function of the server's.
static void break_off(waiting_t *waiting, const char *function)
{
    char sql[192];
    begin(waiting, append_apart);
    assert_false(is_done_soon(waiting));
    wait_for_waiters("IPC", "1");
    (void)snprintf(sql, sizeof sql,
                   "SELECT %s(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND"
                   " application_name = '%s'",
                   function, postgresql_rig_schema());
    assert_string_equal(postgresql_rig_run(sql), "t");
}

static void an_append_is_answered_when_the_standbys_have_it(void **state)
{
    (void)state;
    waiting_t waiting = append_without_standby();
    begin(&waiting, append_apart);
    assert_false(is_done_soon(&waiting));
    wait_for_waiters("IPC", "1");
    postgresql_rig_set("synchronous_standby_names", NULL);
    assert_int_equal(end(&waiting), FAIL_NONE);
    rig_check_all(waiting.journal, 8);
    journal_destroy(&waiting.journal);
}

// It is committed here and perhaps nowhere else: to the writer that is a failed commit.
static void an_append_whose_wait_for_standbys_was_broken_off_is_not_answered(void **state)
{
    (void)state;
    waiting_t waiting = append_without_standby();
    break_off(&waiting, "pg_cancel_backend");
    assert_int_equal(end(&waiting), FAIL_STORE);
    assert_non_null(strstr(journal_why(waiting.journal), "synchronous replication"));
    assert_int_equal(rig_append(waiting.journal, waiting.term, 1, 1), FAIL_STORE);
    journal_destroy(&waiting.journal);
    postgresql_rig_set("synchronous_standby_names", NULL);
}

static void an_append_whose_answer_is_lost_is_found_by_the_next_start(void **state)
{
    (void)state;
    uint64_t term;
    waiting_t waiting = append_without_standby();
    break_off(&waiting, "pg_terminate_backend");
    assert_int_equal(end(&waiting), FAIL_STORE);
    journal_destroy(&waiting.journal);
    postgresql_rig_set("synchronous_standby_names", NULL);
    journal_t *journal = postgresql_rig_led(&term);
    rig_check_all(journal, 8);
    journal_destroy(&journal);
}

static void a_lost_connection_breaks_the_journal_and_loses_nothing(void **state)
{
    (void)state;
    uint64_t term;
    char sql[128];
    journal_t *journal = postgresql_rig_led(&term);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    (void)snprintf(sql, sizeof sql,
                   "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE"
                   " application_name = '%s'",
                   postgresql_rig_schema());
    assert_string_equal(postgresql_rig_run(sql), "t");
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_STORE);
    assert_true(*journal_why(journal));
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_STORE);
    journal_destroy(&journal);
    journal = postgresql_rig_led(&term);
    rig_check_all(journal, 5);
    journal_destroy(&journal);
}

// --- who stands by ---

static bool is_vacant(journal_t *journal)
{
    bool vacant = false;
    assert_int_equal(journal_is_vacant(journal, &vacant), FAIL_NONE);
    return vacant;
}

static void a_journal_is_vacant_when_its_writer_is_gone(void **state)
{
    (void)state;
    uint64_t term, next;
    journal_t *one = postgresql_rig_new(), *other = postgresql_rig_new(), *third = NULL;
    assert_true(is_vacant(other)); // nobody ever led it
    assert_int_equal(journal_lead(one, &term), FAIL_NONE);
    for (int i = 0; i < 3; i++)
        assert_false(is_vacant(other));
    assert_int_equal(rig_append(one, term, 5, 5), FAIL_NONE);
    journal_destroy(&one);
    int tries = LONG_TRIES;
    while (!is_vacant(other) && tries--)
        nap();
    assert_true(tries > 0);
    third = postgresql_rig_new();
    assert_false(is_vacant(third)); // the other one is about to
    assert_int_equal(journal_lead(other, &next), FAIL_NONE);
    assert_true(next > term);
    assert_false(is_vacant(third));
    // One that leads unasked is the writer too, and holds what it leads by.
    one = postgresql_rig_led(&next);
    assert_false(is_vacant(third));
    journal_destroy(&other);
    for (int i = 0; i < 20; i++, nap())
        assert_false(is_vacant(third));
    journal_destroy(&one);
    journal_destroy(&third);
}

// The server's errors as they come when its disk is full, or for any other reason.
static void fail_inserts(const char *state)
{
    char sql[320];
    (void)snprintf(sql, sizeof sql,
                   "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                   " $$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '%s'; END$$;"
                   "CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON record"
                   " FOR EACH ROW EXECUTE FUNCTION refuse()",
                   state);
    (void)postgresql_rig_in_schema(sql);
}

static void a_full_disk_changes_nothing_and_any_other_error_breaks_the_journal(void **state)
{
    (void)state;
    uint64_t term;
    journal_t *journal = postgresql_rig_led(&term);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    fail_inserts("53100");
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_FULL);
    rig_check_all(journal, 5);
    (void)postgresql_rig_in_schema("DROP TRIGGER refuse ON record");
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    fail_inserts("57014");
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_STORE);
    assert_true(journal_is_broken(journal));
    (void)postgresql_rig_in_schema("DROP TRIGGER refuse ON record");
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_STORE);
    journal_destroy(&journal);
    journal = postgresql_rig_led(&term);
    rig_check_all(journal, 10);
    journal_destroy(&journal);
}

static void a_reader_that_is_cut_off_ends_the_journal(void **state)
{
    (void)state;
    uint64_t term, last;
    char sql[192];
    journal_reader_t *reader = NULL;
    journal_t *journal = postgresql_rig_led(&term);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    (void)snprintf(sql, sizeof sql,
                   "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE"
                   " application_name = '%s' ORDER BY backend_start DESC LIMIT 1",
                   postgresql_rig_schema());
    assert_string_equal(postgresql_rig_run(sql), "t");
    assert_false(journal_is_broken(journal));
    assert_int_equal(journal_reader_last(reader, &last), FAIL_STORE);
    assert_true(journal_is_broken(journal));
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_STORE);
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
}

// --- what is there ---

static void a_journal_is_made_only_where_that_is_asked(void **state)
{
    (void)state;
    journal_t *journal = NULL;
    journal_needs_t needs;
    char place[RIG_PATH_MAX + 16], sql[128];
    (void)snprintf(place, sizeof place, "postgresql:%s", rig_home);
    assert_int_equal(journal_prepare(place, false, &needs), FAIL_MISSING);
    assert_int_equal(journal_prepare(place, true, &needs), FAIL_NONE);
    assert_string_equal(needs.directory, rig_home);
    assert_string_equal(needs.peers, "");
    assert_int_equal(postgresql_rig_open(false, false, &journal), FAIL_MISSING);
    assert_non_null(strstr(postgresql_rig_why, postgresql_rig_schema()));
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM pg_namespace WHERE nspname = '%s'",
                   postgresql_rig_schema());
    assert_string_equal(postgresql_rig_run(sql), "0"); // nothing was left
    journal = postgresql_rig_new();
    journal_destroy(&journal);
    assert_int_equal(journal_prepare(place, false, &needs), FAIL_NONE);
    assert_int_equal(postgresql_rig_open(false, false, &journal), FAIL_NONE);
    assert_int_equal(journal_segment_events(journal), POSTGRESQL_RIG_SEGMENT);
    journal_destroy(&journal);
}

static void what_is_not_a_journal_of_ours_is_not_opened(void **state)
{
    (void)state;
    uint64_t term;
    journal_t *journal = postgresql_rig_led(&term);
    assert_int_equal(rig_append(journal, term, 5, 5), FAIL_NONE);
    journal_destroy(&journal);
    (void)postgresql_rig_in_schema("UPDATE journal SET version = 2");
    assert_int_equal(postgresql_rig_open(false, false, &journal), FAIL_VERSION);
    (void)postgresql_rig_in_schema("UPDATE journal SET version = 1, last = 4");
    assert_int_equal(postgresql_rig_open(false, false, &journal), FAIL_CORRUPT);
    (void)postgresql_rig_in_schema("UPDATE journal SET last = 5, segment_events = 1000");
    assert_int_equal(postgresql_rig_open(false, false, &journal), FAIL_CORRUPT);
    (void)postgresql_rig_in_schema("UPDATE journal SET segment_events = 2048");
    assert_int_equal(postgresql_rig_open(true, false, &journal), FAIL_CONFIG);
    (void)postgresql_rig_in_schema("DELETE FROM journal");
    assert_int_equal(postgresql_rig_open(false, false, &journal), FAIL_CORRUPT);
}

static fail_t visit(const journal_record_t *record, void *arg)
{
    (void)record;
    ++*(unsigned *)arg;
    return FAIL_NONE;
}

static void a_damaged_or_lost_record_is_found_when_it_is_read(void **state)
{
    (void)state;
    uint64_t term;
    unsigned count = 0;
    journal_reader_t *reader = NULL;
    journal_t *journal = postgresql_rig_led(&term);
    assert_int_equal(rig_append(journal, term, 30, 10), FAIL_NONE);
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    (void)postgresql_rig_in_schema(
        "UPDATE record SET bytes = set_byte(bytes, 8, 11) WHERE first = 11");
    assert_int_equal(journal_read(reader, 1, SIZE_MAX, visit, &count), FAIL_CORRUPT);
    assert_int_equal(count, 1);
    (void)postgresql_rig_in_schema("DELETE FROM record WHERE first = 11");
    assert_int_equal(journal_read(reader, 1, SIZE_MAX, visit, &count), FAIL_CORRUPT);
    assert_int_equal(journal_read(reader, 31, SIZE_MAX, visit, &count), FAIL_MISSING);
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
}

static void of_several_changes_of_a_row_in_one_append_the_last_counts(void **state)
{
    (void)state;
    uint64_t term;
    static const bytes_t a = {(const uint8_t *)"a", 1}, b = {(const uint8_t *)"b", 1};
    const journal_row_t rows[] = {{{{1}}, 3, a}, {{{1}}, 2, a}, {{{1}}, JOURNAL_ROW_ALL, {NULL, 0}},
                                  {{{1}}, 3, b}, {{{2}}, 0, a}, {{{2}}, 0, {NULL, 0}},
                                  {{{2}}, 1, b}, {{{2}}, 1, a}};
    journal_t *journal = postgresql_rig_led(&term);
    assert_int_equal(
        journal_append_rows(journal, 0, term, NULL, 0, "h", 1, rows, sizeof rows / sizeof *rows),
        FAIL_NONE);
    assert_string_equal(postgresql_rig_in_schema(
                            "SELECT string_agg(left(owner::text, 2) || kind ||"
                            " convert_from(bytes, 'UTF8'), ' ' ORDER BY owner, kind) FROM side"),
                        "013b 021a");
    journal_destroy(&journal);
}

static void nothing_leaves_the_table(void **state)
{
    (void)state;
    uint64_t term;
    bool sealed = true;
    journal_room_t room;
    journal_t *journal = postgresql_rig_led(&term);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(rig_append(journal, term, POSTGRESQL_RIG_SEGMENT / 2, 64), FAIL_NONE);
    assert_int_equal(journal_seal(journal, true, &sealed), FAIL_NONE);
    assert_false(sealed);
    assert_int_equal(journal_room(journal, &room), FAIL_NONE);
    assert_int_equal(room.sealed_events, 0);
    assert_true(room.used_bytes > 5 * POSTGRESQL_RIG_SEGMENT / 2 * 100);
    rig_check_all(journal, 5 * POSTGRESQL_RIG_SEGMENT / 2);
    journal_destroy(&journal);
}

#define T(test) cmocka_unit_test_setup_teardown(test, postgresql_rig_enter, rig_leave)

// Of all tests, or of the one that is named.
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(of_two_writers_the_older_is_fenced),
        T(what_was_appended_before_the_term_was_taken_is_seen_with_it),
        T(somebody_else_s_change_under_our_term_is_a_conflict),
        T(who_reads_only_changes_nothing_and_needs_no_term),
        T(a_late_append_is_seen_by_the_term_that_waits_for_it),
        T(a_server_that_may_lose_what_it_commits_is_refused),
        T(an_append_is_answered_when_the_standbys_have_it),
        T(an_append_whose_wait_for_standbys_was_broken_off_is_not_answered),
        T(an_append_whose_answer_is_lost_is_found_by_the_next_start),
        T(a_lost_connection_breaks_the_journal_and_loses_nothing),
        T(a_journal_is_vacant_when_its_writer_is_gone),
        T(a_full_disk_changes_nothing_and_any_other_error_breaks_the_journal),
        T(a_reader_that_is_cut_off_ends_the_journal),
        T(a_journal_is_made_only_where_that_is_asked),
        T(what_is_not_a_journal_of_ours_is_not_opened),
        T(a_damaged_or_lost_record_is_found_when_it_is_read),
        T(of_several_changes_of_a_row_in_one_append_the_last_counts),
        T(nothing_leaves_the_table),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, postgresql_rig_start, postgresql_rig_stop);
}
