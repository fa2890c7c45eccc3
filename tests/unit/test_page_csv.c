// The details as a file.
#include "proto/codes.h"
#include "services/web/page_csv.h"
#include "tests/unit/visit_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static int fresh(void **state)
{
    (void)state;
    visit_rig_begin();
    return 0;
}

static uint8_t buffer[65536];
static const visit_rig_posting_t posting = {
    .sequence = 9, .debit = 64, .credit = 1, .kind = POSTING_CHARGE, .amount = 5, .cash = -40};

static bool come(const char *query)
{
    assert_true(visit_rig_come("GET", "/balance/lines.csv", query, "read"));
    return visit_rig_step(page_csv_send);
}

static void a_cell_is_no_formula(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"plain", "plain"},   {"=1+1", "\"'=1+1\""},
                                          {"+7", "\"'+7\""},    {"-1", "\"'-1\""},
                                          {"@x", "\"'@x\""},    {"\tx", "\"'\tx\""},
                                          {"a;b", "\"a;b\""},   {"a\"b", "\"a\"\"b\""},
                                          {"a\nb", "\"a\nb\""}, {"", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64];
        writer_t writer = writer_on(text, sizeof text);
        page_csv_cell(&writer, ';', span_of(rows[i][0]));
        writer_end(&writer);
        assert_string_equal(text, rows[i][1]);
    }
}

static void pages_become_one_file(void **state)
{
    (void)state;
    assert_false(come("form=data&at=9&side=all"));
    answer_t answer = visit_rig_statement(&posting, 1, 5, buffer, sizeof buffer);
    visit_rig_answer(0, &answer);
    assert_false(visit_rig_step(page_csv_send));
    assert_int_equal(visit_rig.requests[0].statement.head, 5);
    answer = visit_rig_statement(&posting, 1, 0, buffer, sizeof buffer);
    visit_rig_answer(0, &answer);
    assert_true(visit_rig_step(page_csv_send));
    assert_int_equal(visit_rig.status, 200);
    static const char wanted[] = "time,kind,amount_kop,balance_kop,sequence\r\n"
                                 "2026-11-29T11:05:00Z,usage,-5,-40,9\r\n"
                                 "2026-11-29T11:05:00Z,usage,-5,-40,9\r\n";
    assert_int_equal(visit_rig.page_size, sizeof wanted - 1);
    assert_memory_equal(visit_rig.page, wanted, sizeof wanted - 1);
    assert_string_equal(visit_rig.disposition, "attachment; filename=\"kopeck-9.csv\"");
}

static void for_excel_numbers_have_commas(void **state)
{
    (void)state;
    assert_false(come("form=excel&at=9&side=all"));
    answer_t answer = visit_rig_statement(&posting, 1, 0, buffer, sizeof buffer);
    visit_rig_answer(0, &answer);
    assert_true(visit_rig_step(page_csv_send));
    assert_true(visit_rig_shows("\xef\xbb\xbfВремя;"));
    assert_true(visit_rig_shows("\r\n29.11.2026 14:05;потребление;-0,05;-0,40;9\r\n"));
}

static void there_is_no_shorter_file(void **state)
{
    (void)state;
    static const char *const wrong[] = {"form=data", "at=9", "form=pdf&at=9",
                                        "form=data&at=9&from=x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        visit_rig_begin();
        assert_true(come(wrong[i]));
        assert_int_equal(visit_rig.status, 400);
    }
    visit_rig_begin();
    assert_false(come("form=data&at=9"));
    visit_rig_fail(0, FAIL_TIMEOUT);
    assert_true(visit_rig_step(page_csv_send));
    assert_int_equal(visit_rig.status, 503);
    assert_false(come("form=data&at=9"));
    visit_rig_fail(0, FAIL_INVALID); // another's
    assert_true(visit_rig_step(page_csv_send));
    assert_int_equal(visit_rig.status, 404);
    assert_true(visit_rig_come("GET", "/balance/lines.csv", "form=data&at=9", NULL));
    assert_true(visit_rig_step(page_csv_send));
    assert_int_equal(visit_rig.status, 401);
}

// As many pages as a file holds, of which the last says that more follow, or that none do.
static void answer_many(uint64_t next)
{
    static visit_rig_posting_t many[CSV_PAGE_ROWS];
    static uint8_t large[CSV_PAGE_ROWS * 300];
    for (size_t i = 0; i < CSV_PAGE_ROWS; i++)
        many[i] = posting;
    bool done = false;
    for (int i = 1; !done; i++) {
        bool last = i == CSV_ROWS_MAX / CSV_PAGE_ROWS;
        answer_t answer =
            visit_rig_statement(many, CSV_PAGE_ROWS, last ? next : 5, large, sizeof large);
        visit_rig_answer(0, &answer);
        done = visit_rig_step(page_csv_send);
        assert_true(done || !last);
    }
    assert_int_equal(visit_rig.status, 200);
}

static size_t rows_of(void)
{
    size_t rows = 0;
    for (size_t i = 0; i < visit_rig.page_size; i++)
        rows += visit_rig.page[i] == '\n';
    return rows - 1; // the head
}

static void what_no_file_holds_comes_in_parts(void **state)
{
    (void)state;
    assert_false(come("form=data&at=9&side=all&from=01.11.2026&to=02.11.2026"));
    answer_many(4);
    assert_string_equal(visit_rig.disposition, "");
    assert_true(visit_rig_shows("больше, чем помещается в один файл"));
    assert_true(visit_rig_shows("&amp;at=9&amp;head=9&amp;part=1\">Часть 1"));
    assert_true(visit_rig_shows("&amp;at=9&amp;head=4&amp;rest=2\""));
    assert_false(come("form=data&at=9&side=all&from=01.11.2026&to=02.11.2026&head=9&part=1"));
    assert_int_equal(visit_rig.requests[0].statement.head, 9);
    answer_many(4);
    assert_string_equal(visit_rig.disposition, "attachment; filename=\"kopeck-9-part-1.csv\"");
    assert_int_equal(rows_of(), CSV_ROWS_MAX);
    assert_string_equal(visit_rig.headers[0].name, "Link");
    assert_non_null(strstr(visit_rig.headers[0].value, "&at=9&head=4&part=2>; rel=\"next\""));
    assert_false(come("form=data&at=9&side=all&from=01.11.2026&to=02.11.2026&head=4&rest=2"));
    assert_int_equal(visit_rig.requests[0].statement.head, 4);
    answer_many(0); // as many as a file holds, and none behind
    assert_string_equal(visit_rig.disposition, "attachment; filename=\"kopeck-9-part-2.csv\"");
    assert_int_equal(visit_rig.headers_count, 0);
    assert_true(come("form=data&at=9&part=1&rest=1"));
    assert_int_equal(visit_rig.status, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_is_no_formula),
        cmocka_unit_test_setup(pages_become_one_file, fresh),
        cmocka_unit_test_setup(for_excel_numbers_have_commas, fresh),
        cmocka_unit_test_setup(there_is_no_shorter_file, fresh),
        cmocka_unit_test_setup(what_no_file_holds_comes_in_parts, fresh),
    };
    int failed = cmocka_run_group_tests_name("page_csv", tests, NULL, NULL);
    visit_rig_end();
    return failed;
}
