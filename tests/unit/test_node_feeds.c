// What pushed and followed feeds do to a node's cursors.
#include "services/node/follower.h"
#include "services/node/head.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void an_item_that_must_wait_holds_up_what_is_behind_it_and_nothing_before(void **state)
{
    (void)state;
    static const int64_t amounts[] = {3, RIG_EARLY, 5};
    rig_t *rig = rig_started(false);
    feed_answer_t answer = rig_push_alone(rig, 1, 1, amounts, 3, false);
    assert_int_equal(answer.fail, FAIL_NONE); // in part
    assert_int_equal(answer.acknowledged, 1);
    assert_int_equal(answer.results.size, 1);
    assert_int_equal(rig_sum(rig), 3);
    assert_int_equal(rig_push_alone(rig, 1, 2, &amounts[1], 2, false).fail, FAIL_LATER);
    assert_int_equal(rig_push_alone(rig, 1, 1, amounts, 3, false).fail, FAIL_LATER);
    assert_int_equal(rig_sum(rig), 3);
    assert_int_equal(rig_posted(rig, 1, 7).fail, FAIL_NONE);
    answer = rig_push_alone(rig, 1, 1, amounts, 3, false);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(answer.acknowledged, 3);
    assert_int_equal(rig_sum(rig), 10 + RIG_EARLY + 5);
    rig_destroy(rig);
}

// What each batch does to the cursor and the sum, one after the other.
static void a_feed_goes_by_its_cursor(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint64_t epoch, first;
        int64_t amounts[4];
        uint32_t count;
        bool atomic;
        fail_t fail;
        uint64_t acknowledged;
        uint8_t results[4];
        int64_t sum;
    } steps[] = {
        {"the first", 1, 1, {1, 2}, 2, false, 0, 2, {0, 0}, 3},
        {"it follows", 1, 3, {4}, 1, false, 0, 3, {0}, 7},
        {"a gap", 1, 5, {100}, 1, false, FAIL_GAP, 3, {0}, 7},
        {"a duplicate", 1, 3, {4}, 1, false, 0, 3, {0}, 7},
        {"an overlap", 1, 2, {2, 4, 8}, 3, false, 0, 4, {0, 0, 0}, 15},
        {"one is refused", 1, 5, {-1, 16}, 2, false, 0, 6, {FAIL_INVALID, 0}, 31},
        {"a refused one again", 1, 5, {-1, 16}, 2, false, 0, 6, {FAIL_INVALID, 0}, 31},
        {"atomic, refused", 1, 7, {1, -1}, 2, true, FAIL_STATE, 6, {FAIL_STATE, FAIL_INVALID}, 31},
        {"atomic, taken", 1, 7, {1, 1}, 2, true, 0, 8, {0, 0}, 33},
        {"atomic, a duplicate", 1, 7, {1, 1}, 2, true, 0, 8, {0, 0}, 33},
        {"atomic over the cursor",
         1,
         8,
         {1, 1, -1},
         3,
         true,
         FAIL_STATE,
         8,
         {FAIL_STATE, FAIL_STATE, FAIL_INVALID},
         33},
        {"empty", 1, 9, {0}, 0, false, 0, 8, {0}, 33},
        {"a new epoch with a gap", 2, 2, {1}, 1, false, FAIL_GAP, 0, {0}, 33},
        {"the old epoch goes on", 1, 9, {1}, 1, false, 0, 9, {0}, 34},
        {"a new epoch", 2, 1, {1}, 1, false, 0, 1, {0}, 35},
        {"the old epoch", 1, 10, {1}, 1, false, FAIL_HISTORY, 0, {0}, 35},
    };
    rig_t *rig = rig_started(false);
    for (unsigned round = 0; round < 2; round++) { // the second one starts again before each step
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            if (round)
                rig_restart(rig);
            feed_answer_t answer =
                rig_push_alone(rig, steps[i].epoch, steps[i].first, steps[i].amounts,
                               steps[i].count, steps[i].atomic);
            if (answer.fail != steps[i].fail || answer.acknowledged != steps[i].acknowledged)
                fail_msg("%s: fail %d, acknowledged %d", steps[i].what, (int)answer.fail,
                         (int)answer.acknowledged);
            if (answer.results.size) {
                assert_int_equal(answer.results.size, steps[i].count);
                assert_memory_equal(answer.results.data, steps[i].results, steps[i].count);
            }
            assert_int_equal(rig_sum(rig), steps[i].sum);
        }
        rig_destroy(rig);
        rig = rig_started(false);
    }
    rig_destroy(rig);
}

