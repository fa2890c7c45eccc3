// What a node notes of the journals that it follows, and what it makes of one that is not so.
#include "proto/codes.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { TERM = 1 };

// The question for what metering's journal comes to, among the outputs.
static bool is_asked(const rig_t *rig, request_t *ret_request)
{
    for (size_t i = 0; i < rig->outputs_count; i++)
        if (rig->outputs[i].kind == OUTPUT_ASK_REPLAY &&
            request_decode(rig->outputs[i].bytes, rig->outputs[i].size, ret_request, NULL) ==
                FAIL_NONE &&
            ret_request->type == REQUEST_witness)
            return true;
    return false;
}

// Metering answers it, in a batch of its own; true if something was noted.
static bool answer_it(rig_t *rig, fail_t fail, uint64_t epoch, uint64_t last)
{
    static uint8_t bytes[RIG_MESSAGE_MAX];
    request_t asked = {0};
    uint64_t before = node_last(rig->node);
    assert_true(is_asked(rig, &asked));
    answer_t answer = {.type = REQUEST_witness, .number = asked.number, .fail = fail};
    answer.detail = text_of("");
    answer.witness = (answer_witness_t){.stream = STREAM_METERING,
                                        .epoch = epoch,
                                        .term = TERM,
                                        .last = last,
                                        .root = {{(uint8_t)last}},
                                        .leaf = {{(uint8_t)(last + 1)}}};
    rig_begin(rig);
    node_answer(rig->node, STREAM_METERING, bytes, answer_encode(&answer, bytes, sizeof bytes));
    rig_end(rig);
    return node_last(rig->node) > before;
}

// The last event of our journal.
static event_t newest(rig_t *rig)
{
    static uint8_t bytes[JOURNAL_EVENT_MAX];
    event_t event;
    size_t size;
    assert_int_equal(journal_find(rig->reader, node_last(rig->node), bytes, sizeof bytes, &size),
                     FAIL_NONE);
    assert_int_equal(event_decode(bytes, size, &event), FAIL_NONE);
    return event;
}

// Booted, and metering's door holds what we hold.
static rig_t *vouched(void)
{
    rig_t *rig = rig_started(false);
    rig->witnesses = true;
    rig_vouch(rig, 1, 0);
    rig_begin(rig);
    rig_end(rig);
    return rig;
}

static void beat(rig_t *rig, uint64_t last)
{
    rig_begin(rig);
    rig_beat(rig, 1, last);
    rig_end(rig);
}

static void each_start_and_each_hour_is_noted_once(void **state)
{
    (void)state;
    request_t asked;
    rig_t *rig = vouched();
    assert_true(answer_it(rig, FAIL_NONE, 1, 0));
    event_t event = newest(rig);
    assert_int_equal(event.type, EVENT_node_witnessed);
    assert_int_equal(event.node_witnessed.stream, STREAM_METERING);
    assert_int_equal(event.node_witnessed.epoch, 1);
    assert_int_equal(event.node_witnessed.term, TERM);
    for (int i = 0; i < 3; i++) {
        beat(rig, 0);
        assert_false(is_asked(rig, &asked));
    }
    rig_restart(rig); // ours is no start of metering's
    rig_vouch(rig, 1, 0);
    beat(rig, 0);
    assert_false(is_asked(rig, &asked));
    rig->clock.now += HOUR_US;
    rig->clock.wall += HOUR_US;
    rig->clock.monotonic += HOUR_US;
    for (int i = 0; i < 4 && !is_asked(rig, &asked); i++) {
        rig_begin(rig); // an hour without a turn makes it doubt its cursor first
        rig_beat(rig, 1, 0);
        (void)rig_replay(rig, STREAM_METERING, 1, NULL, 0);
        rig_end(rig);
    }
    assert_true(answer_it(rig, FAIL_NONE, 1, 0));
    rig_destroy(rig);
}

