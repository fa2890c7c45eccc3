#include "services/common/node.h"
#include "services/common/node_parts.h"
#include "proto/digest.h"
#include <assert.h>
#include <stdlib.h>

node_t *node_new(const node_config_t *config)
{
    node_t *self = calloc(1, sizeof *self);
    assert(self);
    self->config = *config;
    self->core = config->core;
    self->state = self->core->create(config->core_settings);
    self->events = calloc(DECISION_EVENTS_MAX, sizeof *self->events);
    self->items = calloc(DECISION_BATCH_MAX, sizeof *self->items);
    self->scratch = malloc(DECISION_SCRATCH_BYTES);
    self->due = calloc(1, sizeof *self->due);
    self->due_scratch = malloc(DUE_SCRATCH_BYTES);
    self->answer_scratch = malloc(FRAME_SMALL_MAX);
    self->head_bytes = malloc(HEAD_BYTES_MAX);
    assert(self->state && self->events && self->items && self->scratch && self->due &&
           self->due_scratch && self->answer_scratch && self->head_bytes);
    self->head.epoch = config->epoch;
    command_ids_init(&self->ids);
    int64_t poll_us = config->poll_us ? config->poll_us : NODE_POLL_US;
    for (size_t i = 0; i < self->core->follows_count; i++) {
        const follow_t *follow = &self->core->follows[i];
        follower_init(&self->followers[self->followers_count++], follow->stream,
                      follow->mode == FOLLOW_VIEW ? FOLLOWER_VIEW : FOLLOWER_FACTS, poll_us);
    }
    for (size_t i = 0; i < config->feeds_count; i++)
        follower_init(&self->followers[self->followers_count++], config->feeds[i], FOLLOWER_FEED,
                      poll_us);
    return self;
}

void node_destroy(node_t **self_p)
{
    node_t *self = *self_p;
    if (!self)
        return;
    self->core->destroy(self->state);
    command_ids_release(&self->ids);
    for (size_t i = 0; i < NODE_RECORDS_MAX; i++)
        free(self->buffers[i]);
    free(self->events);
    free(self->items);
    free(self->scratch);
    free(self->due);
    free(self->due_scratch);
    free(self->answer_scratch);
    free(self->head_bytes);
    free(self->arena);
    free(self->outputs);
    free(self);
    *self_p = NULL;
}

// --- start ---

fail_t node_restore(node_t *self, const void *head, size_t size, uint64_t last, uint64_t term)
{
    if (size) {
        fail_t fail = head_decode(head, size, &self->head);
        // Every term is above that of the last commit, or the store has forgotten some.
        if (fail || self->head.last != last || self->head.term >= term)
            return fail ? fail : FAIL_CORRUPT;
        if (self->head.epoch < self->config.epoch_least)
            self->head.epoch = self->config.epoch_least; // durable with the boot event
    } else if (last)
        return FAIL_CORRUPT;
    self->head.term = term;
    self->tail_check = self->head.tail;
    self->next_tail = self->head.tail;
    self->committed = last;
    for (size_t i = 0; i < self->followers_count; i++) {
        follower_t *follower = &self->followers[i];
        const cursor_t *cursor = head_cursor(&self->head, follower->stream);
        if (cursor && follower->mode != FOLLOWER_VIEW)
            follower->cursor = *cursor;
    }
    return FAIL_NONE;
}

// What a node remembers of an event besides what its core does; the same live and in replay.
static void note(node_t *self, const event_t *event, uint64_t sequence)
{
    node_clock_note(self, event);
    if (event->cause.stream == STREAM_NONE && !uid_is_zero(&event->cause.command))
        command_ids_add(&self->ids, &event->cause.command, &event->cause.content, sequence);
}

static void apply_all(node_t *self, uint32_t count)
{
    if (self->core->prefetch)
        self->core->prefetch(self->state, self->items, count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t sequence = ++self->replayed;
        note(self, &self->items[i], sequence);
        self->core->apply(self->state, &self->items[i], sequence);
    }
}

fail_t node_replay(node_t *self, const journal_record_t *record)
{
    if (record->first != self->replayed + 1)
        return FAIL_CORRUPT;
    record_walk_t walk = record_walk(record);
    for (uint32_t left = record->count; left;) {
        uint32_t count = left < NODE_TOGETHER ? left : NODE_TOGETHER;
        for (uint32_t i = 0; i < count; i++) {
            (void)record_walk_next(&walk);
            wire_t wire;
            wire_start(&wire, walk.event.data, walk.event.size);
            if (event_read(&wire, &self->items[i]) || wire_end(&wire))
                return FAIL_CORRUPT;
            if (walk.sequence > self->tail_check.size) {
                hash_t leaf;
                tree_leaf(walk.event.data, walk.event.size, &leaf);
                tree_append(&self->tail_check, &leaf);
                if (walk.sequence % HEAD_TAIL_EVENTS == 0) // else a start would hold the tail back
                    self->next_tail = self->tail_check;
            }
        }
        apply_all(self, count);
        left -= count;
    }
    return FAIL_NONE;
}

