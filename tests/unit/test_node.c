#include "services/common/head.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

// --- commits ---

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

static void answers_leave_only_after_node_committed(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t request = rig_post(1, 5), totals = {.type = REQUEST_totals, .number = 2};
    output_t output;
    node_batch_t batch;
    rig_begin(rig);
    rig_ask(rig, &request, ROLE_OPERATOR);
    rig_ask(rig, &request, ROLE_OPERATOR); // a duplicate
    rig_ask(rig, &totals, ROLE_SERVICE);   // a query
    assert_false(node_output(rig->node, &output));
    node_end(rig->node, &batch);
    assert_true(batch.append);
    assert_false(node_output(rig->node, &output));
    node_committed(rig->node);
    size_t answers = 0, published = 0;
    while (node_output(rig->node, &output)) {
        answers += output.kind == OUTPUT_ANSWER;
        published += output.kind == OUTPUT_PUBLISH;
    }
    assert_int_equal(answers, 3);
    assert_true(published >= 1);
    rig_destroy(rig);
}

static void nothing_remains_of_a_batch_that_was_not_committed(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t request = rig_post(1, 5);
    node_batch_t batch;
    rig_begin(rig);
    rig_ask(rig, &request, ROLE_OPERATOR);
    node_end(rig->node, &batch);
    rig_restart(rig);
    assert_int_equal(rig_sum(rig), 0);
    assert_int_equal(rig_posted(rig, 1, 5).fail, FAIL_NONE); // the id is free
    assert_int_equal(rig_sum(rig), 5);
    rig_destroy(rig);
}

static void the_published_record_is_the_stored_one(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    (void)rig_posted(rig, 1, 5);
    const rig_output_t *published = NULL;
    for (size_t i = 0; i < rig->outputs_count && !published; i++)
        if (rig->outputs[i].kind == OUTPUT_PUBLISH)
            published = &rig->outputs[i];
    publication_t publication;
    journal_record_t record;
    assert_non_null(published);
    assert_int_equal(publication_decode(published->bytes, published->size, &publication), 0);
    assert_int_equal(publication.first, 2);
    assert_int_equal(publication.count, 1);
    assert_int_equal(publication.term, 1);
    assert_int_equal(record_check(publication.record.data, publication.record.size, &record),
                     FAIL_NONE);
    uint8_t stored[512];
    size_t size;
    assert_int_equal(journal_find(rig->reader, 2, stored, sizeof stored, &size), FAIL_NONE);
    bytes_t event = record_event(&record, 0);
    assert_int_equal(event.size, size);
    assert_memory_equal(event.data, stored, size);
    rig_destroy(rig);
}

// --- commands ---

static void a_repeated_command_has_its_first_answer(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t request = rig_post(1, 5);
    rig_begin(rig);
    rig_ask(rig, &request, ROLE_OPERATOR);
    rig_ask(rig, &request, ROLE_OPERATOR);
    rig_end(rig);
    uint64_t sequence = rig_answer(rig, 0, REQUEST_post).post.sequence;
    assert_int_equal(sequence, 2);
    assert_int_equal(rig_answer(rig, 1, REQUEST_post).post.sequence, sequence); // the same batch
    (void)rig_posted(rig, 2, 1);
    assert_int_equal(rig_posted(rig, 1, 5).post.sequence, sequence); // a later one
    rig_restart(rig);
    assert_int_equal(rig_posted(rig, 1, 5).post.sequence, sequence); // after a replay
    assert_int_equal(rig_sum(rig), 6);
    rig_destroy(rig);
}

static void other_content_under_a_known_id_is_a_conflict(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    (void)rig_posted(rig, 1, 5);
    assert_int_equal(rig_posted(rig, 1, 6).fail, FAIL_CONFLICT);
    rig_restart(rig);
    assert_int_equal(rig_posted(rig, 1, 6).fail, FAIL_CONFLICT);
    assert_int_equal(rig_sum(rig), 5);
    rig_destroy(rig);
}

static void a_command_that_changed_nothing_is_not_remembered(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    assert_int_equal(rig_posted(rig, 1, -5).fail, FAIL_INVALID);
    assert_false(rig->committed);
    assert_int_equal(rig_posted(rig, 2, 0).post.sequence, 0);
    assert_int_equal(rig_posted(rig, 1, 7).fail, FAIL_NONE);
    assert_int_equal(rig_sum(rig), 7);
    rig_destroy(rig);
}

static void ids_are_judged_by_the_wall_clock(void **state)
{
    (void)state;
    rig_t *rig = rig_started(true); // the business clock is driven and stands at 0
    request_t request = rig_post(1, 5);
    request.id = rig_id(RIG_TIME + 6 * MINUTE_US, 1);
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_FUTURE);
    request.id = rig_id(RIG_TIME + 4 * MINUTE_US, 1);
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_NONE);
    request.id = rig_id(RIG_TIME - 31 * DAY_US, 2);
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_EXPIRED);
    request.id.bytes[6] = 0x40;
    assert_int_equal(rig_asked(rig, &request, ROLE_OPERATOR).fail, FAIL_INVALID);
    rig_destroy(rig);
}

