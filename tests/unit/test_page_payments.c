// The rows of payment's list, as it writes them.
#include "services/web/page_payments.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void rows_are_read_until_there_is_none(void **state)
{
    (void)state;
    uint8_t bytes[256];
    pack_t pack;
    pack_start(&pack, bytes, sizeof bytes);
    for (uint64_t i = 1; i <= 2; i++) {
        pack_array(&pack, 6);
        for (uint64_t column = 1; column <= 6; column++)
            pack_u64(&pack, 10 * i + column);
    }
    answer_payments_t answer = {.count = 2, .rows = {bytes, (uint32_t)pack_end(&pack)}};
    page_payments_walk_t walk;
    page_payments_row_t row = {0};
    page_payments_start(&walk, &answer);
    for (uint64_t i = 1; i <= 2; i++) {
        assert_true(page_payments_next(&walk, &row));
        assert_int_equal(row.invoice, 10 * i + 1);
        assert_int_equal(row.kind, 10 * i + 2);
        assert_int_equal(row.state, 10 * i + 3);
        assert_int_equal(row.amount, 10 * i + 4);
        assert_int_equal(row.created, 10 * i + 5);
        assert_int_equal(row.request, 10 * i + 6);
    }
    assert_false(page_payments_next(&walk, &row));
    answer.count = 3; // one more than there are
    page_payments_start(&walk, &answer);
    for (int i = 0; i < 2; i++)
        assert_true(page_payments_next(&walk, &row));
    assert_false(page_payments_next(&walk, &row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_read_until_there_is_none)};
    return cmocka_run_group_tests_name("page_payments", tests, NULL, NULL);
}