fail_t node_started(node_t *self)
{
    hash_t want, have;
    tree_root(&self->head.tree, &want);
    tree_root(&self->tail_check, &have);
    if (self->replayed != self->head.last || memcmp(&want, &have, sizeof want) != 0)
        return FAIL_CORRUPT;
    self->started = true;
    return FAIL_NONE;
}

// --- events: encode, hash, apply ---

static void end_record(node_t *self)
{
    if (self->building) {
        self->records[self->records_count++] = record_builder_end(&self->builder);
        self->building = false;
    }
}

static uint8_t *event_room(node_t *self, size_t *ret_room)
{
    if (!self->building) {
        assert(self->records_count < NODE_RECORDS_MAX);
        uint8_t **buffer = &self->buffers[self->records_count];
        if (!*buffer)
            *buffer = malloc(RECORD_TARGET);
        assert(*buffer);
        record_builder_begin(&self->builder, *buffer, RECORD_TARGET, self->head.last + 1,
                             self->config.segment_events);
        self->building = true;
    }
    return record_builder_room(&self->builder, ret_room);
}

static void emit(node_t *self, const event_t *event)
{
    size_t room, size = 0;
    uint8_t *at = event_room(self, &room);
    if (room)
        size = event_encode(event, at, room);
    if (!size) { // it belongs into the next record
        end_record(self);
        at = event_room(self, &room);
        size = event_encode(event, at, room);
        assert(size && size <= JOURNAL_EVENT_MAX);
    }
    record_builder_commit(&self->builder, size);
    hash_t leaf;
    tree_leaf(at, size, &leaf);
    tree_append(&self->head.tree, &leaf);
    uint64_t sequence = ++self->head.last;
    if (sequence % HEAD_TAIL_EVENTS == 0) {
        self->head.tail = self->next_tail;
        self->next_tail = self->head.tree;
    }
    note(self, event, sequence);
    self->core->apply(self->state, event, sequence);
}

// Appends and applies what was decided; remembers where the first event went.
static void emit_decision(node_t *self, const decision_t *decision)
{
    self->first_emitted = decision->count ? self->head.last + 1 : 0;
    for (size_t i = 0; i < decision->count; i++)
        emit(self, &decision->events[i]);
    if (decision->count)
        self->activity++;
}

static void entropy(node_t *self, uid_t16 *ret_entropy)
{
    uint8_t counter[8], digest[32];
    uint64_t n = self->entropy_count++;
    memcpy(counter, &n, sizeof n);
    digest_sha256_2(self->config.entropy, sizeof self->config.entropy, counter, sizeof counter,
                    digest);
    memcpy(ret_entropy->bytes, digest, sizeof ret_entropy->bytes);
}

static void begin_input(node_t *self, input_kind_t kind, input_t *ret_input)
{
    *ret_input = (input_t){.kind = kind, .now = self->head.time, .current = self->current};
    if (kind != INPUT_ITEM)
        entropy(self, &ret_input->entropy);
}

static fail_t decide(node_t *self, const input_t *input, decision_t *decision)
{
    *decision = (decision_t){.events = self->events, .scratch = self->scratch, .input = input};
    fail_t fail = self->core->decide(self->state, input, decision);
    assert(!fail || decision->count == 0);
    if (!fail)
        emit_decision(self, decision);
    return fail;
}

void node_emit(node_t *self, event_type_t type, const cause_t *cause, const void *body,
               size_t body_size)
{
    event_t event;
    memset(&event, 0, sizeof event);
    event.type = type;
    event.at = self->head.time;
    event.cause = *cause;
    if (body_size)
        memcpy((void *)event_body(&event), body, body_size);
    self->first_emitted = self->head.last + 1;
    emit(self, &event);
    self->activity++;
}

bool node_is_full(const node_t *self)
{
    return self->records_count >= NODE_RECORDS_FULL || self->arena_used >= NODE_ARENA_FULL;
}

// --- a batch ---

