// The model disk's rows: in their order, and back as they were when a crash takes changes away.
#include "store/memory/memory_rows.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static journal_row_t row(uint8_t owner, uint8_t kind, const char *text)
{
    return (journal_row_t){{{owner}}, kind, {(const uint8_t *)text, (uint32_t)strlen(text)}};
}

static fail_t print(const journal_row_t *seen, void *arg)
{
    char *out = arg;
    sprintf(out + strlen(out), "%u.%u=%.*s ", seen->owner.bytes[0], seen->kind,
            (int)seen->bytes.size, (const char *)seen->bytes.data);
    return FAIL_NONE;
}

static void assert_rows(const memory_rows_t *self, uint8_t from, size_t bytes, const char *expected)
{
    char out[256] = "";
    uid_t16 owner = {{from}};
    assert_int_equal(memory_rows_visit(self, &owner, bytes, print, out), FAIL_NONE);
    assert_string_equal(out, expected);
}

static void they_come_in_order_and_by_whole_owners(void **state)
{
    (void)state;
    memory_rows_t rows = {0};
    const journal_row_t put[] = {row(2, 1, "d"), row(1, 2, "b"), row(1, 0, "a"), row(3, 0, "e"),
                                 row(2, 0, "c")};
    memory_rows_change(&rows, put, 5);
    assert_rows(&rows, 0, 1000, "1.0=a 1.2=b 2.0=c 2.1=d 3.0=e ");
    assert_rows(&rows, 2, 1000, "2.0=c 2.1=d 3.0=e ");
    assert_rows(&rows, 0, 1, "1.0=a 1.2=b ");
    assert_rows(&rows, 4, 1000, "");
    memory_rows_release(&rows);
}

static void a_crash_takes_back_what_was_not_settled(void **state)
{
    (void)state;
    memory_rows_t rows = {0};
    const journal_row_t first[] = {row(1, 0, "key"), row(1, 1, "old")};
    const journal_row_t then[] = {row(1, 1, "new"), row(2, 0, "x"), row(1, JOURNAL_ROW_ALL, ""),
                                  row(1, 1, "again"), row(2, 0, "")};
    memory_rows_change(&rows, first, 2);
    memory_rows_settle(&rows);
    memory_rows_change(&rows, then, 5);
    assert_rows(&rows, 0, 1000, "1.1=again ");
    memory_rows_undo(&rows);
    assert_rows(&rows, 0, 1000, "1.0=key 1.1=old ");
    memory_rows_undo(&rows);
    assert_rows(&rows, 0, 1000, "1.0=key 1.1=old ");
    memory_rows_release(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_in_order_and_by_whole_owners),
        cmocka_unit_test(a_crash_takes_back_what_was_not_settled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
