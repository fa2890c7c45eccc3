// Whether a journal follows the histories that are there.
#include "tools/kopeck/verify_cursors.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { EPOCH = 7, LAST = 40 };

static const cursor_t at_ten = {
    .stream = STREAM_LEDGER, .epoch = EPOCH, .sequence = 10, .leaf = {{1}}};

// Feeds so many events of the ledger, of which the tenth has a leaf of its own.
static uint64_t violated(const cursor_t *cursor, uint64_t epoch, uint64_t last, uint8_t tenth)
{
    static verify_report_t report;
    static verify_cursors_t self;
    report = (verify_report_t){0};
    verify_cursors_init(&self, &report);
    verify_cursors_add(&self, STREAM_AUTOPAY, LAST, cursor, epoch);
    for (uint64_t sequence = 1; sequence <= last; sequence++) {
        hash_t leaf = {{sequence == 10 ? tenth : 99}};
        verify_cursors_feed(&self, STREAM_LEDGER, sequence, &leaf);
        verify_cursors_feed(&self, STREAM_PAYMENT, sequence, &leaf);
    }
    verify_cursors_finish(&self);
    return report.violated;
}

static void each_history_but_the_followed_one_is_named(void **state)
{
    (void)state;
    assert_int_equal(violated(&at_ten, EPOCH, 10, 1), 0);
    assert_int_equal(violated(&at_ten, EPOCH, 30, 1), 0);
    assert_int_equal(violated(&at_ten, EPOCH + 1, 30, 1), 1); // another name
    assert_int_equal(violated(&at_ten, EPOCH, 30, 2), 1);     // another event
    assert_int_equal(violated(&at_ten, EPOCH, 9, 1), 1);      // shorter than what was taken in
}

static void what_is_not_known_is_not_compared(void **state)
{
    (void)state;
    cursor_t cursor = at_ten;
    cursor.leaf = (hash_t){{0}};
    assert_int_equal(violated(&cursor, EPOCH, 30, 2), 0);
    cursor.sequence = 0; // a history was accepted, and nothing of it taken in
    assert_int_equal(violated(&cursor, EPOCH, 0, 0), 0);
    assert_int_equal(violated(&cursor, EPOCH + 1, 0, 0), 1);
    cursor.epoch = 0; // it never met one
    assert_int_equal(violated(&cursor, EPOCH, 30, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_history_but_the_followed_one_is_named),
        cmocka_unit_test(what_is_not_known_is_not_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
