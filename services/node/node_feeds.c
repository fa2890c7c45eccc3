#include "services/node/node_feeds.h"
#include "services/node/node_batch.h"
#include "services/node/node_streams.h"
#include <assert.h>

typedef struct {
    const feed_batch_t *batch;
    cursor_t cursor; // of the producer: before the batch, and after it if it was taken
    uint8_t results[FEED_ITEMS_MAX];
    uint32_t taken;     // items that came to their result
    const char *detail; // of the first refusal
    char misfit[REQUEST_DETAIL_SIZE];
    feeder_t feeder; // the certificate's name is empty if nobody knows it
} push_t;

static void item_input(node_t *self, const push_t *push, uint64_t sequence, const event_t *event,
                       input_t *ret_input)
{
    node_input(self, INPUT_ITEM, ret_input);
    ret_input->stream = push->batch->producer;
    ret_input->owner = push->feeder.owner;
    ret_input->sequence = sequence;
    ret_input->event = event;
    ret_input->role = push->feeder.role;
    ret_input->cause = (cause_t){.stream = push->batch->producer, .sequence = sequence};
}

// The next item. One that is no event is one value all the same (items_are_whole): the wire goes on
// behind it.
static fail_t read_item(push_t *push, wire_t *wire, event_t *ret_event)
{
    const feed_batch_t *batch = push->batch;
    const uint8_t *at = wire->next;
    fail_t fail = event_read(wire, ret_event);
    const char *misfit = fail ? NULL : event_misfit(ret_event);
    if (misfit) {
        if (!push->detail) { // the first refusal
            snprintf(push->misfit, sizeof push->misfit, "%s: expected " UTF8_EXPECTED, misfit);
            push->detail = push->misfit;
        }
        return FAIL_INVALID;
    }
    if (fail) {
        wire_start(wire, at, (size_t)(batch->items.data + batch->items.size - at));
        wire_skip(wire, 1);
    }
    return fail;
}

// The static verdict on every item, as check gives it; the number of items refused.
static size_t check_items(node_t *self, push_t *push)
{
    const feed_batch_t *batch = push->batch;
    wire_t wire;
    wire_start(&wire, batch->items.data, batch->items.size);
    size_t refused = 0;
    feeder_t feeder = push->feeder;
    for (uint32_t i = 0; i < batch->count; i++) {
        event_t event;
        input_t input;
        const char *detail = "an item is not one well-formed event";
        fail_t fail = read_item(push, &wire, &event);
        if (!fail) {
            detail = NULL;
            item_input(self, push, batch->first + i, &event, &input);
            fail = self->core->check(self->state, &input, &detail);
            kopecks_t amount = fail ? 0 : node_moves(self, &input);
            if (amount && !node_allows(self, &feeder, amount)) {
                fail = FAIL_SECOND;
                detail = NODE_SECOND_FOR_ITEM;
            } else
                feeder.moved += amount;
        }
        push->results[i] = (uint8_t)fail;
        if (fail && !refused++ && !push->detail)
            push->detail = detail;
    }
    return refused;
}

// An item that was taken by an earlier message gets the verdict only; one that is no event, its
// failure.
static void judge_item(node_t *self, push_t *push, uint32_t i, const event_t *event, fail_t fail)
{
    const char *detail = NULL;
    if (!fail && self->core->check) {
        input_t input;
        item_input(self, push, push->batch->first + i, event, &input);
        fail = self->core->check(self->state, &input, &detail);
    }
    push->results[i] = (uint8_t)fail;
    if (fail && !push->detail)
        push->detail = detail ? detail : fail_text(fail);
}

// Takes in the run of items that ends before item `end`. False if one commit does not hold all of
// them: then push->taken says how far it came.
static bool take_run(node_t *self, push_t *push, uint32_t end, uint32_t *run)
{
    uint32_t begin = end - *run;
    if (*run)
        push->taken =
            begin + node_take_items(self, &push->feeder, push->batch->first + begin, self->items,
                                    *run, &push->results[begin], &push->detail);
    bool whole = *run == 0 || push->taken == end;
    *run = 0;
    return whole;
}

// Takes the items after the cursor in, as many as one commit holds, and judges those before it.
// Items are handed over in runs, which end at one that is judged, and at one that the core decides
// upon alone once there are NODE_TOGETHER.
static void take_items(node_t *self, push_t *push)
{
    const feed_batch_t *batch = push->batch;
    wire_t wire;
    wire_start(&wire, batch->items.data, batch->items.size);
    uint32_t run = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        event_t *event = &self->items[run];
        fail_t fail = read_item(push, &wire, event);
        bool brings = !fail && batch->first + i > push->cursor.sequence;
        bool alone = brings && run + 1 >= NODE_TOGETHER && !node_batches(self, event->type);
        run += brings;
        bool ends = !brings || alone || run == DECISION_BATCH_MAX;
        if (ends && !take_run(self, push, brings ? i + 1 : i, &run))
            return;
        if (!brings)
            judge_item(self, push, i, event, fail);
    }
    if (take_run(self, push, batch->count, &run))
        push->taken = batch->count;
}