// The first event of every start: it forces both flushes before any duplicate is answered.
static void boot(node_t *self)
{
    bool new_journal = self->head.last == 0;
    event_node_booted_t body = {.epoch = self->head.epoch,
                                .term = self->head.term,
                                .version = text_of(self->config.version)};
    node_emit(self, EVENT_node_booted, &(cause_t){0}, &body, sizeof body);
    self->booted = true;
    if (new_journal && self->core->found) {
        input_t input;
        decision_t decision = {.events = self->events, .scratch = self->scratch, .input = &input};
        begin_input(self, INPUT_TICK, &input);
        fail_t fail = self->core->found(self->state, &input, &decision);
        assert(!fail);
        emit_decision(self, &decision);
    }
}

void node_begin(node_t *self, const node_clock_t *clock)
{
    assert(self->started && !self->open);
    node_clock_judge(self, clock);
    self->open = true;
    self->records_count = 0;
    self->arena_used = 0;
    self->outputs_count = self->outputs_given = 0;
    self->expected = self->head.last;
    node_clock_stamp(self);
    self->current = !node_clock_is_doubted(self);
    for (size_t i = 0; i < self->followers_count; i++)
        if (self->followers[i].mode != FOLLOWER_FEED &&
            !follower_is_current(&self->followers[i], clock->monotonic))
            self->current = false;
    if (!self->booted && !self->full)
        boot(self);
    node_clock_store(self);
}

void node_result(node_t *self, const result_t *result)
{
    for (size_t i = 0; i < self->outside_count; i++)
        if (self->outside[i] == result->key)
            self->outside[i--] = self->outside[--self->outside_count];
    input_t input;
    decision_t decision;
    begin_input(self, INPUT_RESULT, &input);
    input.result = result;
    self->activity++;
    (void)decide(self, &input,
                 &decision); // a result that nobody waits for any more decides nothing
}

// Judgements and due work, until there is none or the batch is full.
static void tick(node_t *self)
{
    self->tick_idle = false;
    if (self->full || !self->booted)
        return;
    bool more = true;
    while (more && !node_is_full(self)) {
        node_due(self);
        if (self->due->wake > self->head.time)
            return;
        input_t input;
        decision_t decision;
        begin_input(self, INPUT_TICK, &input);
        uint64_t before = self->head.last;
        fail_t fail = decide(self, &input, &decision);
        assert(!fail);
        more = decision.more;
        self->tick_idle = self->head.last == before && !more;
    }
}

// New wishes of the core become outputs of this batch: they leave after its commit.
static void ask_outside(node_t *self)
{
    if (!self->booted)
        return;
    node_due(self);
    for (size_t i = 0; i < self->due->count && self->outside_count < self->due->at_once; i++) {
        const outside_t *wish = &self->due->requests[i];
        bool known = false;
        for (size_t j = 0; j < self->outside_count; j++)
            known = known || self->outside[j] == wish->key;
        if (known)
            continue;
        self->outside[self->outside_count++] = wish->key;
        stored_output_t *output = node_output_add(self, OUTPUT_OUTSIDE);
        output->key = wish->key;
        output->timeout_ms = wish->timeout_ms;
        output->head = node_arena_add(self, wish->url.data, wish->url.size);
        output->body = node_arena_add(self, wish->body.data, wish->body.size);
        self->activity++;
    }
}

static void store_cursors(node_t *self)
{
    for (size_t i = 0; i < self->followers_count; i++) {
        const follower_t *follower = &self->followers[i];
        if (follower->mode == FOLLOWER_VIEW || follower->cursor.epoch == 0)
            continue;
        cursor_t *cursor = head_cursor_make(&self->head, follower->stream);
        assert(cursor);
        *cursor = follower->cursor;
    }
}

void node_end(node_t *self, node_batch_t *ret_batch)
{
    assert(self->open);
    tick(self);
    ask_outside(self);
    end_record(self);
    // Cursors that moved without an event are worth a commit of their own now and then, so that a
    // start does not have to take the same events in again and again.
    bool move = !self->full && self->booted &&
                self->cursors_moved - self->cursors_stored >= NODE_CURSORS_APART;
    move = move || self->cursors_due;
    self->cursors_due = false;
    *ret_batch = (node_batch_t){.append = self->records_count > 0 || move,
                                .expected = self->expected,
                                .term = self->head.term,
                                .records = self->records,
                                .records_count = self->records_count};
    if (!ret_batch->append)
        return;
    store_cursors(self);
    self->cursors_stored = self->cursors_moved;
    ret_batch->head = self->head_bytes;
    ret_batch->head_size = head_encode(&self->head, self->head_bytes, HEAD_BYTES_MAX);
    assert(ret_batch->head_size);
}

