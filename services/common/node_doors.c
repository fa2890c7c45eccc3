// The doors of a node: requests of people and services, and batches pushed into a feed.
#include "services/common/node_parts.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

// --- answers ---

static void answer(node_t *self, door_t door, const peer_t *peer, answer_t *answer)
{
    uint8_t bytes[FRAME_SMALL_MAX];
    answer->sequence = self->head.last;
    size_t size = answer_encode(answer, bytes, sizeof bytes);
    if (!size) { // the core's answer does not fit a message: its mistake, said to the asker
        answer->fail = FAIL_FULL;
        answer->detail = text_of("the answer is larger than a message may be");
        size = answer_encode(answer, bytes, sizeof bytes);
    }
    stored_output_t *output = node_output_add(self, OUTPUT_ANSWER);
    output->door = door;
    output->peer = *peer;
    output->head = node_arena_add(self, bytes, size);
}

static void refuse(node_t *self, door_t door, const peer_t *peer, const request_t *request,
                   fail_t fail, const char *detail)
{
    answer_t out = {.type = request->type,
                    .number = request->number,
                    .fail = fail,
                    .detail = text_of(detail ? detail : fail_text(fail))};
    self->refused++;
    answer(self, door, peer, &out);
}

static fail_t query(node_t *self, const request_t *request, const event_t *first,
                    uint64_t first_sequence, answer_t *out)
{
    query_t about = {.answer = out,
                     .scratch = self->answer_scratch,
                     .scratch_size = FRAME_SMALL_MAX,
                     .last = self->head.last,
                     .now = self->head.time,
                     .current = self->current};
    return self->core->query(self->state, request, first, first_sequence, &about);
}

// --- what a node answers by itself ---

static size_t pack_cursors(node_t *self, uint8_t *out, size_t cap)
{
    pack_t pack;
    pack_start(&pack, out, cap);
    pack_array(&pack, self->followers_count);
    for (size_t i = 0; i < self->followers_count; i++) {
        pack_array(&pack, 2);
        pack_u64(&pack, self->followers[i].stream);
        pack_u64(&pack, self->followers[i].cursor.sequence);
    }
    return pack_end(&pack);
}

static size_t print_counters(node_t *self, char *out, size_t cap)
{
    size_t used = (size_t)snprintf(
        out, cap,
        "events %" PRIu64 "\nrefused %" PRIu64 "\nrepeated %" PRIu64 "\nconflicts %" PRIu64
        "\ncommand_ids %" PRIu32 "\noutside %zu\nclock_doubted %d\n",
        self->head.last, self->refused, self->repeated, self->conflicts, self->ids.table.count,
        self->outside_count, node_clock_is_doubted(self));
    for (size_t i = 0; i < self->followers_count && used < cap; i++) {
        const follower_t *follower = &self->followers[i];
        used += (size_t)snprintf(out + used, cap - used,
                                 "stream_%" PRIu64 "_applied %" PRIu64 "\nstream_%" PRIu64
                                 "_announced %" PRIu64 "\n%s",
                                 follower->stream, follower->cursor.sequence, follower->stream,
                                 follower->announced, follower->trouble ? "trouble 1\n" : "");
    }
    if (used < cap)
        used +=
            self->core->counters ? self->core->counters(self->state, out + used, cap - used) : 0;
    if (used < cap)
        used += (size_t)snprintf(out + used, cap - used, "%s", self->shell_counters);
    return used < cap ? used : cap - 1;
}

static void answer_status(node_t *self, answer_t *out)
{
    char *text = (char *)self->answer_scratch;
    size_t size = print_counters(self, text, FRAME_SMALL_MAX / 2);
    out->status = (answer_status_t){.stream = self->core->stream,
                                    .epoch = self->head.epoch,
                                    .term = self->head.term,
                                    .last = self->head.last, // committed when this leaves
                                    .now = self->head.time,
                                    .driven = self->config.driven,
                                    .ready = self->booted,
                                    .current = self->current,
                                    .full = self->full,
                                    .counters = {text, (uint32_t)size}};
    tree_root(&self->head.tree, &out->status.root);
}

static void answer_clock(node_t *self, answer_t *out)
{
    node_due(self);
    uint64_t busy = self->outside_count;
    for (size_t i = 0; i < self->followers_count; i++)
        busy += follower_is_behind(&self->followers[i]) && !self->followers[i].trouble;
    if (self->due->wake <= self->head.time || !self->booted)
        busy++;
    if (self->config.driven && self->clock_doubted)
        busy++; // it waits to be told the time
    size_t size = pack_cursors(self, self->answer_scratch, FRAME_SMALL_MAX);
    out->clock = (answer_clock_t){.stream = self->core->stream,
                                  .last = self->head.last,
                                  .now = self->head.time,
                                  .wake = self->due->wake,
                                  .busy = busy,
                                  .activity = self->activity,
                                  .cursors = {self->answer_scratch, (uint32_t)size}};
}