// Whether the items are well-formed one after the other, to the batch's end.
static bool items_are_whole(const feed_batch_t *batch)
{
    wire_t wire;
    wire_start(&wire, batch->items.data, batch->items.size);
    wire_skip(&wire, batch->count);
    return wire_end(&wire) == FAIL_NONE;
}

// The clock's milliseconds and twelve bits that tell two of one millisecond apart, as bulk posting
// makes them, and a day. What is larger could never be gone beyond.
static uint64_t last_epoch(const node_t *self)
{
    return ((uint64_t)(self->head.time + NODE_THROUGH_US) / 1000 << 12) + 4095;
}

// Whether a batch like this can be taken now at all.
static fail_t check_batch(const node_t *self, push_t *push)
{
    const feed_batch_t *batch = push->batch;
    if (!items_are_whole(batch)) {
        push->detail = "the items are not `count` MessagePack values to the end of the message";
        return FAIL_INVALID;
    }
    if (batch->atomic && !self->core->feed_atomic) {
        push->detail = "this process takes no batch as all or nothing";
        return FAIL_INVALID;
    }
    if (self->full || !self->booted)
        return FAIL_FULL;
    if (node_clock_is_late(&self->clock, self->head.time)) {
        if (!node_clock_is_doubted(&self->clock))
            push->detail = "the journal's stamps are a day or more ahead of the clock";
        return FAIL_CLOCK;
    }
    // By a larger one nobody could ever begin again above it.
    if (batch->epoch > last_epoch(self)) {
        push->detail = "epoch: expected at most the time in milliseconds times 4096, and a day";
        return FAIL_FUTURE;
    }
    if (batch->through > self->head.time + NODE_THROUGH_US) {
        push->detail = "through: more than a day ahead of the clock";
        return FAIL_FUTURE;
    }
    return FAIL_NONE;
}

// Sets push->cursor to where the producer stands before the batch, and refuses what does not go on
// from there.
static fail_t find_cursor(node_t *self, push_t *push)
{
    const feed_batch_t *batch = push->batch;
    const cursor_t *known = head_cursor(&self->head, batch->producer);
    push->cursor = (cursor_t){.stream = batch->producer, .epoch = batch->epoch};
    if (known && batch->epoch < known->epoch)
        return FAIL_HISTORY;
    if (known && batch->epoch == known->epoch)
        push->cursor = *known;
    return batch->first > push->cursor.sequence + 1 ? FAIL_GAP : FAIL_NONE;
}

// All or nothing: with one bad item, those that are good in themselves fall with it.
static fail_t check_atomic(node_t *self, push_t *push)
{
    if (!check_items(self, push))
        return FAIL_NONE;
    for (uint32_t i = 0; i < push->batch->count; i++)
        if (!push->results[i])
            push->results[i] = FAIL_STATE;
    return FAIL_STATE;
}

// Who sends a producer's items stands before them, once for as long as it is the same: nothing is
// added to a batch of one who was noted.
static void note_sender(node_t *self, const push_t *push)
{
    event_feed_sent_by_t sender = {.producer = push->batch->producer,
                                   .epoch = push->batch->epoch,
                                   .certificate = push->feeder.certificate,
                                   .imported = push->feeder.role == ROLE_IMPORTER};
    if (sender.certificate.size && !feed_senders_know(&self->senders, &sender))
        node_emit(self, EVENT_feed_sent_by, &(cause_t){0}, &sender, sizeof sender);
}

// What a person's items moved, once for all of a message.
static void count_moved(node_t *self, const push_t *push)
{
    event_feed_counted_t counted = {.certificate = push->feeder.certificate,
                                    .amount = push->feeder.moved};
    if (counted.amount)
        node_emit(self, EVENT_feed_counted, &(cause_t){0}, &counted, sizeof counted);
}

// One owner must not fill the disk: what his items come to in an hour has an end, and then they
// wait. Looked at once a message, so an hour ends by one message late.
static bool may_spend(const node_t *self, push_t *push)
{
    if (!self->core->feed_bytes ||
        feed_spent_of(&self->spent, push->batch->producer, push->feeder.owner, self->head.time) <
            self->core->feed_bytes(self->state))
        return true;
    push->detail = "a quota is reached, so it waits for the next hour: kopeck quotas";
    return false;
}

