// The cellar of a node: events become records and leaves, and what shall leave later is laid by.
#include "services/node/node_batch.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void an_event_is_in_the_record_the_tree_and_the_head(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    node_t *node = rig->node;
    const event_node_reseeded_t body = {.stream = STREAM_METERING, .epoch = 7};
    const cause_t cause = {.stream = STREAM_METERING, .sequence = 3};
    rig_begin(rig);
    uint64_t last = node->head.last;
    tree_t tree = node->head.tree;
    node_emit(node, EVENT_node_reseeded, &cause, &body, sizeof body);
    assert_int_equal(node->head.last, last + 1);
    assert_int_equal(node->first_emitted, last + 1);
    assert_int_equal(node->parcel->records_count, 0); // it is being filled
    node_close_record(node);
    assert_int_equal(node->parcel->records_count, 1);
    bytes_t bytes = record_event(&node->parcel->records[0],
                                 (uint32_t)(last + 1 - node->parcel->records[0].first));
    event_t event;
    assert_int_equal(event_decode(bytes.data, bytes.size, &event), FAIL_NONE);
    assert_int_equal(event.type, EVENT_node_reseeded);
    assert_int_equal(event.at, node->head.time);
    assert_int_equal(event.cause.sequence, 3);
    assert_int_equal(event.node_reseeded.epoch, 7);
    hash_t leaf, want, have;
    tree_leaf(bytes.data, bytes.size, &leaf);
    tree_append(&tree, &leaf);
    tree_root(&tree, &want);
    tree_root(&node->head.tree, &have);
    assert_memory_equal(&want, &have, sizeof want);
    rig_end(rig);
    rig_destroy(rig);
}

static void a_closed_record_is_closed_once(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    const cause_t cause = {.stream = STREAM_NONE};
    rig_begin(rig);
    node_close_record(rig->node);
    assert_int_equal(rig->node->parcel->records_count, 0); // nothing was begun
    node_emit(rig->node, EVENT_node_clock_confirmed, &cause, NULL, 0);
    node_close_record(rig->node);
    node_close_record(rig->node);
    assert_int_equal(rig->node->parcel->records_count, 1);
    rig_end(rig);
    rig_destroy(rig);
}

static void only_an_item_comes_without_entropy_and_none_comes_twice(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    input_t one, two, item;
    rig_begin(rig);
    node_input(rig->node, INPUT_TICK, &one);
    node_input(rig->node, INPUT_TICK, &two);
    node_input(rig->node, INPUT_ITEM, &item);
    assert_int_equal(one.now, rig->node->head.time);
    assert_false(uid_is_zero(&one.entropy));
    assert_false(uid_equal(&one.entropy, &two.entropy));
    assert_true(uid_is_zero(&item.entropy));
    rig_end(rig);
    rig_destroy(rig);
}

static void what_is_laid_by_survives_the_growth_of_its_place(void **state)
{
    (void)state;
    static uint8_t large[FRAME_LARGE_MAX];
    rig_t *rig = rig_started(false);
    node_t *node = rig->node;
    rig_begin(rig);
    slice_t first = node_arena_add(node, "first", 5);
    memset(large, 'l', sizeof large);
    slice_t second = node_arena_add(node, large, sizeof large);
    assert_memory_equal(node->parcel->arena + first.at, "first", 5);
    assert_memory_equal(node->parcel->arena + second.at, large, sizeof large);
    size_t outputs = node->parcel->outputs_count;
    for (uint64_t i = 0; i < 600; i++)
        node_output_add(node, OUTPUT_ASK_REPLAY)->stream = i;
    for (uint64_t i = 0; i < 600; i++)
        assert_int_equal(node->parcel->outputs[outputs + i].stream, i);
    assert_false(node_is_full(node));
    while (node->parcel->arena_used < NODE_ARENA_FULL)
        (void)node_arena_add(node, large, sizeof large);
    assert_true(node_is_full(node));
    rig_crash(rig);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_in_the_record_the_tree_and_the_head),
        cmocka_unit_test(a_closed_record_is_closed_once),
        cmocka_unit_test(only_an_item_comes_without_entropy_and_none_comes_twice),
        cmocka_unit_test(what_is_laid_by_survives_the_growth_of_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
