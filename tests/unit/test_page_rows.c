// Rows of a statement as the page shows them.
#include "proto/codes.h"
#include "services/web/page_rows.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const visit_rig_posting_t postings[] = {
    {.sequence = 9,
     .debit = 64,
     .credit = 1,
     .kind = POSTING_CHARGE,
     .amount = 5,
     .cash = 90,
     .bonus = 5},
    {.sequence = 7, .debit = 2, .credit = 64, .kind = POSTING_TOPUP, .amount = 100, .cash = 100},
    {.sequence = 6, .debit = 2, .credit = 64, .kind = 4711, .amount = 1, .cash = 0, .bonus = -1}};

static void postings_are_rows_with_signs(void **state)
{
    (void)state;
    uint8_t buffer[2048];
    page_rows_lines_t lines[3];
    answer_t answer = visit_rig_statement(postings, 3, 0, buffer, sizeof buffer);
    assert_int_equal(page_rows_fill(&answer.statement, LANGUAGE_RUSSIAN, lines, 3), 3);
    assert_int_equal(lines[0].sum, -5);
    assert_int_equal(lines[0].after, 95);
    assert_int_equal(lines[1].sum, 100);
    assert_int_equal(lines[1].sequence, 7);
    assert_int_equal(lines[2].after, -1);
    assert_true(span_is(lines[0].what, SPAN("потребление")));
    assert_true(span_is(lines[2].what, SPAN("?"))); // of a newer binary
    assert_int_equal(page_rows_fill(&answer.statement, LANGUAGE_ENGLISH, lines, 2), 2);
    assert_true(span_is(lines[1].what, SPAN("top-up")));
}

static void what_is_no_posting_ends_the_rows(void **state)
{
    (void)state;
    uint8_t buffer[2048];
    page_rows_lines_t lines[3];
    answer_t answer = visit_rig_statement(postings, 2, 0, buffer, sizeof buffer);
    answer.statement.rows.size -= 1;
    assert_int_equal(page_rows_fill(&answer.statement, LANGUAGE_RUSSIAN, lines, 3), 1);
    answer.statement.count = 1;
    assert_int_equal(page_rows_fill(&answer.statement, LANGUAGE_RUSSIAN, lines, 3), 1);
    answer.statement.count = UINT64_MAX;
    assert_int_equal(page_rows_fill(&answer.statement, LANGUAGE_RUSSIAN, lines, 3), 0);
    answer.statement =
        (answer_statement_t){.count = 1, .rows = {(const uint8_t *)"\x92\x01\xc4\x01x", 5}};
    assert_int_equal(page_rows_fill(&answer.statement, LANGUAGE_RUSSIAN, lines, 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(postings_are_rows_with_signs),
        cmocka_unit_test(what_is_no_posting_ends_the_rows),
    };
    return cmocka_run_group_tests_name("page_rows", tests, NULL, NULL);
}