static fail_t push_items(node_t *self, push_t *push)
{
    const feed_batch_t *batch = push->batch;
    cursor_t *cursor = &push->cursor;
    uint64_t last = batch->first + batch->count - (batch->count > 0);
    bool brings = batch->count && last > cursor->sequence;
    fail_t fail = batch->atomic && brings ? check_atomic(self, push) : FAIL_NONE;
    if (fail)
        return fail;
    // Who has never sent an item is no producer yet: nothing is kept of him, nobody waits for him.
    if (!batch->count && !head_cursor(&self->head, batch->producer))
        return FAIL_NONE;
    // The last cursors are kept for the streams we follow.
    if (!head_cursor(&self->head, batch->producer) &&
        self->head.cursors_count >= HEAD_CURSORS_MAX - NODE_FOLLOWS_MAX)
        return FAIL_LIMIT; // a producer is never forgotten
    if (brings && !may_spend(self, push))
        return FAIL_LATER;
    uint64_t before = self->bytes_emitted;
    cursor_t *stored = head_cursor_make(&self->head, batch->producer);
    if (brings)
        note_sender(self, push);
    take_items(self, push);
    count_moved(self, push);
    if (self->core->feed_bytes)
        feed_spent_add(&self->spent, batch->producer, push->feeder.owner, self->head.time,
                       self->bytes_emitted - before);
    bool whole = push->taken == batch->count;
    assert(whole || !batch->atomic);
    if (!whole)
        last = batch->first + push->taken - 1;
    brings = brings && last > cursor->sequence;
    if (!whole && !brings)
        return FAIL_LATER;
    // What is acknowledged may be forgotten by its producer: the cursor is committed with this
    // batch, also when no item came to an event.
    bool complete = whole && batch->through > cursor->through && last >= cursor->sequence;
    self->cursors_due = self->cursors_due || brings || complete || batch->epoch != stored->epoch;
    if (brings) {
        cursor->sequence = last;
        self->activity++;
    }
    if (complete)
        cursor->through = batch->through;
    *stored = *cursor;
    if (complete)
        node_take_through(self, batch->producer, cursor->through, cursor->sequence);
    return FAIL_NONE;
}

static fail_t push_batch(node_t *self, push_t *push)
{
    fail_t fail = check_batch(self, push);
    fail = fail ? fail : find_cursor(self, push);
    return fail ? fail : push_items(self, push);
}

void node_push(node_t *self, door_t door, const peer_t *peer, role_t role, const void *data,
               size_t size)
{
    static uint8_t bytes[FEED_ITEMS_MAX + 1024];
    static push_t push;
    feed_batch_t batch = {0};
    feed_answer_t out = {0};
    push.batch = &batch;
    push.cursor = (cursor_t){0};
    push.taken = 0;
    push.detail = NULL;
    out.fail = feed_batch_decode(data, size, &batch);
    push.feeder = (feeder_t){.producer = batch.producer,
                             .owner = text_of(peer->owner),
                             .role = role,
                             .certificate = node_sender_name(peer, role)};
    if (!out.fail && (!self->core->takes_feed || !(self->core->feed_roles & role)))
        out.fail = FAIL_DENIED;
    if (!out.fail && !producers_have(&peer->producers, batch.producer)) {
        out.fail = FAIL_DENIED;
        push.detail = "this certificate may not push as that producer";
    }
    for (size_t i = 0; !out.fail && i < self->followers_count; i++)
        if (self->followers[i].stream == batch.producer)
            out.fail = FAIL_CONFLICT; // that producer's outbox is followed; it may not push as well
    if (!out.fail) {
        node_hear_time(self, batch.producer, batch.time ? batch.time : batch.through, false);
        out.fail = push_batch(self, &push);
    }
    if (out.fail)
        self->refused++;
    out.number = batch.number;
    out.sequence = self->head.last;
    out.acknowledged = push.cursor.sequence;
    out.detail = text_of(push.detail ? push.detail : out.fail ? fail_text(out.fail) : "");
    if (out.fail == FAIL_NONE || out.fail == FAIL_STATE)
        out.results = (bytes_t){push.results, out.fail ? batch.count : push.taken};
    size_t answer_size = feed_answer_encode(&out, bytes, sizeof bytes);
    stored_output_t *output = node_output_add(self, OUTPUT_ANSWER);
    output->door = door;
    output->peer = *peer;
    output->head = node_arena_add(self, bytes, answer_size);
    push.batch = NULL;
}
