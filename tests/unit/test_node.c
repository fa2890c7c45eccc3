// A node as a whole: what its batches hold and publish, and which of it leaves when.
#include "tests/common/model_judge.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

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

// What a batch brought, and what it came to: its bytes for the journal, then answers and
// publications.
typedef struct {
    uint8_t bytes[8 * 1024 * 1024];
    size_t size;
} trace_t;

static void trace(trace_t *self, const void *data, size_t size)
{
    assert_true(self->size + size <= sizeof self->bytes);
    if (size)
        memcpy(self->bytes + self->size, data, size);
    self->size += size;
}

static void trace_outputs(trace_t *self, rig_t *rig)
{
    for (output_t output; node_output(rig->node, &output);) {
        if (output.kind != OUTPUT_ANSWER && output.kind != OUTPUT_PUBLISH)
            continue;
        trace(self, output.head.data, output.head.size);
        trace(self, output.body.data, output.body.size);
    }
}

static void append_and_commit(trace_t *self, rig_t *rig, const node_batch_t *batch)
{
    for (size_t i = 0; i < batch->records_count; i++)
        trace(self, batch->records[i].bytes.data, batch->records[i].bytes.size);
    trace(self, batch->head, batch->append ? batch->head_size : 0);
    if (batch->append)
        assert_int_equal(journal_append(rig->journal, batch->expected, batch->term, batch->records,
                                        batch->records_count, batch->head, batch->head_size),
                         FAIL_NONE);
    node_committed(rig->node);
    trace_outputs(self, rig);
}

// Inputs that depend on `n` alone: pushed items, commands, some of them again, queries.
static void say_something(rig_t *rig, unsigned n)
{
    static uint64_t next;
    request_t request =
        rig_post(n % 7 == 3 ? n - 2 : n, n % 7 == 3 ? 1 + (n - 2) % 50 : 1 + n % 50);
    request_t totals = {.type = REQUEST_totals, .number = n};
    int64_t amounts[] = {n % 40, -1, RIG_HEAVY * (n % 11 == 0)};
    next = n == 0 ? 1 : next;
    switch (n % 3) {
    case 0:
        rig_push(rig, 1, next, amounts, 3, false);
        next += 3;
        break;
    case 1:
        rig_ask(rig, &request, ROLE_OPERATOR);
        break;
    default:
        rig_ask(rig, n % 2 ? &totals : &request, ROLE_OPERATOR);
    }
}

enum { BATCHES = 60, INPUTS = 5 };

// `beside`: a batch is committed in the midst of the next one's inputs.
static void run_batches(bool beside, trace_t *ret_trace)
{
    rig_t *rig = rig_started(false);
    node_batch_t batch, before;
    bool under_way = false;
    ret_trace->size = 0;
    for (unsigned n = 0; n < BATCHES * INPUTS; n++) {
        if (n % INPUTS == 0)
            rig_begin(rig);
        if (under_way && n % INPUTS == n / INPUTS % INPUTS) {
            append_and_commit(ret_trace, rig, &before);
            under_way = false;
        }
        say_something(rig, n);
        if (n % INPUTS < INPUTS - 1)
            continue;
        node_end(rig->node, &batch);
        if (beside && n + 1 < BATCHES * INPUTS) {
            before = batch;
            under_way = true;
        } else
            append_and_commit(ret_trace, rig, &batch);
    }
    rig_restart(rig);
    int64_t sum = rig_sum(rig);
    trace(ret_trace, &sum, sizeof sum);
    rig_destroy(rig);
}

