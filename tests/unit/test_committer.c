// The committer and what an intake makes of it, around a node on a disk that can be held up.
#include "services/process/intake.h"
#include "tests/unit/node_rig.h"
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

// Stands for that of past.c (-Wl,--wrap): waits for the test, then appends where the rig does.
static sem_t allowed;
static journal_t *journal;
static fail_t refusal;

fail_t __wrap_past_append(past_t *self, const node_batch_t *batch);
fail_t __wrap_past_append(past_t *self, const node_batch_t *batch)
{
    (void)self;
    sem_wait(&allowed);
    return refusal ? refusal
                   : journal_append(journal, batch->expected, batch->term, batch->records,
                                    batch->records_count, batch->head, batch->head_size);
}

static bool is_readable(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    return poll(&item, 1, 0) == 1;
}

static bool can_answer(rig_t *rig)
{
    output_t output;
    while (node_output(rig->node, &output))
        if (output.kind == OUTPUT_ANSWER)
            return true;
    return false;
}

static void begin(rig_t *rig, committer_t *committer)
{
    static past_t past;
    sem_init(&allowed, 0, 0);
    journal = rig->journal;
    refusal = FAIL_NONE;
    assert_true(committer_open(committer, &past));
}

static void a_batch_is_filled_while_another_is_committed_and_both_are_answered_after(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    committer_t committer;
    node_batch_t batch;
    request_t first = rig_post(1, 5), second = rig_post(2, 7);
    begin(rig, &committer);
    rig_begin(rig);
    rig_ask(rig, &first, ROLE_OPERATOR);
    node_end(rig->node, &batch);
    committer_give(&committer, &batch);
    rig_begin(rig);
    rig_ask(rig, &second, ROLE_OPERATOR);
    rig_ask(rig, &first, ROLE_OPERATOR); // again: its event is in no journal yet
    assert_false(committer_is_done(&committer));
    assert_false(is_readable(committer.fd));
    assert_false(can_answer(rig));
    sem_post(&allowed);
    assert_int_equal(committer_take(&committer), FAIL_NONE);
    assert_false(committer.running);
    node_committed(rig->node);
    assert_true(can_answer(rig));
    assert_false(can_answer(rig)); // the second batch is not committed
    rig_end(rig);
    assert_int_equal(rig_count(rig, OUTPUT_ANSWER), 2);
    assert_int_equal(rig_answer(rig, 0, REQUEST_post).fail, FAIL_NONE);
    assert_int_equal(rig_answer(rig, 1, REQUEST_post).fail, FAIL_NONE);
    committer_close(&committer);
    assert_int_equal(rig_sum(rig), 12);
    rig_restart(rig);
    assert_int_equal(rig_sum(rig), 12);
    rig_destroy(rig);
}

static void what_became_of_an_append_is_said_and_heard_by_who_polls(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    committer_t committer;
    node_batch_t batch;
    request_t request = rig_post(1, 5);
    begin(rig, &committer);
    refusal = FAIL_STORE;
    rig_begin(rig);
    rig_ask(rig, &request, ROLE_OPERATOR);
    node_end(rig->node, &batch);
    committer_give(&committer, &batch);
    sem_post(&allowed);
    struct pollfd item = {.fd = committer.fd, .events = POLLIN};
    assert_int_equal(poll(&item, 1, 10000), 1);
    assert_true(committer_is_done(&committer));
    assert_int_equal(committer_take(&committer), FAIL_STORE);
    assert_false(is_readable(committer.fd));
    assert_false(committer_is_done(&committer));
    committer_close(&committer);
    rig_destroy(rig);
}

static void fill(rig_t *rig, size_t records)
{
    int64_t heavy[] = {RIG_HEAVY};
    static uint64_t next;
    if (!records)
        next = 1;
    for (size_t i = 0; i < records; i++)
        rig_push(rig, 1, next++, heavy, 1, false);
}

static void more_is_taken_in_while_a_commit_is_under_way_than_with_an_idle_disk(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    committer_t committer;
    node_batch_t batch;
    begin(rig, &committer);
    intake_t intake = {rig->node, &committer, 1};
    fill(rig, 0);
    rig_begin(rig);
    assert_false(intake_is_over(&intake));
    while (!node_is_worth(rig->node))
        fill(rig, 1);
    assert_false(node_is_full(rig->node));
    assert_true(intake_is_over(&intake)); // the disk has nothing to do
    node_end(rig->node, &batch);
    committer_give(&committer, &batch);
    rig_begin(rig);
    while (!node_is_worth(rig->node))
        fill(rig, 1);
    assert_false(intake_is_over(&intake));
    while (!node_is_full(rig->node))
        fill(rig, 1);
    assert_true(intake_is_over(&intake));
    sem_post(&allowed);
    assert_int_equal(committer_take(&committer), FAIL_NONE);
    node_committed(rig->node);
    committer_close(&committer);
    rig_destroy(rig);
}

static void nothing_more_is_taken_in_once_the_commit_is_done(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    committer_t committer;
    node_batch_t batch;
    request_t request = rig_post(1, 5);
    begin(rig, &committer);
    intake_t intake = {rig->node, &committer, 1};
    rig_begin(rig);
    rig_ask(rig, &request, ROLE_OPERATOR);
    node_end(rig->node, &batch);
    committer_give(&committer, &batch);
    rig_begin(rig);
    assert_false(intake_is_over(&intake));
    sem_post(&allowed);
    struct pollfd item = {.fd = committer.fd, .events = POLLIN};
    assert_int_equal(poll(&item, 1, 10000), 1);
    assert_true(intake_is_over(&intake));
    assert_int_equal(committer_take(&committer), FAIL_NONE);
    node_committed(rig->node);
    assert_false(intake_is_over(&intake));
    committer_close(&committer);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_filled_while_another_is_committed_and_both_are_answered_after),
        cmocka_unit_test(what_became_of_an_append_is_said_and_heard_by_who_polls),
        cmocka_unit_test(more_is_taken_in_while_a_commit_is_under_way_than_with_an_idle_disk),
        cmocka_unit_test(nothing_more_is_taken_in_once_the_commit_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