static void what_is_acknowledged_is_durable_though_nothing_came_of_it(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    assert_int_equal(rig_push_alone(rig, 1, 1, (int64_t[]){0, -1}, 2, false).acknowledged, 2);
    assert_true(rig->committed);
    assert_int_equal(rig_push_alone(rig, 1, 1, (int64_t[]){0, -1}, 2, false).acknowledged, 2);
    assert_false(rig->committed); // the duplicate moved nothing
    rig_restart(rig);
    feed_answer_t answer = rig_push_alone(rig, 1, 3, (int64_t[]){5}, 1, false);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(answer.acknowledged, 3);
    rig_destroy(rig);
}

// What one message causes may be more than one commit holds: then a part of it is taken, and the
// producer goes on behind that.
static void a_batch_that_causes_too_much_is_taken_in_part(void **state)
{
    (void)state;
    enum { ITEMS = 160 };
    int64_t amounts[ITEMS];
    for (size_t i = 0; i < ITEMS; i++)
        amounts[i] = RIG_HEAVY;
    rig_t *rig = rig_started(false);
    uint64_t first = 1;
    unsigned commits = 0;
    for (; first <= ITEMS; commits++) {
        feed_answer_t answer = rig_push_alone(rig, 1, 1, amounts, ITEMS, false); // all of it again
        assert_int_equal(answer.fail, FAIL_NONE);
        assert_true(answer.acknowledged >= first && answer.acknowledged <= ITEMS);
        assert_int_equal(answer.results.size, answer.acknowledged);
        first = answer.acknowledged + 1;
        rig_restart(rig);
        assert_int_equal(rig_sum(rig), (int64_t)answer.acknowledged * RIG_HEAVY);
    }
    assert_true(commits > 1);
    rig_destroy(rig);
}

static instant_t durable_through(rig_t *rig)
{
    const cursor_t *cursor = head_cursor(rig_durable_head(rig), PRODUCER_FIRST);
    return cursor ? cursor->through : 0;
}

// --- more than one commit holds, across restarts: each once ---

enum { HEAVY_ITEMS = 184 };

// Most fill batches, every eighth differs from all: one taken twice and another lost would show.
static int64_t heavy_amount(size_t i)
{
    return i % 8 ? RIG_HEAVY : (int64_t)(1000000 + i * i);
}

// What the first so many come to.
static int64_t heavy_sum(uint64_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += heavy_amount(i);
    return sum;
}

static journal_record_t heavy_record(uint8_t *buffer, event_type_t type)
{
    record_builder_t builder;
    record_builder_begin(&builder, buffer, RECORD_TARGET, 1, JOURNAL_SEGMENT_EVENTS);
    for (size_t i = 0; i < HEAVY_ITEMS; i++) {
        uint8_t item[512];
        event_t event = {.type = type, .at = RIG_TIME};
        if (type == EVENT_usage_charged)
            event.usage_charged.amount = heavy_amount(i);
        else
            event.posting_requested.amount = heavy_amount(i);
        bool added = record_builder_add(&builder, item, event_encode(&event, item, sizeof item));
        assert_true(added);
    }
    return record_builder_end(&builder);
}

static uint64_t durable_sequence(rig_t *rig, stream_t stream)
{
    const cursor_t *cursor = head_cursor(rig_durable_head(rig), stream);
    return cursor ? cursor->sequence : 0;
}

// Offers the record again and again, with a restart before each offer; how many commits it took.
static unsigned follow_heavy(rig_t *rig, stream_t stream, const journal_record_t *record)
{
    unsigned commits = 0;
    for (uint64_t taken = 0; taken < HEAVY_ITEMS; commits++) {
        rig_restart(rig);
        rig_begin(rig);
        assert_true(rig_replay(rig, stream, 1, record, HEAVY_ITEMS));
        rig_end(rig);
        uint64_t before = taken;
        taken = durable_sequence(rig, stream);
        assert_true(taken > before && taken <= HEAVY_ITEMS);
        assert_int_equal(rig_sum(rig), heavy_sum(taken));
    }
    rig_restart(rig); // all of it once more
    rig_begin(rig);
    assert_true(rig_replay(rig, stream, 1, record, HEAVY_ITEMS));
    rig_end(rig);
    assert_int_equal(rig_sum(rig), heavy_sum(HEAVY_ITEMS));
    return commits;
}