static void batches_come_to_the_same_whether_the_next_one_waits_or_not(void **state)
{
    (void)state;
    static trace_t alone, beside;
    run_batches(false, &alone);
    run_batches(true, &beside);
    assert_true(alone.size > 10000);
    assert_int_equal(alone.size, beside.size);
    assert_memory_equal(alone.bytes, beside.bytes, alone.size);
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

static event_t event_at(const rig_t *rig, uint64_t sequence)
{
    static uint8_t bytes[JOURNAL_EVENT_MAX];
    event_t event;
    size_t size = 0;
    assert_int_equal(journal_find(rig->reader, sequence, bytes, sizeof bytes, &size), FAIL_NONE);
    assert_int_equal(event_decode(bytes, size, &event), FAIL_NONE);
    return event;
}

static void expect_sender(const rig_t *rig, uint64_t sequence, const char *name, reason_t reason)
{
    event_t event = event_at(rig, sequence);
    assert_int_equal(event.type, EVENT_command_sent_by);
    assert_true(text_equal(event.command_sent_by.certificate, text_of(name)));
    assert_int_equal(event.command_sent_by.reason, reason);
    event_t before = event_at(rig, sequence - 1);
    assert_true(uid_equal(&event.cause.command, &before.cause.command));
}

static void the_last_event_of_a_command_says_who_sent_it_and_why(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    rig->name = "anna.p";
    request_t post = rig_post(1, 5);
    post.post.reason = REASON_GOODWILL;
    uint64_t first = rig_asked(rig, &post, ROLE_OPERATOR).post.sequence;
    assert_int_equal(node_last(rig->node), first + 1);
    expect_sender(rig, first + 1, "anna.p", REASON_GOODWILL);
    for (int lives = 0; lives < 2; lives++) { // the first event answers its repeat
        assert_int_equal(rig_asked(rig, &post, ROLE_OPERATOR).post.sequence, first);
        rig_restart(rig);
    }
    post = rig_post(2, RIG_HEAVY); // as many events as a decision may have
    first = rig_asked(rig, &post, ROLE_OPERATOR).post.sequence;
    expect_sender(rig, first + RIG_HEAVY, "anna.p", REASON_NONE);
    rig->name = NULL;
    first = rig_posted(rig, 3, 5).post.sequence; // nobody knows
    assert_int_equal(node_last(rig->node), first);
    rig_destroy(rig);
}

static void a_command_that_changes_nothing_or_comes_from_a_process_of_ours_says_no_sender(void **s)
{
    (void)s;
    rig_t *rig = rig_started(false);
    rig->name = "anna.p";
    uint64_t before = node_last(rig->node);
    request_t post = rig_post(1, 0);
    assert_int_equal(rig_asked(rig, &post, ROLE_OPERATOR).fail, FAIL_NONE);
    assert_int_equal(node_last(rig->node), before);
    // What a face does for a customer it did.
    char token[MODEL_TOKEN_SIZE];
    static const uid_t16 account = {{7}};
    request_t topup = {.type = REQUEST_topup, .number = 2, .id = rig_id(RIG_TIME, 3)};
    topup.topup.account = account;
    topup.topup.sum_max = 5; // it stands where a posting has its amount
    topup.access_token = model_token(&account, token);
    (void)rig_asked(rig, &topup, ROLE_WEB); // the counter has no answer to it
    assert_int_equal(event_at(rig, node_last(rig->node)).type, EVENT_command_sent_by);
    rig_destroy(rig);
}

static void the_nodes_own_commands_say_who_sent_them(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    rig->name = "anna.p";
    request_t confirm = {.type = REQUEST_clock_confirm, .number = 1, .id = rig_id(RIG_TIME, 1)};
    for (int times = 0; times < 2; times++) {
        assert_int_equal(rig_asked(rig, &confirm, ROLE_OPERATOR).fail, FAIL_NONE);
        assert_int_equal(node_last(rig->node), 3);
    }
    expect_sender(rig, 3, "anna.p", REASON_NONE);
    request_t reseed = {.type = REQUEST_reseed, .number = 1, .id = rig_id(RIG_TIME, 2)};
    reseed.reseed = (request_reseed_t){.stream = STREAM_METERING, .epoch = 9};
    assert_int_equal(rig_asked(rig, &reseed, ROLE_OPERATOR).fail, FAIL_NONE);
    expect_sender(rig, 5, "anna.p", REASON_NONE);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_leave_only_after_node_committed),
        cmocka_unit_test(batches_come_to_the_same_whether_the_next_one_waits_or_not),
        cmocka_unit_test(nothing_remains_of_a_batch_that_was_not_committed),
        cmocka_unit_test(the_published_record_is_the_stored_one),
        cmocka_unit_test(a_full_disk_refuses_facts_and_goes_on_reading),
        cmocka_unit_test(no_record_is_too_large_to_be_published),
        cmocka_unit_test(the_last_event_of_a_command_says_who_sent_it_and_why),
        cmocka_unit_test(
            a_command_that_changes_nothing_or_comes_from_a_process_of_ours_says_no_sender),
        cmocka_unit_test(the_nodes_own_commands_say_who_sent_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