static fail_t set_clock(node_t *self, const request_t *request, answer_t *out,
                        const char **ret_detail)
{
    if (!self->config.driven) {
        *ret_detail = "clock.set wants a process with `clock = driven`; this one goes by the wall";
        return FAIL_STATE;
    }
    if (request->clock_set.now > NODE_TIME_MAX) { // there would be no way back from it
        *ret_detail = "now: expected an instant before the year 2200";
        return FAIL_INVALID;
    }
    if (request->clock_set.now < self->head.time) {
        *ret_detail = "the clock never goes backwards";
        return FAIL_CLOCK;
    }
    if (request->clock_set.now > self->head.time)
        self->activity++;
    self->head.time = request->clock_set.now;
    self->clock_doubted = false;
    out->clock_set.now = self->head.time;
    return FAIL_NONE;
}

static fail_t answer_table(node_t *self, const request_t *request, answer_t *out,
                           const char **ret_detail)
{
    if (!self->core->table) {
        *ret_detail = "this process has no table";
        return FAIL_MISSING;
    }
    uint8_t *rows = self->answer_scratch, *cursors = rows + FRAME_SMALL_MAX - 1024;
    pack_t pack;
    pack_start(&pack, rows, FRAME_SMALL_MAX - 4096);
    size_t count = 0;
    out->table.last = self->head.last;
    out->table.next = self->core->table(self->state, request->table.from, &pack, &count);
    out->table.count = count;
    out->table.rows = (bytes_t){rows, (uint32_t)pack_end(&pack)};
    out->table.cursors = (bytes_t){cursors, (uint32_t)pack_cursors(self, cursors, 1024)};
    return FAIL_NONE;
}

static fail_t answer_query(node_t *self, const request_t *request, answer_t *out,
                           const char **ret_detail)
{
    switch (request->type) {
    case REQUEST_status:
        answer_status(self, out);
        return FAIL_NONE;
    case REQUEST_clock:
        answer_clock(self, out);
        return FAIL_NONE;
    case REQUEST_clock_set:
        return set_clock(self, request, out, ret_detail);
    case REQUEST_table:
        return answer_table(self, request, out, ret_detail);
    case REQUEST_replay:
    case REQUEST_event:
    case REQUEST_statement:
    case REQUEST_as_of:
        *ret_detail = "this is asked at the replay door";
        return FAIL_INVALID;
    default:
        return query(self, request, NULL, 0, out);
    }
}

// --- commands ---

static fail_t reseed(node_t *self, const input_t *input, const char **ret_detail)
{
    const request_reseed_t *want = &input->request->reseed;
    follower_t *follower = node_follower(self, want->stream);
    if (!follower || follower->mode == FOLLOWER_VIEW) {
        *ret_detail = "this process stores no cursor of that stream";
        return FAIL_MISSING;
    }
    event_node_reseeded_t body = {.stream = want->stream,
                                  .epoch = want->epoch,
                                  .sequence = want->sequence,
                                  .leaf = want->leaf};
    node_emit(self, EVENT_node_reseeded, &input->cause, &body, sizeof body);
    int64_t poll_us = follower->poll_us;
    follower_init(follower, want->stream, follower->mode, poll_us);
    follower->cursor.epoch = want->epoch;
    follower->cursor.sequence = want->sequence;
    follower->cursor.leaf = want->leaf;
    self->cursors_moved += NODE_CURSORS_APART;
    return FAIL_NONE;
}

// Commands that the node carries out by itself; their answers have no fields.
static bool is_own(request_type_t type)
{
    return type == REQUEST_reseed || type == REQUEST_clock_confirm;
}

static fail_t carry_out(node_t *self, const input_t *input, const char **ret_detail)
{
    if (input->request->type == REQUEST_reseed)
        return reseed(self, input, ret_detail);
    if (input->request->type == REQUEST_clock_confirm) {
        node_clock_confirm(self, &input->cause);
        return FAIL_NONE;
    }
    decision_t decision;
    fail_t fail = node_decide(self, input, &decision);
    *ret_detail = decision.detail;
    return fail;
}

