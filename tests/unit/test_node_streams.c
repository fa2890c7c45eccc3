// Streams that a node follows: loss, duplicates, gaps, and another history.
#include "services/autopay/autopay_core.h"
#include "services/process/reader.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void a_stream_is_followed_through_loss_duplicates_and_overlap(void **state)
{
    (void)state;
    static uint8_t a[RECORD_TARGET], b[RECORD_TARGET], c[RECORD_TARGET];
    rig_t *rig = rig_started(false);
    journal_record_t one = rig_record(a, 1, 2, 10), two = rig_record(b, 3, 2, 100),
                     both = rig_record(c, 1, 5, 10);
    rig_vouch(rig, 1, 0);
    rig_begin(rig);
    rig_publish(rig, 1, &one, true);
    rig_publish(rig, 1, &one, true); // a duplicate
    rig_end(rig);
    assert_int_equal(rig_sum(rig), 20);
    rig_restart(rig);
    assert_int_equal(rig_count(rig, OUTPUT_ASK_REPLAY), 1); // a start asks before it hears
    rig_vouch(rig, 1, 2);
    assert_int_equal(rig_sum(rig), 20);
    rig_begin(rig);
    rig_publish(rig, 1, &two, false); // header only
    rig_end(rig);
    assert_int_equal(rig_sum(rig), 20);
    rig_begin(rig);
    rig_publish(rig, 1, &both, true); // from before the cursor on
    rig_end(rig);
    assert_int_equal(rig_sum(rig), 50);
    rig_destroy(rig);
}

static void a_gap_is_filled_from_the_replay_door(void **state)
{
    (void)state;
    static uint8_t a[RECORD_TARGET];
    rig_t *rig = rig_new(false);
    journal_record_t record = rig_record(a, 1, 3, 10);
    assert_int_equal(rig_start(rig), FAIL_NONE);
    rig_begin(rig);
    rig_beat(rig, 1, 3);
    rig_end(rig);
    assert_int_equal(rig_count(rig, OUTPUT_ASK_REPLAY), 1);
    rig_begin(rig);
    assert_true(rig_replay(rig, STREAM_METERING, 1, &record, 3));
    rig_end(rig);
    assert_int_equal(rig_count(rig, OUTPUT_ASK_REPLAY), 0); // it is at the head
    assert_int_equal(rig_sum(rig), 30);
    rig_destroy(rig);
}

static void another_history_stops_the_stream_until_reseed(void **state)
{
    (void)state;
    static uint8_t a[RECORD_TARGET];
    rig_t *rig = rig_started(false);
    journal_record_t one = rig_record(a, 1, 2, 10);
    rig_vouch(rig, 1, 0);
    rig_begin(rig);
    rig_publish(rig, 1, &one, true);
    rig_end(rig);
    rig_begin(rig);
    rig_publish(rig, 2, &one, true); // the same numbers, another epoch
    rig_end(rig);
    assert_non_null(node_trouble(rig->node));
    assert_int_equal(rig_sum(rig), 20);
    request_t reseed = {.type = REQUEST_reseed, .number = 1, .id = rig_id(RIG_TIME, 1)};
    reseed.reseed.stream = STREAM_METERING;
    reseed.reseed.epoch = 2;
    assert_int_equal(rig_asked(rig, &reseed, ROLE_OPERATOR).fail, FAIL_NONE);
    assert_null(node_trouble(rig->node));
    rig_vouch(rig, 2, 0);
    rig_begin(rig);
    rig_publish(rig, 2, &one, true);
    rig_end(rig);
    assert_int_equal(rig_sum(rig), 40);
    rig_restart(rig);
    rig_vouch(rig, 2, 2);
    rig_begin(rig);
    rig_publish(rig, 2, &one, true); // the cursor was committed with what came of it
    rig_end(rig);
    assert_int_equal(rig_sum(rig), 40);
    rig_destroy(rig);
}