// What it knows is the time of its last commit: by that, usage of now is of the future.
static void a_driven_node_that_returns_takes_no_feed_before_it_is_told_the_time(void **state)
{
    (void)state;
    static const int64_t amounts[] = {5};
    rig_t *rig = rig_started(true);
    request_t set = {.type = REQUEST_clock_set, .number = 1, .clock_set = {.now = RIG_TIME}};
    request_t clock = {.type = REQUEST_clock, .number = 2};
    assert_int_equal(rig_asked(rig, &set, ROLE_OPERATOR).fail, FAIL_NONE);
    assert_int_equal(rig_posted(rig, 1, 3).fail, FAIL_NONE);
    rig_restart(rig);
    rig_begin(rig);
    rig_push(rig, 1, 1, amounts, 1, false);
    rig_end(rig);
    assert_int_equal(rig_pushed(rig, 0).fail, FAIL_CLOCK);
    uint64_t busy = rig_asked(rig, &clock, ROLE_OPERATOR).clock.busy;
    assert_int_equal(rig_asked(rig, &set, ROLE_OPERATOR).fail, FAIL_NONE);
    assert_int_equal(rig_asked(rig, &clock, ROLE_OPERATOR).clock.busy, busy - 1);
    rig_begin(rig);
    rig_push(rig, 1, 1, amounts, 1, false);
    rig_end(rig);
    assert_int_equal(rig_pushed(rig, 0).fail, FAIL_NONE);
    assert_int_equal(rig_sum(rig), 8);
    rig_destroy(rig);
}

static void the_nodes_own_commands_repeat_like_any_other(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t confirm = {.type = REQUEST_clock_confirm, .number = 1, .id = rig_id(RIG_TIME, 1)};
    assert_int_equal(rig_asked(rig, &confirm, ROLE_OPERATOR).fail, FAIL_NONE);
    uint64_t last = node_last(rig->node);
    assert_int_equal(rig_asked(rig, &confirm, ROLE_OPERATOR).fail, FAIL_NONE);
    request_t reseed = {.type = REQUEST_reseed, .number = 1, .id = rig_id(RIG_TIME, 2)};
    reseed.reseed.stream = STREAM_METERING;
    reseed.reseed.epoch = 4;
    assert_int_equal(rig_asked(rig, &reseed, ROLE_OPERATOR).fail, FAIL_NONE);
    rig_restart(rig);
    assert_int_equal(rig_asked(rig, &reseed, ROLE_OPERATOR).fail, FAIL_NONE);
    assert_int_equal(node_last(rig->node), last + 2); // the reseed's event and the boot
    reseed.reseed.epoch = 5;
    assert_int_equal(rig_asked(rig, &reseed, ROLE_OPERATOR).fail, FAIL_CONFLICT);
    rig_destroy(rig);
}

static void a_role_may_do_what_the_table_says_and_no_more(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t request = rig_post(1, 5), totals = {.type = REQUEST_totals, .number = 2};
    assert_int_equal(rig_asked(rig, &request, ROLE_WEB).fail, FAIL_DENIED);
    assert_int_equal(rig_asked(rig, &request, ROLE_NONE).fail, FAIL_DENIED);
    assert_int_equal(rig_asked(rig, &totals, ROLE_PLATFORM).fail, FAIL_DENIED);
    assert_int_equal(rig_asked(rig, &totals, ROLE_SERVICE).fail, FAIL_NONE);
    assert_int_equal(rig_sum(rig), 0);
    rig_destroy(rig);
}

static void what_cannot_be_read_is_answered_with_its_number(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        size_t size;
        uint64_t number;
        fail_t fail;
    } cases[] = {{{0x94, 2, 1, 9, 0xc0}, 5, 9, FAIL_VERSION},       // another protocol
                 {{0x94, 1, 0x7f, 9, 0xc0}, 5, 9, FAIL_VERSION},    // no such request
                 {{0x94, 1, 11, 9, 0xc0}, 5, 9, FAIL_INVALID},      // a command without an id
                 {{0x94, 1, 1, 9, 0xc0, 0xc0}, 6, 9, FAIL_INVALID}, // bytes left over
                 {{0xdd, 0x10, 0, 0, 0}, 5, 0, FAIL_INVALID},       // a bomb
                 {{0xc1}, 1, 0, FAIL_INVALID},
                 {{0}, 0, 0, FAIL_INVALID}};
    rig_t *rig = rig_started(false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_begin(rig);
        node_message(rig->node, DOOR_COMMAND, &(peer_t){.size = 1}, ROLE_OPERATOR, cases[i].bytes,
                     cases[i].size);
        rig_end(rig);
        answer_t answer = rig_answer(rig, 0, REQUEST_status);
        assert_int_equal(answer.fail, cases[i].fail);
        assert_int_equal(answer.number, cases[i].number);
    }
    rig_destroy(rig);
}