// Reads an event again: from the open batch, which is not in the journal yet, or from the journal.
static fail_t recall(node_t *self, uint64_t sequence, uint8_t *buffer, size_t cap,
                     event_t *ret_event)
{
    bytes_t bytes = {0};
    for (size_t i = 0; i < self->records_count; i++) {
        const journal_record_t *record = &self->records[i];
        if (sequence >= record->first && sequence < record->first + record->count)
            bytes = record_event(record, (uint32_t)(sequence - record->first));
    }
    if (!bytes.size) {
        size_t size = 0;
        fail_t fail = self->config.find(self->config.find_arg, sequence, buffer, cap, &size);
        if (fail)
            return fail;
        bytes = (bytes_t){buffer, (uint32_t)size};
    }
    return event_decode(bytes.data, bytes.size, ret_event);
}

// What ids are held against. Who confirms a clock may do so by that clock.
static instant_t wall_of_ids(const node_t *self, request_type_t type)
{
    int64_t leap = node_clock_ahead_us(self);
    bool leapt = leap >= NODE_IDS_LEAP_US && type != REQUEST_clock_confirm;
    return self->clock.wall - (leapt ? leap : 0);
}

static fail_t command(node_t *self, const request_t *request, role_t role, const void *data,
                      size_t size, answer_t *out, const char **ret_detail)
{
    static uint8_t old[JOURNAL_EVENT_MAX];
    uid_t16 content;
    uint64_t before = 0;
    fail_t fail = request_content(data, size, &content);
    if (!fail)
        fail = command_ids_check(&self->ids, &request->id, &content,
                                 wall_of_ids(self, request->type), &before);
    if (fail) {
        self->conflicts += fail == FAIL_CONFLICT;
        if (fail == FAIL_INVALID)
            *ret_detail = "the command's id is no UUIDv7";
        return fail;
    }
    event_t first;
    if (before) {
        self->repeated++;
        if (is_own(request->type))
            return FAIL_NONE;
        if (before > self->expected) // still in the record that is being filled
            node_close_record(self);
        fail = recall(self, before, old, sizeof old, &first);
        return fail ? FAIL_CORRUPT : query(self, request, &first, before, out);
    }
    if (self->full || !self->booted) {
        *ret_detail = "the disk is nearly full; only reads are answered";
        return FAIL_FULL;
    }
    input_t input;
    node_input(self, INPUT_REQUEST, &input);
    input.request = request;
    input.role = role;
    input.cause = (cause_t){.command = request->id, .content = content};
    self->first_emitted = 0;
    fail = carry_out(self, &input, ret_detail);
    if (fail)
        return fail;
    if (is_own(request->type))
        return FAIL_NONE;
    uint64_t sequence = self->first_emitted;
    first = sequence ? self->events[0] : (event_t){0};
    return query(self, request, sequence ? &first : NULL, sequence, out);
}

static void take_request(node_t *self, door_t door, const peer_t *peer, role_t role,
                         const void *data, size_t size)
{
    request_t request;
    memset(&request, 0, sizeof request);
    fail_t fail = request_decode(data, size, &request);
    if (fail) {
        refuse(self, door, peer, &request, fail, NULL);
        return;
    }
    const request_info_t *info = request_info(request.type);
    if (!(info->roles & role)) {
        refuse(self, door, peer, &request, FAIL_DENIED, NULL);
        return;
    }
    answer_t out;
    memset(&out, 0, sizeof out);
    out.type = request.type;
    out.number = request.number;
    out.detail = text_of("");
    const char *detail = NULL;
    fail = info->kind == REQUEST_COMMAND ? command(self, &request, role, data, size, &out, &detail)
                                         : answer_query(self, &request, &out, &detail);
    if (fail)
        refuse(self, door, peer, &request, fail, detail);
    else
        answer(self, door, peer, &out);
}

// --- pushed feeds ---

typedef struct {
    const feed_batch_t *batch;
    cursor_t cursor; // of the producer: before the batch, and after it if it was taken
    uint8_t results[FEED_ITEMS_MAX];
    uint32_t taken;     // items that came to their result
    const char *detail; // of the first refusal
} push_t;

static void item_input(node_t *self, const push_t *push, uint64_t sequence, const event_t *event,
                       input_t *ret_input)
{
    node_input(self, INPUT_ITEM, ret_input);
    ret_input->stream = push->batch->producer;
    ret_input->sequence = sequence;
    ret_input->event = event;
    ret_input->cause = (cause_t){.stream = push->batch->producer, .sequence = sequence};
}

// The static verdict on every item, as check gives it; the number of items refused.
static size_t check_items(node_t *self, push_t *push)
{
    const feed_batch_t *batch = push->batch;
    wire_t wire;
    wire_start(&wire, batch->items.data, batch->items.size);
    size_t refused = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        event_t event;
        input_t input;
        const char *detail = NULL;
        const uint8_t *at = wire.next;
        fail_t fail = event_read(&wire, &event);
        if (!fail) {
            item_input(self, push, batch->first + i, &event, &input);
            fail = self->core->check(self->state, &input, &detail);
        } else {
            push->detail = "an item is not one well-formed event";
            wire_start(&wire, at, (size_t)(batch->items.data + batch->items.size - at));
            wire_skip(&wire, 1);
        }
        push->results[i] = (uint8_t)fail;
        if (fail && !refused++ && detail)
            push->detail = detail;
    }
    return refused;
}