// What the producer's own door says to the question that the node asks.
static fail_t asked_at_the_door(rig_t *rig, journal_reader_t *journal)
{
    static uint8_t bytes[READER_ANSWER_MAX];
    answer_t answer = {0};
    size_t size = 0;
    reader_t *door = reader_new(journal, STREAM_METERING, 1, 1, NULL);
    for (size_t i = 0; i < rig->outputs_count; i++)
        if (rig->outputs[i].kind == OUTPUT_ASK_REPLAY)
            size = reader_answer(door, ROLE_LEDGER, 0, rig->outputs[i].bytes, rig->outputs[i].size,
                                 bytes, sizeof bytes);
    reader_destroy(&door);
    assert_true(size > 0);
    assert_int_equal(answer_decode(bytes, size, REQUEST_replay, &answer), FAIL_NONE);
    rig_begin(rig);
    node_answer(rig->node, STREAM_METERING, bytes, size);
    rig_end(rig);
    return answer.fail;
}

static void reseed(rig_t *rig, unsigned n, uint64_t sequence, const hash_t *leaf)
{
    request_t request = {.type = REQUEST_reseed, .number = 1, .id = rig_id(RIG_TIME, n)};
    request.reseed = (request_reseed_t){
        .stream = STREAM_METERING, .epoch = 1, .sequence = sequence, .leaf = *leaf};
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_NONE);
}

// Who types another event's hash goes on behind an event that he never had.
static void a_reseed_with_a_wrong_leaf_is_another_history(void **state)
{
    (void)state;
    static uint8_t buffer[RECORD_TARGET];
    journal_memory_t *disk = NULL;
    journal_t *journal = NULL;
    journal_reader_t *reader = NULL;
    uint64_t term;
    journal_record_t record = rig_record(buffer, 1, 3, 10);
    bytes_t second = record_event(&record, 1);
    hash_t leaf, wrong;
    tree_leaf(second.data, second.size, &leaf);
    assert_int_equal(journal_memory_new(0, &disk), FAIL_NONE);
    assert_int_equal(journal_open_memory(disk, &journal), FAIL_NONE);
    assert_int_equal(journal_lead(journal, &term), FAIL_NONE);
    assert_int_equal(journal_append(journal, 0, term, &record, 1, "head", 4), FAIL_NONE);
    assert_int_equal(journal_reader_open(journal, &reader), FAIL_NONE);
    rig_t *rig = rig_started(false);
    wrong = leaf;
    wrong.bytes[31] ^= 1;
    reseed(rig, 1, 2, &wrong);
    assert_int_equal(asked_at_the_door(rig, reader), FAIL_HISTORY);
    assert_non_null(node_trouble(rig->node));
    assert_int_equal(rig_sum(rig), 0);
    reseed(rig, 2, 2, &leaf);
    assert_int_equal(asked_at_the_door(rig, reader), FAIL_NONE);
    assert_null(node_trouble(rig->node));
    assert_int_equal(rig_sum(rig), 10); // what is behind the second event
    rig_destroy(rig);
    journal_reader_destroy(&reader);
    journal_destroy(&journal);
    journal_memory_destroy(&disk);
}

// --- a view of whose producer and ourselves may go by two histories of a third ---

static bool is_current(rig_t *rig)
{
    request_t status = {.type = REQUEST_status, .number = 1};
    return rig_asked(rig, &status, ROLE_OPERATOR).status.current;
}

// Autopay, up to date with a ledger that has taken `cursor` of payment's events in that history,
// and with payment's journal of the name 1.
static void become_current(rig_t *rig, uint64_t cursor, uint64_t epoch, bool says)
{
    rig_begin(rig);
    rig_table(rig, cursor, epoch, says);
    assert_true(rig_replay(rig, STREAM_PAYMENT, 1, NULL, 0));
    rig_end(rig);
    rig_begin(rig);
    assert_true(rig_replay(rig, STREAM_LEDGER, 1, NULL, 0));
    rig_end(rig);
}

static rig_t *autopay_rig(uint64_t cursor, uint64_t epoch, bool says)
{
    rig_t *rig = rig_new(false);
    rig->core = &autopay_core;
    assert_int_equal(rig_start(rig), FAIL_NONE);
    rig_begin(rig);
    rig_end(rig);
    become_current(rig, cursor, epoch, says);
    return rig;
}

// An operator names the journal 2 of payment, and it vouches for our cursor.
static void go_over(rig_t *rig)
{
    request_t request = {.type = REQUEST_reseed, .number = 1, .id = rig_id(RIG_TIME, 1)};
    request.reseed = (request_reseed_t){.stream = STREAM_PAYMENT, .epoch = 2};
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_NONE);
    rig_begin(rig);
    assert_true(rig_replay(rig, STREAM_PAYMENT, 2, NULL, 0));
    rig_end(rig);
}