static void facts_that_overfill_a_batch_are_each_applied_once(void **state)
{
    (void)state;
    static uint8_t buffer[RECORD_TARGET];
    journal_record_t record = heavy_record(buffer, EVENT_usage_charged);
    rig_t *rig = rig_new(false);
    assert_int_equal(rig_start(rig), FAIL_NONE);
    assert_true(follow_heavy(rig, STREAM_METERING, &record) > 1);
    rig_destroy(rig);
}

static void an_outbox_that_causes_too_much_is_followed_in_parts(void **state)
{
    (void)state;
    static uint8_t buffer[RECORD_TARGET];
    journal_record_t record = heavy_record(buffer, EVENT_posting_requested);
    rig_t *rig = rig_new(false);
    rig->outbox = true;
    assert_int_equal(rig_start(rig), FAIL_NONE);
    assert_true(follow_heavy(rig, PRODUCER_FIRST, &record) > 1);
    rig_destroy(rig);
}

// --- a word on completeness ---

static void announce(rig_t *rig, uint64_t last, instant_t through)
{
    uint8_t frame[128];
    publication_t beat = {
        .stream = PRODUCER_FIRST, .epoch = 1, .term = 1, .first = last, .through = through};
    node_publication(rig->node, PRODUCER_FIRST, frame,
                     publication_encode_head(&beat, frame, sizeof frame));
}

// Hours are billed up to it: it counts only once all that it covers is held.
static void an_outboxes_word_counts_when_all_that_it_announced_is_held(void **state)
{
    (void)state;
    static uint8_t buffer[RECORD_TARGET];
    journal_record_t record = heavy_record(buffer, EVENT_posting_requested);
    rig_t *rig = rig_new(false);
    rig->outbox = true;
    assert_int_equal(rig_start(rig), FAIL_NONE);
    rig_begin(rig);
    rig_end(rig);
    unsigned parts = 0;
    for (uint64_t taken = 0; taken < HEAVY_ITEMS; parts++) {
        assert_int_equal(durable_through(rig), 0);
        rig_begin(rig);
        announce(rig, HEAVY_ITEMS, RIG_TIME + HOUR_US);
        if (!rig_replay(rig, PRODUCER_FIRST, 1, &record, HEAVY_ITEMS))
            rig->clock.monotonic += FOLLOWER_QUESTION_US; // it asks in this batch
        rig_end(rig);
        taken = durable_sequence(rig, PRODUCER_FIRST);
    }
    assert_true(parts > 1);
    assert_int_equal(durable_through(rig), RIG_TIME + HOUR_US);
    rig_destroy(rig);
}

static void a_pushes_word_counts_when_all_of_it_is_taken(void **state)
{
    (void)state;
    int64_t amounts[HEAVY_ITEMS];
    for (size_t i = 0; i < HEAVY_ITEMS; i++)
        amounts[i] = RIG_HEAVY;
    rig_t *rig = rig_started(false);
    rig->through = RIG_TIME + HOUR_US;
    unsigned parts = 0;
    for (uint64_t taken = 0; taken < HEAVY_ITEMS; parts++) {
        assert_int_equal(durable_through(rig), 0);
        taken = rig_push_alone(rig, 1, 1, amounts, HEAVY_ITEMS, false).acknowledged;
    }
    assert_true(parts > 1);
    assert_int_equal(durable_through(rig), RIG_TIME + HOUR_US);
    rig_destroy(rig);
}

static void a_push_that_must_wait_leaves_its_word_unheard(void **state)
{
    (void)state;
    static const int64_t amounts[] = {3, RIG_EARLY, 5};
    rig_t *rig = rig_started(false);
    rig->through = RIG_TIME + HOUR_US;
    assert_int_equal(rig_push_alone(rig, 1, 1, amounts, 3, false).acknowledged, 1);
    assert_int_equal(durable_through(rig), 0);
    assert_int_equal(rig_push_alone(rig, 1, 1, amounts, 3, false).fail, FAIL_LATER);
    assert_int_equal(durable_through(rig), 0);
    rig_destroy(rig);
}

