// The side store's rows in LMDB: across a start, in a copy, beside a writer that goes on.
#include "tests/unit/journal_rig.h"
#include "tests/unit/lmdb_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { OWNERS = 3000, LARGE = JOURNAL_ROW_MAX };

static uint8_t large[LARGE];

static uid_t16 owner_of(unsigned number)
{
    return (uid_t16){{(uint8_t)(number >> 8), (uint8_t)number, 7}};
}

static journal_row_t row_of(unsigned owner, uint8_t kind)
{
    return (journal_row_t){owner_of(owner), kind, {large, kind ? LARGE / 8 + owner % 9 : 60}};
}

static fail_t put(journal_t *journal, uint64_t term, const journal_row_t *rows, size_t count)
{
    return journal_append_rows(journal, journal_last(journal), term, NULL, 0, "head", 4, rows,
                               count);
}

static fail_t count_row(const journal_row_t *row, void *arg)
{
    unsigned number = (unsigned)row->owner.bytes[0] << 8 | row->owner.bytes[1];
    journal_row_t expected = row_of(number, row->kind);
    assert_int_equal(row->bytes.size, expected.bytes.size);
    assert_memory_equal(row->bytes.data, large, row->bytes.size);
    ++*(unsigned *)arg;
    return FAIL_NONE;
}

static unsigned count_rows(journal_t *journal)
{
    journal_reader_t *reader;
    unsigned count = 0;
    static const uid_t16 first;
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    assert_int_equal(journal_rows(reader, &first, SIZE_MAX, count_row, &count), FAIL_NONE);
    journal_reader_destroy(&reader);
    return count;
}

static void fill(journal_t *journal, uint64_t term)
{
    memset(large, 'r', sizeof large);
    for (unsigned owner = 0; owner < OWNERS; owner++) {
        const journal_row_t rows[] = {row_of(owner, 0), row_of(owner, 1)};
        assert_int_equal(put(journal, term, rows, 2), FAIL_NONE);
    }
}

static void rows_are_there_after_a_start_and_leave_with_their_owner(void **state)
{
    (void)state;
    uint64_t term;
    journal_t *journal = lmdb_open(&term);
    assert_int_equal(count_rows(journal), 0);
    fill(journal, term);
    assert_int_equal(count_rows(journal), 2 * OWNERS);
    journal_destroy(&journal);
    journal = lmdb_open(&term);
    const journal_row_t gone = {.owner = owner_of(5), .kind = JOURNAL_ROW_ALL};
    const journal_row_t one = {.owner = owner_of(6), .kind = 1};
    assert_int_equal(put(journal, term, &gone, 1), FAIL_NONE);
    assert_int_equal(put(journal, term, &one, 1), FAIL_NONE);
    assert_int_equal(put(journal, term, &gone, 1), FAIL_NONE); // none was there
    assert_int_equal(count_rows(journal), 2 * OWNERS - 3);
    journal_destroy(&journal);
}

static void a_copy_has_them_all(void **state)
{
    (void)state;
    static journal_moment_t moment;
    char place[RIG_PATH_MAX];
    uint64_t term;
    journal_copied_t copied;
    journal_t *journal = lmdb_open(&term), *copy = NULL;
    rig_directory(place);
    fill(journal, term);
    assert_int_equal(journal_moment(journal, &moment), FAIL_NONE);
    const journal_row_t gone = {.owner = owner_of(77), .kind = JOURNAL_ROW_ALL};
    assert_int_equal(put(journal, term, &gone, 1), FAIL_NONE); // forgotten is forgotten
    assert_int_equal(journal_copy(journal, &moment, &(journal_copy_t){.directory = place}, &copied),
                     FAIL_NONE);
    assert_int_equal(journal_open(place, &(journal_options_t){.read_only = true}, &copy),
                     FAIL_NONE);
    assert_int_equal(count_rows(copy), 2 * OWNERS - 2);
    journal_destroy(&copy);
    journal_destroy(&journal);
    rig_remove(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_there_after_a_start_and_leave_with_their_owner,
                                        rig_enter, rig_leave),
        cmocka_unit_test_setup_teardown(a_copy_has_them_all, rig_enter, rig_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