static bool asks_for_events(const rig_t *rig, stream_t stream)
{
    bool asks = false;
    for (size_t i = 0; i < rig->outputs_count; i++) {
        request_t asked = {0};
        const rig_output_t *output = &rig->outputs[i];
        asks = asks || (output->kind == OUTPUT_ASK_REPLAY && output->stream == stream &&
                        request_decode(output->bytes, output->size, &asked, NULL) == FAIL_NONE &&
                        asked.type == REQUEST_replay);
    }
    return asks;
}

// The ledger says in its stream that it goes over, too.
static void hear_the_ledger_go_over(rig_t *rig)
{
    static uint8_t buffer[RECORD_TARGET], bytes[256];
    event_t event = {.type = EVENT_node_reseeded, .at = RIG_TIME};
    event.node_reseeded = (event_node_reseeded_t){.stream = STREAM_PAYMENT, .epoch = 2};
    record_builder_t builder;
    record_builder_begin(&builder, buffer, sizeof buffer, 1, JOURNAL_SEGMENT_EVENTS);
    assert_true(record_builder_add(&builder, bytes, event_encode(&event, bytes, sizeof bytes)));
    journal_record_t record = record_builder_end(&builder);
    rig->clock.now += 2 * SECOND_US; // so that the door is asked
    rig->clock.monotonic += 2 * SECOND_US;
    do { // it may ask first what the stream comes to
        rig_begin(rig);
        rig_end(rig);
    } while (!asks_for_events(rig, STREAM_LEDGER));
    rig_begin(rig);
    assert_true(rig_replay(rig, STREAM_LEDGER, 1, &record, 1));
    rig_end(rig);
}

static void nothing_is_judged_while_the_ledger_goes_by_another_history_of_payment(void **state)
{
    (void)state;
    rig_t *rig = autopay_rig(10, 1, true);
    assert_true(is_current(rig));
    go_over(rig);
    assert_false(is_current(rig));
    hear_the_ledger_go_over(rig);
    assert_true(is_current(rig));
    rig_destroy(rig);
}

static void nor_while_the_ledger_has_gone_over_and_we_have_not(void **state)
{
    (void)state;
    rig_t *rig = autopay_rig(10, 1, true);
    hear_the_ledger_go_over(rig);
    assert_false(is_current(rig));
    go_over(rig);
    assert_true(is_current(rig));
    rig_restart(rig); // then its table says so
    rig_begin(rig);
    rig_table(rig, 10, 1, true);
    assert_true(rig_replay(rig, STREAM_PAYMENT, 2, NULL, 0));
    rig_end(rig);
    rig_begin(rig);
    assert_true(rig_replay(rig, STREAM_LEDGER, 1, NULL, 0));
    rig_end(rig);
    assert_false(is_current(rig));
    rig_destroy(rig);
}

// One of before the field, and one that had met nobody yet when it was asked.
static void a_ledger_that_does_not_say_which_payment_took_of_the_one_that_we_left(void **state)
{
    (void)state;
    for (unsigned says = 0; says < 2; says++) {
        rig_t *rig = autopay_rig(10, 0, says);
        assert_true(is_current(rig));
        go_over(rig);
        assert_false(is_current(rig));
        hear_the_ledger_go_over(rig);
        assert_true(is_current(rig));
        rig_destroy(rig);
        rig = autopay_rig(0, 0, says); // it took nothing: its next is of the new one
        go_over(rig);
        assert_true(is_current(rig));
        rig_destroy(rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_followed_through_loss_duplicates_and_overlap),
        cmocka_unit_test(a_gap_is_filled_from_the_replay_door),
        cmocka_unit_test(another_history_stops_the_stream_until_reseed),
        cmocka_unit_test(a_reseed_with_a_wrong_leaf_is_another_history),
        cmocka_unit_test(nothing_is_judged_while_the_ledger_goes_by_another_history_of_payment),
        cmocka_unit_test(nor_while_the_ledger_has_gone_over_and_we_have_not),
        cmocka_unit_test(a_ledger_that_does_not_say_which_payment_took_of_the_one_that_we_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