// Intervals are billed up to it: believed once, it would bill for years what nobody sees run.
static void a_word_on_completeness_from_the_future_is_not_believed(void **state)
{
    (void)state;
    static const int64_t amount = 5;
    rig_t *rig = rig_started(false);
    rig->through = RIG_TIME + 2 * DAY_US;
    feed_answer_t refused = rig_push_alone(rig, 1, 1, &amount, 1, false);
    assert_int_equal(refused.fail, FAIL_FUTURE);
    assert_int_equal(refused.acknowledged, 0);
    rig->through = RIG_TIME + HOUR_US;
    assert_int_equal(rig_push_alone(rig, 1, 1, &amount, 1, false).acknowledged, 1);
    assert_int_equal(durable_through(rig), RIG_TIME + HOUR_US);
    rig_destroy(rig);
}

static void an_outbox_from_the_future_is_followed_and_not_believed(void **state)
{
    (void)state;
    static const instant_t words[] = {RIG_TIME + 3650 * DAY_US, RIG_TIME + HOUR_US};
    static uint8_t buffer[RECORD_TARGET], frame[128];
    record_builder_t builder;
    uint8_t item[512];
    event_t event = {.type = EVENT_posting_requested, .at = RIG_TIME};
    event.posting_requested.amount = 5;
    record_builder_begin(&builder, buffer, sizeof buffer, 1, JOURNAL_SEGMENT_EVENTS);
    assert_true(record_builder_add(&builder, item, event_encode(&event, item, sizeof item)));
    journal_record_t record = record_builder_end(&builder);
    rig_t *rig = rig_new(false);
    rig->outbox = true;
    assert_int_equal(rig_start(rig), FAIL_NONE);
    rig_begin(rig);
    rig_end(rig);
    rig_begin(rig);
    assert_true(rig_replay(rig, PRODUCER_FIRST, 1, &record, 1));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        publication_t beat = {
            .stream = PRODUCER_FIRST, .epoch = 1, .term = 1, .first = 1, .through = words[i]};
        node_publication(rig->node, PRODUCER_FIRST, frame,
                         publication_encode_head(&beat, frame, sizeof frame));
    }
    rig_end(rig);
    assert_int_equal(rig_sum(rig), 5);
    assert_int_equal(durable_through(rig), RIG_TIME + HOUR_US);
    rig_destroy(rig);
}

static const peer_t anybody = {.size = 1, .producers = {PRODUCER_FIRST, UINT64_MAX}};

static void a_batch_whose_items_are_not_whole_is_refused_whole(void **state)
{
    (void)state;
    uint8_t bytes[64];
    feed_batch_t batch = {
        .number = 1, .producer = PRODUCER_FIRST, .epoch = 1, .first = 1, .count = 2};
    size_t size = feed_batch_encode_head(&batch, bytes, sizeof bytes);
    bytes[size++] = 0xc0; // one value is there, and it is no event
    rig_t *rig = rig_started(false);
    rig_begin(rig);
    node_message(rig->node, DOOR_FEED, &anybody, ROLE_OPERATOR, bytes, size);
    bytes[size++] = 0xc0;
    node_message(rig->node, DOOR_FEED, &anybody, ROLE_OPERATOR, bytes, size);
    node_message(rig->node, DOOR_FEED, &anybody, ROLE_PLATFORM, bytes, size);
    rig_end(rig);
    assert_int_equal(rig_pushed(rig, 0).fail, FAIL_INVALID);
    feed_answer_t answer = rig_pushed(rig, 1); // both refused for good
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(answer.acknowledged, 2);
    assert_memory_equal(answer.results.data, ((uint8_t[]){FAIL_INVALID, FAIL_INVALID}), 2);
    assert_int_equal(rig_pushed(rig, 2).fail, FAIL_DENIED);
    rig_destroy(rig);
}

static void producers_beyond_the_limit_are_refused_and_the_rest_goes_on(void **state)
{
    (void)state;
    static uint8_t a[RECORD_TARGET];
    rig_t *rig = rig_started(false);
    journal_record_t one = rig_record(a, 1, 2, 10);
    rig_vouch(rig, 1, 0);
    size_t taken = 0;
    for (uint64_t i = 0; i < HEAD_CURSORS_MAX; i++) {
        uint8_t bytes[256];
        feed_batch_t batch = {
            .number = 1, .producer = UINT64_MAX - i, .epoch = 1, .first = 1, .count = 1};
        event_t item = {.type = EVENT_posting_requested, .at = RIG_TIME};
        size_t size = feed_batch_encode_head(&batch, bytes, sizeof bytes);
        size += event_encode(&item, bytes + size, sizeof bytes - size);
        rig_begin(rig);
        node_message(rig->node, DOOR_FEED, &anybody, ROLE_OPERATOR, bytes, size);
        rig_end(rig);
        fail_t fail = rig_pushed(rig, 0).fail;
        assert_true(fail == FAIL_NONE || fail == FAIL_LIMIT);
        taken += fail == FAIL_NONE;
    }
    assert_int_equal(taken, HEAD_CURSORS_MAX - NODE_FOLLOWS_MAX - 1); // metering has one already
    rig_begin(rig);
    rig_publish(rig, 1, &one, true);
    rig_end(rig);
    assert_int_equal(rig_sum(rig), 20);
    rig_restart(rig);
    assert_int_equal(rig_sum(rig), 20);
    rig_destroy(rig);
}