static void publish(node_t *self)
{
    for (size_t i = 0; i < self->records_count; i++) {
        const journal_record_t *record = &self->records[i];
        uint8_t head[64];
        publication_t publication = {.stream = self->core->stream,
                                     .epoch = self->head.epoch,
                                     .term = self->head.term,
                                     .first = record->first,
                                     .count = record->count};
        size_t size = publication_encode_head(&publication, head, sizeof head);
        stored_output_t *output = node_output_add(self, OUTPUT_PUBLISH);
        output->head = node_arena_add(self, head, size);
        output->record = record->bytes.size <= STREAM_WHOLE_MAX ? record->bytes : (bytes_t){0};
    }
    if (self->records_count)
        self->heartbeat_at = self->clock.monotonic;
    if (self->clock.monotonic - self->heartbeat_at >= NODE_HEARTBEAT_US || !self->heartbeat_at) {
        uint8_t head[64];
        publication_t beat = {.stream = self->core->stream,
                              .epoch = self->head.epoch,
                              .term = self->head.term,
                              .first = self->committed};
        size_t size = publication_encode_head(&beat, head, sizeof head);
        stored_output_t *output = node_output_add(self, OUTPUT_PUBLISH);
        output->head = node_arena_add(self, head, size);
        self->heartbeat_at = self->clock.monotonic;
    }
}

static void ask_streams(node_t *self)
{
    for (size_t i = 0; i < self->followers_count; i++) {
        follower_t *follower = &self->followers[i];
        request_t question;
        if (!node_may_take(self, follower) ||
            !follower_ask(follower, self->clock.monotonic, self->questions + 1, &question))
            continue;
        self->questions++;
        uint8_t bytes[256];
        size_t size = request_encode(&question, bytes, sizeof bytes);
        stored_output_t *output = node_output_add(
            self, question.type == REQUEST_table ? OUTPUT_ASK_COMMAND : OUTPUT_ASK_REPLAY);
        output->stream = follower->stream;
        output->head = node_arena_add(self, bytes, size);
    }
}

void node_committed(node_t *self)
{
    assert(self->open);
    self->open = false;
    self->committed = self->head.last;
    publish(self);
    ask_streams(self);
}

bool node_output(node_t *self, output_t *ret_output)
{
    if (self->open || self->outputs_given >= self->outputs_count)
        return false;
    const stored_output_t *output = &self->outputs[self->outputs_given++];
    bytes_t head = {self->arena + output->head.at, output->head.size};
    bytes_t body = {self->arena + output->body.at, output->body.size};
    *ret_output = (output_t){.kind = output->kind,
                             .door = output->door,
                             .peer = output->peer,
                             .stream = output->stream,
                             .head = head,
                             .body = output->record.size ? output->record : body};
    if (output->kind == OUTPUT_OUTSIDE)
        ret_output->outside = (outside_t){.key = output->key,
                                          .url = {(const char *)head.data, head.size},
                                          .body = body,
                                          .timeout_ms = output->timeout_ms};
    return true;
}

// --- what the other parts and the shell ask ---

uint32_t node_arena_reserve(node_t *self, size_t size)
{
    if (self->arena_cap - self->arena_used < size) {
        size_t cap = self->arena_cap ? self->arena_cap : FRAME_LARGE_MAX;
        while (cap - self->arena_used < size)
            cap *= 2;
        self->arena = realloc(self->arena, cap);
        assert(self->arena);
        self->arena_cap = cap;
    }
    return (uint32_t)self->arena_used;
}

slice_t node_arena_add(node_t *self, const void *data, size_t size)
{
    slice_t slice = {node_arena_reserve(self, size), (uint32_t)size};
    if (size)
        memcpy(self->arena + slice.at, data, size);
    self->arena_used += size;
    return slice;
}

stored_output_t *node_output_add(node_t *self, output_kind_t kind)
{
    if (self->outputs_count == self->outputs_cap) {
        self->outputs_cap = self->outputs_cap ? self->outputs_cap * 2 : 256;
        self->outputs = realloc(self->outputs, self->outputs_cap * sizeof *self->outputs);
        assert(self->outputs);
    }
    stored_output_t *output = &self->outputs[self->outputs_count++];
    *output = (stored_output_t){.kind = kind};
    return output;
}

void node_due(node_t *self)
{
    due_t *due = self->due;
    due->wake = INT64_MAX;
    due->count = 0;
    due->at_once = DUE_REQUESTS_MAX; // unless the core says less
    due->scratch = self->due_scratch;
    due->scratch_used = 0;
    self->core->due(self->state, self->head.time, due);
    assert(due->at_once <= DUE_REQUESTS_MAX);
}

