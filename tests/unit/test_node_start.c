// The start of a node: its term, its epoch, its boot event, and a journal that was damaged.
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void a_start_takes_no_used_term_and_appends_its_boot_first(void **state)
{
    (void)state;
    rig_t *rig = rig_new(false);
    assert_int_equal(rig_start(rig), FAIL_NONE);
    assert_false(node_is_ready(rig->node));
    rig_begin(rig);
    rig_end(rig);
    assert_true(rig->committed && node_is_ready(rig->node));
    assert_int_equal(node_last(rig->node), 1);
    static uint8_t head[JOURNAL_HEAD_MAX];
    size_t size;
    uint64_t last, term = node_term(rig->node);
    assert_int_equal(journal_head(rig->journal, head, sizeof head, &size, &last), FAIL_NONE);
    assert_int_equal(node_restore(rig->node, head, size, last, term), FAIL_CORRUPT);
    assert_int_equal(node_restore(rig->node, head, size, last, term + 1), FAIL_NONE);
    rig_restart(rig);
    assert_int_equal(node_last(rig->node), 2);
    assert_int_equal(node_term(rig->node), 2);
    rig_destroy(rig);
}

static uint64_t durable_epoch(rig_t *rig)
{
    return rig_durable_head(rig)->epoch;
}

static void a_restored_journal_gets_a_larger_epoch_where_it_is_told_one(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    assert_int_equal(durable_epoch(rig), 1);
    rig->epoch_least = 7;
    rig_restart(rig);
    assert_int_equal(node_epoch(rig->node), 7);
    assert_int_equal(durable_epoch(rig), 7);
    rig->epoch_least = 5; // never back
    rig_restart(rig);
    assert_int_equal(durable_epoch(rig), 7);
    rig_destroy(rig);
}

static void a_flipped_bit_of_the_tail_is_found_at_the_start(void **state)
{
    (void)state;
    unsigned found = 0, bits = 0;
    for (uint64_t bit = 16 * 8; bit < 16 * 8 + 8 * 24; bit += 5, bits++) {
        rig_t *rig = rig_started(false);
        (void)rig_posted(rig, 1, 5);
        rig_crash(rig);
        assert_true(journal_memory_flip(rig->disk, 2, bit));
        found += rig_start(rig) == FAIL_CORRUPT;
        rig_destroy(rig);
    }
    assert_int_equal(found, bits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_takes_no_used_term_and_appends_its_boot_first),
        cmocka_unit_test(a_restored_journal_gets_a_larger_epoch_where_it_is_told_one),
        cmocka_unit_test(a_flipped_bit_of_the_tail_is_found_at_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