// Of three items the second holds no text; the others come to their results all the same.
static void an_item_whose_text_is_none_is_refused_by_its_name(void **state)
{
    (void)state;
    static uint8_t bytes[RIG_MESSAGE_MAX];
    static const peer_t peer = {
        .size = 1, .bytes = {8}, .producers = {PRODUCER_FIRST, PRODUCER_FIRST}};
    for (unsigned atomic = 0; atomic < 2; atomic++) {
        rig_t *rig = rig_started(false);
        feed_batch_t batch = {.number = 1,
                              .producer = PRODUCER_FIRST,
                              .epoch = 1,
                              .first = 1,
                              .count = 3,
                              .atomic = atomic};
        event_t good = {.type = EVENT_posting_requested, .at = RIG_TIME};
        event_t bad = {.type = EVENT_usage_ticked, .at = RIG_TIME};
        good.posting_requested.amount = 5;
        bad.usage_ticked.tariff = text_of("\xcf\xeb\xfe\xf1");
        size_t size = feed_batch_encode_head(&batch, bytes, sizeof bytes);
        size += event_encode(&good, bytes + size, sizeof bytes - size);
        size += event_encode(&bad, bytes + size, sizeof bytes - size);
        size += event_encode(&good, bytes + size, sizeof bytes - size);
        rig_begin(rig);
        node_message(rig->node, DOOR_FEED, &peer, ROLE_OPERATOR, bytes, size);
        rig_end(rig);
        feed_answer_t answer = rig_pushed(rig, 0);
        assert_int_equal(answer.results.data[0], atomic ? FAIL_STATE : FAIL_NONE);
        assert_int_equal(answer.results.data[1], FAIL_INVALID);
        assert_int_equal(answer.results.data[2], atomic ? FAIL_STATE : FAIL_NONE);
        static const char expected[] = "tariff: expected UTF-8 without control characters";
        assert_int_equal(answer.detail.size, strlen(expected));
        assert_memory_equal(answer.detail.data, expected, strlen(expected));
        assert_int_equal(rig_sum(rig), atomic ? 0 : 10);
        rig_destroy(rig);
    }
}

static feed_answer_t push_nothing(rig_t *rig, uint64_t epoch, instant_t through)
{
    rig->through = through;
    feed_answer_t answer = rig_push_alone(rig, epoch, 1, NULL, 0, false);
    rig->through = 0;
    return answer;
}

// Else one empty batch would have everybody wait for a producer that never was, and take a place.
static void who_never_sent_an_item_is_no_producer(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    feed_answer_t answer = push_nothing(rig, 5, 1);
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(answer.acknowledged, 0);
    assert_false(rig->committed);
    int64_t amount = 7; // and his epoch is none that anybody must go on from
    assert_int_equal(rig_push_alone(rig, 1, 1, &amount, 1, false).fail, FAIL_NONE);
    assert_int_equal(push_nothing(rig, 5, 1).fail, FAIL_NONE);
    assert_true(rig->committed); // now it is one, and has raised it
    assert_int_equal(rig_push_alone(rig, 1, 2, &amount, 1, false).fail, FAIL_HISTORY);
    rig_destroy(rig);
}

