#include "services/node/node_batch.h"
#include "services/node/node_light.h"
#include "services/node/node_outside.h"
#include "services/node/node_recalls.h"
#include "services/node/node_streams.h"
#include "services/node/node_witness.h"
#include <assert.h>

// --- a batch ---

// The first event of every start: it forces both flushes before any duplicate is answered.
static void boot(node_t *self)
{
    bool new_journal = self->head.last == 0;
    event_node_booted_t body = {.epoch = self->head.epoch,
                                .term = self->head.term,
                                .version = text_of(self->config.version),
                                .stream = self->core->stream};
    node_emit(self, EVENT_node_booted, &(cause_t){0}, &body, sizeof body);
    self->booted = true;
    if (new_journal && self->core->found) {
        input_t input;
        decision_t decision = {.events = self->events, .scratch = self->scratch, .input = &input};
        node_input(self, INPUT_TICK, &input);
        fail_t fail = self->core->found(self->state, &input, &decision);
        assert(!fail);
        node_emit_decision(self, &decision);
    }
}

// Before anything is decided, and as soon as there is room.
static void record_doubt(node_t *self)
{
    const event_node_clock_doubted_t *doubt = node_clock_to_record(&self->clock);
    if (!doubt || !self->booted || self->full)
        return;
    node_emit(self, EVENT_node_clock_doubted, &(cause_t){0}, doubt, sizeof *doubt);
    node_clock_recorded(&self->clock);
}

// After a sleep all are asked anew; who is to bear our clock out is asked for its time.
static void look_at_followers(node_t *self)
{
    int64_t word_us = node_clock_is_doubted(&self->clock) ? NODE_WORD_DOUBTED_US : NODE_WORD_US;
    for (size_t i = 0; i < self->followers_count; i++) {
        follower_t *follower = &self->followers[i];
        follower->word_us = node_clock_wants_word(&self->clock) ? word_us : 0;
        if (self->clock.gap)
            follower_slept(follower);
    }
}

const char *node_refuses_clock(const node_t *self, const node_clock_t *clock)
{
    if (self->config.driven || self->head.last || !node_clock_is_absurd(clock->now))
        return NULL;
    return "no new journal begins by this machine's clock, for its stamps never go back: set the "
           "clock first";
}

void node_begin(node_t *self, const node_clock_t *clock)
{
    assert(self->started && !self->open);
    node_clock_judge(&self->clock, clock, self->head.time, !self->booted && self->head.last);
    look_at_followers(self);
    self->open = true;
    if (self->ended_parcel) // the journal still takes it in
        self->parcel = &self->parcels[self->parcel == self->parcels];
    if (self->committed_parcel == self->parcel)
        self->committed_parcel = NULL;
    parcel_empty(self->parcel);
    self->expected = self->head.last;
    self->head.time = node_clock_stamp(&self->clock, self->head.time);
    self->current = !node_clock_is_doubted(&self->clock) &&
                    node_clock_stands_us(&self->clock, self->head.time) <= NODE_CLOCK_JUMP_US &&
                    node_are_current(self);
    if (!self->booted && !self->full)
        boot(self);
    record_doubt(self);
    node_witness_look(self);
    node_light_look(self);
}

void node_result(node_t *self, const result_t *result)
{
    for (size_t i = 0; i < self->outside_count; i++)
        if (self->outside[i] == result->key)
            self->outside[i--] = self->outside[--self->outside_count];
    input_t input;
    decision_t decision;
    node_input(self, INPUT_RESULT, &input);
    input.result = result;
    self->activity++;
    // One that nobody waits for any more decides nothing.
    (void)node_decide(self, &input, &decision);
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
        node_input(self, INPUT_TICK, &input);
        uint64_t before = self->head.last;
        fail_t fail = node_decide(self, &input, &decision);
        assert(!fail);
        more = decision.more;
        self->tick_idle = self->head.last == before && !more;
    }
}

// New wishes of the core become outputs of this batch: they leave after its commit.
static void ask_outside(node_t *self)
{
    for (size_t i = 0; i < self->due->count && self->outside_count < self->due->at_once; i++) {
        const outside_t *wish = &self->due->requests[i];
        bool known = false;
        for (size_t j = 0; j < self->outside_count; j++)
            known = known || self->outside[j] == wish->key;
        if (known)
            continue;
        self->outside[self->outside_count++] = wish->key;
        slice_t block = node_arena_make(self, node_outside_size(wish));
        node_outside_pack(wish, self->parcel->arena + block.at);
        node_output_add(self, OUTPUT_OUTSIDE)->head = block;
        self->activity++;
    }
}

static void store_cursors(node_t *self)
{
    for (size_t i = 0; i < self->followers_count; i++) {
        follower_t *follower = &self->followers[i];
        if (follower->cursor.epoch == 0)
            continue;
        cursor_t *cursor = head_cursor_make(&self->head, follower->stream);
        assert(cursor);
        *cursor = follower->cursor;
        follower->stored_epoch = cursor->epoch;
    }
}

// A history that we accepted is stored at once: the next start must know it from another.
static bool has_accepted(const node_t *self)
{
    bool has = false;
    for (size_t i = 0; i < self->followers_count; i++)
        has = has || self->followers[i].cursor.epoch != self->followers[i].stored_epoch;
    return has;
}

void node_bow_out(node_t *self)
{
    assert(self->open);
    self->ends = true;
}

// The last word, behind all that the batch brought.
static void end_in_order(node_t *self)
{
    uint8_t tree[TREE_SAVED_MAX];
    node_hash(self);
    event_node_ended_t body = {.term = self->head.term,
                               .tree = {tree, (uint32_t)tree_save(&self->head.tree, tree)}};
    if (self->booted && !self->full)
        node_emit(self, EVENT_node_ended, &(cause_t){0}, &body, sizeof body);
}