static void status_is_a_checkpoint(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    request_t request = rig_post(1, 5), status = {.type = REQUEST_status, .number = 2};
    rig_begin(rig);
    rig_ask(rig, &request, ROLE_OPERATOR);
    rig_ask(rig, &status, ROLE_AUDITOR);
    rig_end(rig);
    answer_t answer = rig_answer(rig, 1, REQUEST_status);
    assert_int_equal(answer.status.last, 2);
    tree_t tree = {0};
    for (uint64_t sequence = 1; sequence <= answer.status.last; sequence++) {
        uint8_t bytes[512];
        size_t size;
        hash_t leaf;
        assert_int_equal(journal_find(rig->reader, sequence, bytes, sizeof bytes, &size), 0);
        tree_leaf(bytes, size, &leaf);
        tree_append(&tree, &leaf);
    }
    hash_t root;
    tree_root(&tree, &root);
    assert_memory_equal(&root, &answer.status.root, sizeof root);
    rig_destroy(rig);
}

// --- streams ---

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

// --- start ---

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

static void a_full_disk_refuses_facts_and_goes_on_reading(void **state)
{
    (void)state;
    static uint8_t a[RECORD_TARGET];
    rig_t *rig = rig_started(false);
    journal_record_t one = rig_record(a, 1, 2, 10);
    (void)rig_posted(rig, 1, 5);
    rig->clock.now += 3 * SECOND_US; // the question of the start is over
    rig->clock.wall += 3 * SECOND_US;
    rig->clock.monotonic += 3 * SECOND_US;
    node_set_full(rig->node, true);
    assert_int_equal(rig_posted(rig, 2, 5).fail, FAIL_FULL);
    assert_int_equal(rig_posted(rig, 1, 5).post.sequence, 2); // a duplicate changes nothing
    assert_int_equal(rig_push_alone(rig, 1, 1, (int64_t[]){5}, 1, false).fail, FAIL_FULL);
    rig_begin(rig);
    rig_publish(rig, 1, &one, true);
    rig_end(rig);
    assert_false(rig->committed);
    assert_int_equal(rig_count(rig, OUTPUT_ASK_REPLAY), 0); // nor is it asked for again and again
    assert_int_equal(rig_sum(rig), 5);
    node_set_full(rig->node, false);
    assert_int_equal(rig_posted(rig, 2, 5).fail, FAIL_NONE);
    assert_int_equal(rig_count(rig, OUTPUT_ASK_REPLAY), 1); // now the announced is fetched
    rig_destroy(rig);
}

static void no_record_is_too_large_to_be_published(void **state)
{
    (void)state;
    static int64_t amounts[2000];
    rig_t *rig = rig_started(false);
    for (size_t i = 0; i < 2000; i++)
        amounts[i] = 1 + (int64_t)i;
    assert_int_equal(rig_push_alone(rig, 1, 1, amounts, 500, false).fail, FAIL_NONE);
    rig_begin(rig);
    for (uint64_t first = 501; first < 8000; first += 500)
        rig_push(rig, 1, first, amounts, 500, false);
    rig_end(rig);
    size_t records = 0;
    for (size_t i = 0; i < rig->outputs_count; i++) {
        publication_t publication;
        if (rig->outputs[i].kind != OUTPUT_PUBLISH ||
            publication_decode(rig->outputs[i].bytes, rig->outputs[i].size, &publication) ||
            !publication.count)
            continue;
        assert_true(publication.record.size > 0 && publication.record.size <= STREAM_WHOLE_MAX);
        assert_true(rig->outputs[i].size <= FRAME_SMALL_MAX);
        records++;
    }
    assert_true(records > 1);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_takes_no_used_term_and_appends_its_boot_first),
        cmocka_unit_test(a_restored_journal_gets_a_larger_epoch_where_it_is_told_one),
        cmocka_unit_test(answers_leave_only_after_node_committed),
        cmocka_unit_test(nothing_remains_of_a_batch_that_was_not_committed),
        cmocka_unit_test(the_published_record_is_the_stored_one),
        cmocka_unit_test(a_repeated_command_has_its_first_answer),
        cmocka_unit_test(other_content_under_a_known_id_is_a_conflict),
        cmocka_unit_test(a_command_that_changed_nothing_is_not_remembered),
        cmocka_unit_test(ids_are_judged_by_the_wall_clock),
        cmocka_unit_test(a_driven_node_that_returns_takes_no_feed_before_it_is_told_the_time),
        cmocka_unit_test(the_nodes_own_commands_repeat_like_any_other),
        cmocka_unit_test(a_role_may_do_what_the_table_says_and_no_more),
        cmocka_unit_test(what_cannot_be_read_is_answered_with_its_number),
        cmocka_unit_test(status_is_a_checkpoint),
        cmocka_unit_test(a_stream_is_followed_through_loss_duplicates_and_overlap),
        cmocka_unit_test(a_gap_is_filled_from_the_replay_door),
        cmocka_unit_test(another_history_stops_the_stream_until_reseed),
        cmocka_unit_test(a_flipped_bit_of_the_tail_is_found_at_the_start),
        cmocka_unit_test(a_full_disk_refuses_facts_and_goes_on_reading),
        cmocka_unit_test(no_record_is_too_large_to_be_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