static void an_epoch_that_nobody_could_go_beyond_is_refused(void **state)
{
    (void)state;
    rig_t *rig = rig_started(false);
    int64_t amount = 7;
    uint64_t most = ((uint64_t)(rig->clock.now + DAY_US) / 1000 << 12) + 4095;
    assert_int_equal(rig_push_alone(rig, UINT64_MAX, 1, &amount, 1, false).fail, FAIL_FUTURE);
    assert_int_equal(rig_push_alone(rig, most + (1000 << 12), 1, &amount, 1, false).fail,
                     FAIL_FUTURE);
    assert_int_equal(rig_sum(rig), 0);
    assert_int_equal(
        rig_push_alone(rig, (uint64_t)rig->clock.now / 1000 << 12, 1, &amount, 1, false).fail,
        FAIL_NONE);
    assert_int_equal(rig_sum(rig), 7);
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

static void expect_pusher(const rig_t *rig, uint64_t sequence, uint64_t epoch, const char *name)
{
    event_t event = event_at(rig, sequence);
    assert_int_equal(event.type, EVENT_feed_sent_by);
    assert_int_equal(event.feed_sent_by.producer, PRODUCER_FIRST);
    assert_int_equal(event.feed_sent_by.epoch, epoch);
    assert_true(text_equal(event.feed_sent_by.certificate, text_of(name)));
    assert_int_equal(event.cause.stream, STREAM_NONE); // no item came to it
}

static void who_pushes_stands_once_before_his_items_and_again_only_where_it_changes(void **state)
{
    (void)state;
    static const int64_t amounts[] = {1, 2, 4};
    rig_t *rig = rig_started(false);
    rig->name = "anna.p";
    uint64_t last = node_last(rig->node);
    (void)rig_push_alone(rig, 1, 1, amounts, 0, false); // an empty batch says nothing
    (void)rig_push_alone(rig, 1, 2, amounts, 1, false); // nor does one that is refused
    assert_int_equal(rig_push_alone(rig, 1, 1, (int64_t[]){1, -1}, 2, true).fail, FAIL_STATE);
    assert_int_equal(node_last(rig->node), last);
    assert_int_equal(rig_push_alone(rig, 1, 1, amounts, 3, true).fail, FAIL_NONE);
    expect_pusher(rig, last + 1, 1, "anna.p");
    assert_int_equal(event_at(rig, last + 2).cause.sequence, 1);
    assert_int_equal(node_last(rig->node), last + 4);
    for (uint64_t i = 0; i < 3; i++) { // also after a start
        (void)rig_push_alone(rig, 1, 4 + i, amounts, 1, false);
        assert_int_equal(node_last(rig->node), last + 5 + i);
        rig_restart(rig);
        last++; // it booted
    }
    last = node_last(rig->node);
    rig->name = "boris";
    (void)rig_push_alone(rig, 1, 6, amounts, 1, false); // he repeats what is held
    assert_int_equal(node_last(rig->node), last);
    (void)rig_push_alone(rig, 1, 7, amounts, 1, false);
    expect_pusher(rig, last + 1, 1, "boris");
    assert_int_equal(node_last(rig->node), last + 2);
    (void)rig_push_alone(rig, 2, 1, amounts, 1, false); // another numbering
    expect_pusher(rig, last + 3, 2, "boris");
    rig->name = NULL; // nobody knows
    last = node_last(rig->node);
    (void)rig_push_alone(rig, 3, 1, amounts, 1, false);
    assert_int_equal(node_last(rig->node), last + 1);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_that_must_wait_holds_up_what_is_behind_it_and_nothing_before),
        cmocka_unit_test(a_feed_goes_by_its_cursor),
        cmocka_unit_test(what_is_acknowledged_is_durable_though_nothing_came_of_it),
        cmocka_unit_test(a_batch_that_causes_too_much_is_taken_in_part),
        cmocka_unit_test(facts_that_overfill_a_batch_are_each_applied_once),
        cmocka_unit_test(an_outbox_that_causes_too_much_is_followed_in_parts),
        cmocka_unit_test(an_outboxes_word_counts_when_all_that_it_announced_is_held),
        cmocka_unit_test(a_pushes_word_counts_when_all_of_it_is_taken),
        cmocka_unit_test(a_push_that_must_wait_leaves_its_word_unheard),
        cmocka_unit_test(a_word_on_completeness_from_the_future_is_not_believed),
        cmocka_unit_test(an_outbox_from_the_future_is_followed_and_not_believed),
        cmocka_unit_test(a_batch_whose_items_are_not_whole_is_refused_whole),
        cmocka_unit_test(who_never_sent_an_item_is_no_producer),
        cmocka_unit_test(an_epoch_that_nobody_could_go_beyond_is_refused),
        cmocka_unit_test(who_pushes_stands_once_before_his_items_and_again_only_where_it_changes),
        cmocka_unit_test(producers_beyond_the_limit_are_refused_and_the_rest_goes_on),
        cmocka_unit_test(an_item_whose_text_is_none_is_refused_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