void node_end(node_t *self, node_batch_t *ret_batch)
{
    assert(self->open && !self->ended_parcel);
    if (self->ends)
        end_in_order(self);
    else
        tick(self);
    if (self->booted && !self->ends) {
        node_due(self);
        ask_outside(self);
        node_recalls_ask(self);
    }
    node_close_record(self);
    // Cursors that moved without an event are worth a commit of their own now and then, so that a
    // start does not have to take the same events in again and again.
    bool worth = self->cursors_moved - self->cursors_stored >= NODE_CURSORS_APART;
    bool move = !self->full && self->booted && (worth || has_accepted(self));
    move = move || self->cursors_due;
    self->cursors_due = false;
    parcel_t *parcel = self->parcel;
    self->open = false;
    self->ended_parcel = parcel;
    parcel->last = self->head.last;
    parcel->booted = self->booted;
    *ret_batch = (node_batch_t){.append = parcel->records_count > 0 || move,
                                .expected = self->expected,
                                .term = self->head.term,
                                .records = parcel->records,
                                .records_count = parcel->records_count,
                                .rows = parcel->rows,
                                .rows_count = parcel->rows_count};
    if (!ret_batch->append)
        return;
    store_cursors(self);
    self->head.clock = node_clock_stored(&self->clock);
    self->cursors_stored = self->cursors_moved;
    ret_batch->head = parcel->head;
    ret_batch->head_size = head_encode(&self->head, parcel->head, HEAD_BYTES_MAX);
    assert(ret_batch->head_size);
}

static void publish(node_t *self, parcel_t *parcel)
{
    for (size_t i = 0; i < parcel->records_count; i++) {
        const journal_record_t *record = &parcel->records[i];
        uint8_t head[64];
        publication_t publication = {.stream = self->core->stream,
                                     .epoch = self->head.epoch,
                                     .term = self->head.term,
                                     .first = record->first,
                                     .count = record->count};
        size_t size = publication_encode_head(&publication, head, sizeof head);
        stored_output_t *output = parcel_add(parcel, OUTPUT_PUBLISH);
        output->head = parcel_put(parcel, head, size);
        output->record = record->bytes.size <= STREAM_WHOLE_MAX ? record->bytes : (bytes_t){0};
    }
    if (parcel->records_count)
        self->heartbeat_at = self->clock.reading.monotonic;
    if (self->clock.reading.monotonic - self->heartbeat_at >= NODE_HEARTBEAT_US ||
        !self->heartbeat_at) {
        uint8_t head[64];
        publication_t beat = {.stream = self->core->stream,
                              .epoch = self->head.epoch,
                              .term = self->head.term,
                              .first = self->committed};
        size_t size = publication_encode_head(&beat, head, sizeof head);
        stored_output_t *output = parcel_add(parcel, OUTPUT_PUBLISH);
        output->head = parcel_put(parcel, head, size);
        self->heartbeat_at = self->clock.reading.monotonic;
    }
}

static void ask_streams(node_t *self, parcel_t *parcel)
{
    for (size_t i = 0; i < self->followers_count; i++) {
        follower_t *follower = &self->followers[i];
        request_t question;
        if (!node_may_take(self, follower) ||
            !follower_ask(follower, self->clock.reading.monotonic, self->questions + 1, &question))
            continue;
        self->questions++;
        uint8_t bytes[256];
        size_t size = request_encode(&question, bytes, sizeof bytes);
        stored_output_t *output = parcel_add(
            parcel, question.type == REQUEST_table ? OUTPUT_ASK_COMMAND : OUTPUT_ASK_REPLAY);
        output->stream = follower->stream;
        output->head = parcel_put(parcel, bytes, size);
    }
}

void node_committed(node_t *self)
{
    parcel_t *parcel = self->ended_parcel;
    assert(parcel);
    self->ended_parcel = NULL;
    self->committed_parcel = parcel;
    self->committed = parcel->last;
    self->ready = parcel->booted;
    parcel_forget_rows(parcel);
    publish(self, parcel);
    ask_streams(self, parcel);
}

bool node_output(node_t *self, output_t *ret_output)
{
    if (!self->committed_parcel || !parcel_give(self->committed_parcel, ret_output))
        return false;
    const void *head = ret_output->head.data;
    if (ret_output->kind == OUTPUT_RECALL)
        memcpy(&ret_output->recall, head, sizeof ret_output->recall);
    if (ret_output->kind == OUTPUT_OUTSIDE)
        node_outside_unpack(head, &ret_output->outside);
    return true;
}

// --- between batches ---

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
        instant_t now = node_clock_now(&self->clock, clock, self->head.time);
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

void node_set_reserve(node_t *self, bool left)
{
    self->reserve = left;
}

void node_set_counters(node_t *self, const char *text)
{
    size_t size = strnlen(text, sizeof self->shell_counters - 1);
    memcpy(self->shell_counters, text, size);
    self->shell_counters[size] = '\0';
}

const alarms_t *node_alarms(const node_t *self)
{
    return &self->alarms;
}

void node_set_alarms(node_t *self, const alarms_t *alarms)
{
    self->shell_alarms = *alarms;
}

bool node_vouches(const node_t *self, int64_t *ret_ahead_us)
{
    return node_clock_vouches(&self->clock, ret_ahead_us);
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
    return self->started && self->ready && !self->open;
}

const char *node_trouble(const node_t *self)
{
    for (size_t i = 0; i < self->followers_count; i++)
        if (self->followers[i].trouble)
            return self->followers[i].trouble;
    return NULL;
}