// Takes the items after the cursor in, as many as one commit holds; those before it get the verdict
// only.
static void take_items(node_t *self, push_t *push)
{
    const feed_batch_t *batch = push->batch;
    wire_t wire;
    wire_start(&wire, batch->items.data, batch->items.size);
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        uint64_t sequence = batch->first + i;
        event_t *event = &self->items[waiting];
        const uint8_t *at = wire.next;
        fail_t fail = event_read(&wire, event);
        input_t input;
        const char *detail = NULL;
        if (!fail && sequence > push->cursor.sequence)
            waiting++;
        else {
            if (!fail) {
                item_input(self, push, sequence, event, &input);
                fail =
                    self->core->check ? self->core->check(self->state, &input, &detail) : FAIL_NONE;
            } else { // unreadable, but whole: skip to the next value
                wire_start(&wire, at, (size_t)(batch->items.data + batch->items.size - at));
                wire_skip(&wire, 1);
            }
            push->results[i] = (uint8_t)fail;
            if (fail && !push->detail)
                push->detail = detail ? detail : fail_text(fail);
        }
        // An item that is decided upon alone ends the run of those that are not, in any case.
        bool alone = waiting >= NODE_TOGETHER && !node_batches(self, event->type);
        bool flush = alone || waiting == DECISION_BATCH_MAX || i + 1 == batch->count ||
                     (waiting && (fail || sequence <= push->cursor.sequence));
        if (flush && waiting) {
            uint32_t end = fail ? i : i + 1; // the run ends here or just before the unreadable one
            uint32_t begin = end - waiting;
            uint32_t taken =
                node_take_items(self, batch->producer, batch->first + begin, self->items, waiting,
                                &push->results[begin], &push->detail);
            if (taken < waiting) {
                push->taken = begin + taken;
                return;
            }
            waiting = 0;
        }
    }
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

static fail_t push_batch(node_t *self, push_t *push)
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
    if (node_clock_is_late(self))
        return FAIL_CLOCK;
    if (batch->through > self->head.time + NODE_THROUGH_US) {
        push->detail = "through: more than a day ahead of the clock";
        return FAIL_FUTURE;
    }
    const cursor_t *known = head_cursor(&self->head, batch->producer);
    cursor_t *cursor = &push->cursor;
    *cursor = (cursor_t){.stream = batch->producer, .epoch = batch->epoch};
    if (known && batch->epoch < known->epoch)
        return FAIL_HISTORY;
    if (known && batch->epoch == known->epoch)
        *cursor = *known;
    if (batch->first > cursor->sequence + 1)
        return FAIL_GAP;
    uint64_t last = batch->first + batch->count - (batch->count > 0);
    bool brings = batch->count && last > cursor->sequence;
    if (batch->atomic && brings && check_items(self, push)) {
        for (uint32_t i = 0; i < batch->count; i++)
            if (!push->results[i])
                push->results[i] =
                    FAIL_STATE; // good in itself, but it stands or falls with the rest
        return FAIL_STATE;
    }
    // The last cursors are kept for the streams we follow.
    if (!known && self->head.cursors_count >= HEAD_CURSORS_MAX - NODE_FOLLOWS_MAX)
        return FAIL_FULL;
    cursor_t *stored = head_cursor_make(&self->head, batch->producer);
    take_items(self, push);
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

static void take_push(node_t *self, door_t door, const peer_t *peer, role_t role, const void *data,
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
    if (!out.fail && (!self->core->takes_feed || !(self->core->feed_roles & role)))
        out.fail = FAIL_DENIED;
    if (!out.fail && !producers_have(&peer->producers, batch.producer)) {
        out.fail = FAIL_DENIED;
        push.detail = "this certificate may not push as that producer";
    }
    for (size_t i = 0; !out.fail && i < self->followers_count; i++)
        if (self->followers[i].stream == batch.producer)
            out.fail = FAIL_CONFLICT; // that producer's outbox is followed; it may not push as well
    if (!out.fail)
        out.fail = push_batch(self, &push);
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

void node_message(node_t *self, door_t door, const peer_t *peer, role_t role, const void *data,
                  size_t size)
{
    if (feed_batch_is(data, size))
        take_push(self, door, peer, role, data, size);
    else
        take_request(self, door, peer, role, data, size);
}