static void a_full_disk_notes_nothing_and_is_not_asked_again_at_once(void **state)
{
    (void)state;
    request_t asked;
    rig_t *rig = vouched();
    node_set_full(rig->node, true);
    assert_false(answer_it(rig, FAIL_NONE, 1, 0));
    node_set_full(rig->node, false);
    beat(rig, 0);
    assert_false(is_asked(rig, &asked));
    rig_destroy(rig);
}

static void a_journal_that_lost_what_was_noted_is_an_alarm_over_restarts(void **state)
{
    (void)state;
    request_t asked = {0};
    rig_t *rig = vouched();
    assert_true(answer_it(rig, FAIL_NONE, 1, 7)); // more than we have taken in
    rig_restart(rig);
    rig_vouch(rig, 1, 5); // it says that it holds our cursor: that is not enough
    assert_true(is_asked(rig, &asked));
    assert_int_equal(asked.witness.last, 7);
    assert_int_equal(asked.witness.leaf.bytes[0], 8);
    assert_false(answer_it(rig, FAIL_HISTORY, 1, 5));
    assert_non_null(node_trouble(rig->node));
    rig_begin(rig);
    rig_end(rig);
    assert_non_null(alarms_find(node_alarms(rig->node), ALARM_WITNESS));
    assert_null(alarms_find(node_alarms(rig->node), ALARM_HISTORY));
    request_t reseed = {.type = REQUEST_reseed, .number = 1, .id = rig_id(RIG_TIME, 1)};
    reseed.reseed.stream = STREAM_METERING;
    reseed.reseed.epoch = 1;
    assert_int_equal(rig_asked(rig, &reseed, ROLE_OPERATOR).fail, FAIL_NONE);
    assert_null(node_trouble(rig->node));
    rig_restart(rig); // an operator's word outlives it as well
    rig_vouch(rig, 1, 0);
    rig_begin(rig);
    rig_end(rig);
    assert_null(node_trouble(rig->node));
    assert_true(answer_it(rig, FAIL_NONE, 1, 0));
    rig_destroy(rig);
}

// A record of metering's: its end in order, with the tree that it says, and one event behind it.
static journal_record_t end_record(uint8_t *buffer, uint64_t size_of_tree, event_type_t behind)
{
    static uint8_t bytes[JOURNAL_EVENT_MAX];
    uint8_t saved[TREE_SAVED_MAX];
    tree_t tree = {0};
    record_builder_t builder;
    for (uint64_t i = 0; i < size_of_tree; i++)
        tree_append(&tree, &(hash_t){{1}});
    event_t event = {.type = EVENT_node_ended, .at = RIG_TIME};
    event.node_ended =
        (event_node_ended_t){.term = TERM, .tree = {saved, (uint32_t)tree_save(&tree, saved)}};
    record_builder_begin(&builder, buffer, RECORD_TARGET, 1, 1024);
    assert_true(record_builder_add(&builder, bytes, event_encode(&event, bytes, sizeof bytes)));
    event = (event_t){.type = behind, .at = RIG_TIME};
    assert_true(record_builder_add(&builder, bytes, event_encode(&event, bytes, sizeof bytes)));
    return record_builder_end(&builder);
}

