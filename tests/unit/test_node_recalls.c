// What a node recalls of its own journal: wishes of its core, and queries that wait for an event.
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static rig_t *rig_wishing(recall_t wish)
{
    rig_t *rig = rig_started(false);
    rig->wish = wish;
    rig_vouch(rig, 1, 0);
    return rig;
}

// Three events of metering, which become three of ours.
static void take_three(rig_t *rig, int64_t amount)
{
    static uint8_t buffer[RECORD_TARGET];
    journal_record_t record = rig_record(buffer, 1, 3, amount);
    rig_begin(rig);
    rig_publish(rig, 1, &record, true);
    rig_end(rig);
}

static void pass(rig_t *rig, unsigned batches)
{
    while (batches--) {
        rig_begin(rig);
        rig_end(rig);
    }
}

static void a_wish_leaves_with_the_commit_and_comes_back_in_the_next_batch(void **state)
{
    (void)state;
    static const struct {
        recall_t wish;
        int64_t comes; // ours: 1 booted, 2 3 4 posted
    } rows[] = {
        {{.by = RECALL_SEQUENCE, .number = 3}, 3},
        {{.by = RECALL_SEQUENCE, .number = 99}, -FAIL_MISSING},
        {{.by = RECALL_CAUSE, .stream = STREAM_METERING, .number = 3}, 4},
        {{.by = RECALL_CAUSE, .stream = STREAM_METERING, .number = 4}, -FAIL_MISSING},
        {{.by = RECALL_CAUSE, .stream = PRODUCER_FIRST, .number = 1}, -FAIL_INVALID},
        {{.by = RECALL_NUMBER, .number = 5}, 2}, // the first of those that bring it
        {{.by = RECALL_NUMBER, .number = 6}, -FAIL_MISSING},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_t *rig = rig_wishing(rows[i].wish);
        take_three(rig, 5);
        assert_int_equal(rig_count(rig, OUTPUT_RECALL), 1);
        assert_int_equal(node_last(rig->node), 4);
        pass(rig, 1);
        assert_int_equal(node_last(rig->node), 5); // what came is in the journal
        assert_int_equal(rig_recalled(rig), rows[i].comes);
        rig_destroy(rig);
    }
}

static void a_recall_holds_up_no_batch_and_is_out_once(void **state)
{
    (void)state;
    rig_t *rig = rig_wishing((recall_t){.by = RECALL_SEQUENCE, .number = 2});
    rig->reads = 0; // it is late
    assert_int_equal(rig_posted(rig, 1, 5).fail, FAIL_NONE);
    assert_int_equal(rig_count(rig, OUTPUT_RECALL), 1);
    for (unsigned n = 2; n < 10; n++) {
        assert_int_equal(rig_posted(rig, n, 5).fail, FAIL_NONE);
        assert_int_equal(rig_count(rig, OUTPUT_RECALL), 0);
    }
    assert_int_equal(rig_recalled(rig), 0);
    rig->reads = RIG_READS;
    pass(rig, 1);
    assert_int_equal(rig_recalled(rig), 2);
    pass(rig, 1);
    assert_int_equal(rig_count(rig, OUTPUT_RECALL), 0); // it ended the wish
    rig_destroy(rig);
}

static void a_wish_is_wished_again_after_a_crash(void **state)
{
    (void)state;
    rig_t *rig = rig_wishing((recall_t){.by = RECALL_SEQUENCE, .number = 2});
    rig->reads = 0;
    (void)rig_posted(rig, 1, 5);
    rig_restart(rig);
    assert_int_equal(rig_count(rig, OUTPUT_RECALL), 1);
    rig_restart(rig);
    rig->reads = RIG_READS;
    pass(rig, 1);
    assert_int_equal(rig_recalled(rig), 2);
    rig_restart(rig);
    assert_int_equal(rig_count(rig, OUTPUT_RECALL), 0); // what came of it is in the journal
    assert_int_equal(rig_recalled(rig), 2);
    rig_destroy(rig);
}

static void what_cannot_be_read_is_wished_again(void **state)
{
    (void)state;
    rig_t *rig = rig_wishing((recall_t){.by = RECALL_SEQUENCE, .number = 2});
    rig->unreadable = true;
    (void)rig_posted(rig, 1, 5);
    pass(rig, 1);
    assert_int_equal(rig_count(rig, OUTPUT_RECALL), 1);
    rig->unreadable = false;
    pass(rig, 1);
    assert_int_equal(rig_recalled(rig), 2);
    rig_destroy(rig);
}

// After a reseed the stream may give numbers anew, so those of before do not count.
static void causes_are_searched_since_the_last_reseed(void **state)
{
    (void)state;
    for (int restarted = 0; restarted < 2; restarted++) {
        rig_t *rig = rig_started(false);
        rig_vouch(rig, 1, 0);
        take_three(rig, 5);
        request_t reseed = {.type = REQUEST_reseed, .number = 1, .id = rig_id(RIG_TIME, 9)};
        reseed.reseed.stream = STREAM_METERING;
        reseed.reseed.epoch = 2;
        assert_int_equal(rig_asked(rig, &reseed, ROLE_OPERATOR).fail, FAIL_NONE);
        if (restarted)
            rig_restart(rig);
        rig->wish = (recall_t){.by = RECALL_CAUSE, .stream = STREAM_METERING, .number = 2};
        pass(rig, 2);
        assert_int_equal(rig_recalled(rig), -FAIL_MISSING);
        rig_destroy(rig);
    }
}

