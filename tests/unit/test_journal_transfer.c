// Journals that get from one engine into another: copies of one in PostgreSQL, which are files, and
// one of files that moves into a database.
#include "store/journal_transfer.h"
#include "tests/unit/postgresql_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static char copy_home[RIG_PATH_MAX];

static int enter_copies(void **state)
{
    rig_directory(copy_home);
    return postgresql_rig_enter(state);
}

static int leave_copies(void **state)
{
    rig_remove(copy_home);
    return rig_leave(state);
}

static fail_t append_row(journal_t *journal, uint64_t term, uint8_t owner, const char *text)
{
    uint64_t last = journal_last(journal);
    const journal_row_t row = {{{owner}}, 1, {(const uint8_t *)text, (uint32_t)strlen(text)}};
    return journal_append_rows(journal, last, term, NULL, 0, &last, sizeof last, &row, 1);
}

static fail_t print_row(const journal_row_t *row, void *arg)
{
    char *out = arg;
    (void)sprintf(out + strlen(out), "%u.%u=%.*s ", row->owner.bytes[0], row->kind,
                  (int)row->bytes.size, (const char *)row->bytes.data);
    return FAIL_NONE;
}

static void check_journal(journal_t *journal, uint64_t last, const char *rows)
{
    static const uid_t16 first;
    char out[256] = "";
    journal_reader_t *reader = NULL;
    rig_check_all(journal, last);
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    assert_int_equal(journal_rows(reader, &first, SIZE_MAX, print_row, out), FAIL_NONE);
    assert_string_equal(out, rows);
    journal_reader_destroy(&reader);
}

static void check_copy(uint64_t last, const char *rows)
{
    journal_t *copy = NULL;
    assert_int_equal(journal_open(copy_home, &(journal_options_t){.read_only = true}, &copy),
                     FAIL_NONE);
    check_journal(copy, last, rows);
    journal_destroy(&copy);
}

static void fill(journal_t *journal, uint64_t term)
{
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(rig_append(journal, term, POSTGRESQL_RIG_SEGMENT / 2, 64), FAIL_NONE);
    assert_int_equal(append_row(journal, term, 1, "one"), FAIL_NONE);
    assert_int_equal(append_row(journal, term, 255, "last"), FAIL_NONE);
}

static void a_copy_is_a_journal_of_files_as_of_its_moment(void **state)
{
    (void)state;
    static journal_moment_t moment;
    const uint64_t last = 5 * POSTGRESQL_RIG_SEGMENT / 2;
    uint64_t term;
    journal_copied_t copied;
    journal_copy_t copy = {.directory = copy_home, .earlier = ""};
    journal_t *journal = postgresql_rig_led(&term);
    fill(journal, term);
    assert_int_equal(journal_moment(journal, &moment), FAIL_NONE);
    assert_int_equal(rig_append(journal, term, 10, 3), FAIL_NONE);
    assert_int_equal(journal_copy(journal, &moment, &copy, &copied), FAIL_NONE);
    assert_int_equal(copied.segments, 2);
    check_copy(last, "1.1=one 255.1=last ");
    assert_int_equal(journal_copy(journal, &moment, &copy, &copied), FAIL_CONFLICT);
    // A later moment's goes on from it.
    assert_int_equal(append_row(journal, term, 1, ""), FAIL_NONE);
    assert_int_equal(journal_moment(journal, &moment), FAIL_NONE);
    copy.replace = true;
    assert_int_equal(journal_copy(journal, &moment, &copy, &copied), FAIL_NONE);
    check_copy(last + 10, "255.1=last ");
    journal_destroy(&journal);
}

static journal_t *open_copied(uint64_t *ret_term)
{
    journal_t *journal = NULL;
    const journal_options_t options = {.segment_events = POSTGRESQL_RIG_SEGMENT, .create = true};
    assert_int_equal(journal_open(copy_home, &options, &journal), FAIL_NONE);
    assert_int_equal(journal_lead(journal, ret_term), FAIL_NONE);
    return journal;
}

// What is sealed there was packed anew.
static void a_journal_of_files_moves_into_a_database(void **state)
{
    (void)state;
    static journal_moment_t moment;
    const uint64_t last = 5 * POSTGRESQL_RIG_SEGMENT / 2;
    uint64_t term;
    bool sealed = false;
    journal_t *from = open_copied(&term), *to = postgresql_rig_new();
    fill(from, term);
    while (!sealed)
        assert_int_equal(journal_seal(from, true, &sealed), FAIL_NONE);
    assert_int_equal(journal_moment(from, &moment), FAIL_NONE);
    assert_int_equal(journal_transfer(from, &moment, to, &(journal_copy_t){0}), FAIL_NONE);
    check_journal(to, last, "1.1=one 255.1=last ");
    assert_int_equal(journal_lead(to, &term), FAIL_NONE);
    assert_int_equal(rig_append(to, term, 5, 5), FAIL_NONE);
    check_journal(to, last + 5, "1.1=one 255.1=last ");
    // It has events of its own now, which the other lacks.
    assert_int_equal(journal_transfer(from, &moment, to, &(journal_copy_t){0}), FAIL_CONFLICT);
    journal_destroy(&from);
    journal_destroy(&to);
}

static void another_journal_is_never_gone_on_with(void **state)
{
    (void)state;
    static journal_moment_t moment;
    uint64_t term;
    journal_t *from = open_copied(&term), *to = postgresql_rig_led(&term);
    assert_int_equal(rig_append(from, term, 20, 5), FAIL_NONE);
    journal_record_t record = rig_record(1, 7);
    ((uint8_t *)(uintptr_t)record.bytes.data)[record.bytes.size - 40] ^= 1; // of its last event
    assert_int_equal(journal_append(to, 0, term, &record, 1, "head", 4), FAIL_NONE);
    rig_record_free(&record);
    assert_int_equal(journal_moment(from, &moment), FAIL_NONE);
    assert_int_equal(journal_transfer(from, &moment, to, &(journal_copy_t){0}), FAIL_CONFLICT);
    assert_string_equal(postgresql_rig_in_schema("SELECT convert_from(head, 'UTF8') FROM journal"),
                        "head");
    journal_destroy(&from);
    journal_destroy(&to);
}

#define T(test) cmocka_unit_test_setup_teardown(test, enter_copies, leave_copies)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_copy_is_a_journal_of_files_as_of_its_moment),
        T(a_journal_of_files_moves_into_a_database),
        T(another_journal_is_never_gone_on_with),
    };
    return cmocka_run_group_tests(tests, postgresql_rig_start, postgresql_rig_stop);
}