fail_t node_decide(node_t *self, const input_t *input, decision_t *decision)
{
    return decide(self, input, decision);
}

bool node_batches(const node_t *self, event_type_t type)
{
    return self->core->batches && self->core->batches(type);
}

uint32_t node_take_items(node_t *self, stream_t producer, uint64_t first, const event_t *events,
                         uint32_t count, uint8_t *results, const char **ret_detail)
{
    input_t input;
    uint32_t i = 0, fetched = 0;
    bool later = false;
    while (i < count && !later && (i == 0 || self->records_count < NODE_RECORDS_STOP)) {
        if (i >= fetched && self->core->prefetch) {
            fetched = count - i < NODE_TOGETHER ? count : i + NODE_TOGETHER;
            self->core->prefetch(self->state, &events[i], fetched - i);
        }
        uint32_t run = 0;
        while (i + run < count && run < DECISION_BATCH_MAX &&
               node_batches(self, events[i + run].type))
            run++;
        begin_input(self, INPUT_ITEM, &input);
        input.stream = producer;
        input.sequence = first + i;
        input.event = &events[i];
        input.cause = (cause_t){.stream = producer, .sequence = first + i};
        decision_t decision = {.events = self->events, .scratch = self->scratch, .input = &input};
        if (run > 1) {
            fail_t fail = self->core->decide_batch(self->state, &input, &events[i], run,
                                                   &results[i], &decision);
            if (fail)
                memset(&results[i], (int)fail, run);
        } else {
            run = 1;
            fail_t fail = self->core->decide(self->state, &input, &decision);
            const event_t *last = decision.count ? &decision.events[decision.count - 1] : NULL;
            if (!fail && last && last->type == EVENT_usage_refused)
                fail = (fail_t)last->usage_refused.failure; // refused, with a trace
            results[i] = (uint8_t)fail;
            if (fail && ret_detail && !*ret_detail)
                *ret_detail = decision.detail ? decision.detail : fail_text(fail);
        }
        emit_decision(self, &decision);
        const uint8_t *wait = memchr(&results[i], FAIL_LATER, run);
        later = wait != NULL;
        i = later ? (uint32_t)(wait - results) : i + run;
    }
    return i;
}

void node_close_record(node_t *self)
{
    end_record(self);
}

void node_input(node_t *self, input_kind_t kind, input_t *ret_input)
{
    begin_input(self, kind, ret_input);
}

void node_emit_decision(node_t *self, const decision_t *decision)
{
    emit_decision(self, decision);
}

int64_t node_wait_us(const node_t *self, const node_clock_t *clock)
{
    int64_t wait = self->heartbeat_at + NODE_HEARTBEAT_US - clock->monotonic;
    for (size_t i = 0; i < self->followers_count; i++) {
        if (!node_may_take(self, &self->followers[i]))
            continue; // it would be asked for what cannot be taken, again and again
        instant_t wake = follower_wake(&self->followers[i]);
        if (wake != INT64_MAX && wake - clock->monotonic < wait)
            wait = wake - clock->monotonic;
    }
    if (self->booted && !self->full) {
        instant_t now = node_clock_now(self, clock);
        if (self->due->wake <= now) {
            // Work that the last tick could not do (an input is not current) is tried again soon.
            int64_t again = self->tick_idle ? NODE_TICK_AGAIN_US : 0;
            wait = again < wait ? again : wait;
        } else if (!self->config.driven && self->due->wake - now < wait)
            wait = self->due->wake - now;
    }
    return wait < 0 ? 0 : wait;
}

void node_set_full(node_t *self, bool full)
{
    self->full = full;
}

void node_set_counters(node_t *self, const char *text)
{
    size_t size = strnlen(text, sizeof self->shell_counters - 1);
    memcpy(self->shell_counters, text, size);
    self->shell_counters[size] = '\0';
}

uint64_t node_epoch(const node_t *self)
{
    return self->head.epoch;
}

uint64_t node_term(const node_t *self)
{
    return self->head.term;
}

uint64_t node_last(const node_t *self)
{
    return self->committed;
}

bool node_is_ready(const node_t *self)
{
    return self->started && self->booted && !self->open;
}

const char *node_trouble(const node_t *self)
{
    for (size_t i = 0; i < self->followers_count; i++)
        if (self->followers[i].trouble)
            return self->followers[i].trouble;
    return NULL;
}