// --- queries ---

static request_t payment(uint64_t number, uint64_t sequence)
{
    request_t request = {.type = REQUEST_payment, .number = number};
    request.payment.invoice = sequence;
    return request;
}

static void ask(rig_t *rig, uint64_t number, uint64_t sequence)
{
    request_t request = payment(number, sequence);
    rig_ask(rig, &request, ROLE_SERVICE);
}

static void a_query_that_needs_an_event_is_answered_in_a_later_batch(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    (void)rig_posted(rig, 1, 5);
    (void)rig_posted(rig, 2, 7);
    rig->reads = 0;
    rig_begin(rig);
    ask(rig, 31, 3);
    ask(rig, 32, 2);
    ask(rig, 33, 9);
    rig_end(rig);
    assert_false(rig->committed);
    assert_int_equal(rig_count(rig, OUTPUT_ANSWER), 0);
    pass(rig, 3);
    assert_int_equal(rig_count(rig, OUTPUT_ANSWER), 0);
    rig->reads = RIG_READS;
    pass(rig, 1);
    assert_false(rig->committed); // no trace
    assert_int_equal(rig_count(rig, OUTPUT_ANSWER), 3);
    answer_t first = rig_answer(rig, 0, REQUEST_payment),
             last = rig_answer(rig, 2, REQUEST_payment);
    assert_int_equal(first.number, 31);
    assert_int_equal(first.payment.amount, 7);
    assert_int_equal(first.sequence, node_last(rig->node));
    assert_int_equal(rig_answer(rig, 1, REQUEST_payment).payment.amount, 5);
    assert_int_equal(last.number, 33);
    assert_int_equal(last.fail, FAIL_MISSING);
    rig_destroy(rig);
}

static void a_bounded_number_of_queries_waits(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    (void)rig_posted(rig, 1, 5);
    rig_begin(rig);
    for (unsigned i = 0; i < RECALL_WAITING_MAX + 1; i++)
        ask(rig, i, 2);
    rig_end(rig);
    assert_int_equal(rig_count(rig, OUTPUT_RECALL), RECALL_WAITING_MAX);
    assert_int_equal(rig_count(rig, OUTPUT_ANSWER), 1);
    assert_int_equal(rig_answer(rig, 0, REQUEST_payment).fail, FAIL_FULL);
    assert_int_equal(rig_answer(rig, 0, REQUEST_payment).number, RECALL_WAITING_MAX);
    pass(rig, 1);
    assert_int_equal(rig_count(rig, OUTPUT_ANSWER), RECALL_WAITING_MAX);
    rig_begin(rig); // and there is room again
    ask(rig, 99, 2);
    rig_end(rig);
    assert_int_equal(rig_count(rig, OUTPUT_ANSWER), 0);
    rig_destroy(rig);
}

// The wishes of a core have their own places.
static void waiting_queries_keep_no_wish_out(void **state)
{
    (void)state;
    rig_t *rig = rig_wishing((recall_t){.by = RECALL_SEQUENCE, .number = 2});
    rig->reads = 0;
    rig_begin(rig);
    for (unsigned i = 0; i < RECALL_WAITING_MAX; i++)
        ask(rig, i, 2);
    rig_end(rig);
    (void)rig_posted(rig, 1, 5);
    assert_int_equal(rig_count(rig, OUTPUT_RECALL), 1);
    rig->reads = RIG_READS;
    pass(rig, 1);
    assert_int_equal(rig_recalled(rig), 2);
    rig_destroy(rig);
}

static void a_query_that_waits_is_forgotten_by_a_crash(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    (void)rig_posted(rig, 1, 5);
    rig_begin(rig);
    ask(rig, 1, 2);
    rig_end(rig);
    rig_restart(rig);
    pass(rig, 2);
    assert_int_equal(rig_count(rig, OUTPUT_ANSWER), 0);
    rig_begin(rig);
    ask(rig, 2, 2);
    rig_end(rig);
    pass(rig, 1);
    assert_int_equal(rig_answer(rig, 0, REQUEST_payment).payment.amount, 5);
    rig_destroy(rig);
}

static void a_query_is_refused_if_the_journal_cannot_be_read(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    (void)rig_posted(rig, 1, 5);
    rig->unreadable = true;
    rig_begin(rig);
    ask(rig, 1, 2);
    rig_end(rig);
    pass(rig, 1);
    assert_int_equal(rig_answer(rig, 0, REQUEST_payment).fail, FAIL_STORE);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wish_leaves_with_the_commit_and_comes_back_in_the_next_batch),
        cmocka_unit_test(a_recall_holds_up_no_batch_and_is_out_once),
        cmocka_unit_test(a_wish_is_wished_again_after_a_crash),
        cmocka_unit_test(what_cannot_be_read_is_wished_again),
        cmocka_unit_test(causes_are_searched_since_the_last_reseed),
        cmocka_unit_test(a_query_that_needs_an_event_is_answered_in_a_later_batch),
        cmocka_unit_test(a_bounded_number_of_queries_waits),
        cmocka_unit_test(waiting_queries_keep_no_wish_out),
        cmocka_unit_test(a_query_that_waits_is_forgotten_by_a_crash),
        cmocka_unit_test(a_query_is_refused_if_the_journal_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