static void an_end_is_noted_and_only_a_start_may_follow(void **state)
{
    (void)state;
    static uint8_t buffer[RECORD_TARGET];
    static const event_type_t behind[] = {EVENT_node_booted, EVENT_usage_charged};
    for (size_t i = 0; i < 2; i++) {
        rig_t *rig = vouched();
        (void)answer_it(rig, FAIL_NONE, 1, 0);
        journal_record_t record = end_record(buffer, 0, behind[i]);
        rig_begin(rig);
        rig_publish(rig, 1, &record, true);
        rig_end(rig);
        assert_int_equal(node_trouble(rig->node) != NULL, i == 1);
        event_t event = newest(rig);
        assert_int_equal(event.type, EVENT_node_witnessed);
        assert_true(event.node_witnessed.ended);
        assert_int_equal(event.node_witnessed.last, 1);
        assert_memory_equal(&event.node_witnessed.root, &event.node_witnessed.leaf,
                            sizeof(hash_t)); // of a tree of one event
        rig_destroy(rig);
    }
    static const struct {
        uint64_t noted, tree;
    } left[] = {{0, 3}, {5, 0}}; // a tree of another length; an end before what is noted already
    for (size_t i = 0; i < 2; i++) {
        rig_t *rig = vouched();
        (void)answer_it(rig, FAIL_NONE, 1, left[i].noted);
        journal_record_t record = end_record(buffer, left[i].tree, EVENT_node_booted);
        rig_begin(rig);
        rig_publish(rig, 1, &record, true);
        rig_end(rig);
        assert_false(newest(rig).node_witnessed.ended);
        rig_destroy(rig);
    }
}

static void bow_out(rig_t *rig)
{
    node_begin(rig->node, &rig->clock);
    node_bow_out(rig->node);
    rig_end(rig);
}

static void an_orderly_end_is_the_last_word_and_the_next_start_looks(void **state)
{
    (void)state;
    rig_t *rig = vouched();
    rig_posted(rig, 1, 10);
    bow_out(rig);
    event_t event = newest(rig);
    assert_int_equal(event.type, EVENT_node_ended);
    tree_t tree;
    assert_int_equal(tree_load(event.node_ended.tree.data, event.node_ended.tree.size, &tree),
                     FAIL_NONE);
    assert_int_equal(tree.size, node_last(rig->node) - 1);
    rig_restart(rig);
    assert_null(node_wrong(rig->node));
    assert_int_equal(rig_sum(rig), 10);
    node_set_full(rig->node, true); // no room for it
    uint64_t last = node_last(rig->node);
    bow_out(rig);
    assert_int_equal(node_last(rig->node), last);
    rig_destroy(rig);
}

static void what_stands_behind_an_end_is_no_journal_of_ours(void **state)
{
    (void)state;
    static uint8_t buffer[RECORD_TARGET];
    static const struct {
        event_type_t behind;
        stream_t stream;
        fail_t fail;
    } cases[] = {{EVENT_node_booted, STREAM_NONE, FAIL_NONE},
                 {EVENT_node_booted, STREAM_LEDGER, FAIL_NONE},
                 {EVENT_node_booted, STREAM_METERING, FAIL_CORRUPT},
                 {EVENT_posted, STREAM_NONE, FAIL_CORRUPT}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static uint8_t bytes[JOURNAL_EVENT_MAX];
        record_builder_t builder;
        rig_t *rig = vouched();
        bow_out(rig);
        event_t event = {.type = cases[i].behind, .at = RIG_TIME};
        if (event.type == EVENT_node_booted)
            event.node_booted.stream = cases[i].stream;
        record_builder_begin(&builder, buffer, RECORD_TARGET, node_last(rig->node) + 1, 1024);
        assert_true(record_builder_add(&builder, bytes, event_encode(&event, bytes, sizeof bytes)));
        journal_record_t record = record_builder_end(&builder);
        rig_crash(rig);
        assert_int_equal(rig_start(rig), FAIL_NONE);
        assert_int_equal(node_replay(rig->node, &record), cases[i].fail);
        assert_int_equal(node_wrong(rig->node) != NULL, cases[i].fail != FAIL_NONE);
        rig_destroy(rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_start_and_each_hour_is_noted_once),
        cmocka_unit_test(a_full_disk_notes_nothing_and_is_not_asked_again_at_once),
        cmocka_unit_test(a_journal_that_lost_what_was_noted_is_an_alarm_over_restarts),
        cmocka_unit_test(an_end_is_noted_and_only_a_start_may_follow),
        cmocka_unit_test(an_orderly_end_is_the_last_word_and_the_next_start_looks),
        cmocka_unit_test(what_stands_behind_an_end_is_no_journal_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
