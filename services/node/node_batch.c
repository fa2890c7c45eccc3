#include "services/node/node_batch.h"
#include "proto/digest.h"
#include <assert.h>
#include <stdlib.h>

// --- events: encode, hash, apply ---

// What a node remembers of an event besides what its core does; the same live and in replay.
void node_note(node_t *self, const event_t *event, uint64_t sequence)
{
    self->ended = event->type == EVENT_node_ended;
    node_clock_note(&self->clock, event);
    if (event->type == EVENT_feed_sent_by)
        feed_senders_note(&self->senders, &event->feed_sent_by);
    allowances_note(&self->allowances, event);
    proposals_note(&self->proposals, event, sequence);
    policies_note(&self->policies, event, sequence);
    if (event->cause.stream == STREAM_NONE && !uid_is_zero(&event->cause.command))
        command_ids_add(&self->ids, &event->cause.command, &event->cause.content, sequence);
    bool of_others = event->type == EVENT_node_witnessed || event->type == EVENT_node_reseeded;
    for (size_t i = 0; of_others && i < self->followers_count; i++)
        follower_note(&self->followers[i], event, sequence);
}

void node_hash(node_t *self)
{
    tree_append_events(&self->head.tree, self->unhashed, self->unhashed_count);
    self->unhashed_count = 0;
}

void node_close_record(node_t *self)
{
    node_hash(self);
    if (self->building) {
        parcel_t *parcel = self->parcel;
        parcel->records[parcel->records_count++] = record_builder_end(&self->builder);
        self->building = false;
    }
}

static uint8_t *event_room(node_t *self, size_t *ret_room)
{
    if (!self->building) {
        record_builder_begin(&self->builder, parcel_buffer(self->parcel), RECORD_TARGET,
                             self->head.last + 1, self->config.segment_events);
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
        node_close_record(self);
        at = event_room(self, &room);
        size = event_encode(event, at, room);
        assert(size && size <= JOURNAL_EVENT_MAX);
    }
    record_builder_commit(&self->builder, size);
    self->bytes_emitted += size;
    uint64_t sequence = ++self->head.last;
    self->unhashed[self->unhashed_count++] = (bytes_t){at, (uint32_t)size};
    if (self->unhashed_count == NODE_UNHASHED_MAX || sequence % HEAD_TAIL_EVENTS == 0)
        node_hash(self);
    if (sequence % HEAD_TAIL_EVENTS == 0) {
        self->head.tail = self->next_tail;
        self->next_tail = self->head.tree;
    }
    node_note(self, event, sequence);
    self->core->apply(self->state, event, sequence);
}

static void keep_rows(node_t *self, const decision_t *decision)
{
    assert(decision->count || !decision->rows_count);
    for (size_t i = 0; i < decision->rows_count; i++)
        parcel_add_row(self->parcel, &decision->rows[i]);
}

// Appends and applies what was decided, and remembers where the first event went.
void node_emit_decision(node_t *self, const decision_t *decision)
{
    keep_rows(self, decision);
    self->first_emitted = decision->count ? self->head.last + 1 : 0;
    for (size_t i = 0; i < decision->count; i++)
        emit(self, &decision->events[i]);
    if (decision->count)
        self->activity++;
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

void node_hear_time(node_t *self, stream_t whose, instant_t said, bool fresh)
{
    if (!node_clock_hear(&self->clock, said, fresh) || !self->booted || self->full)
        return;
    event_node_clock_borne_out_t body = {
        .stream = whose, .heard = said, .said = self->clock.reading.now};
    node_emit(self, EVENT_node_clock_borne_out, &(cause_t){0}, &body, sizeof body);
    node_clock_believe(&self->clock, said);
    // With this commit, or the next start would doubt what was borne out.
    self->head.time = node_clock_stamp(&self->clock, self->head.time);
}

// --- decide ---

static void entropy(node_t *self, uid_t16 *ret_entropy)
{
    uint8_t counter[8], digest[32];
    uint64_t n = self->entropy_count++;
    memcpy(counter, &n, sizeof n);
    digest_sha256_2(self->config.entropy, sizeof self->config.entropy, counter, sizeof counter,
                    digest);
    memcpy(ret_entropy->bytes, digest, sizeof ret_entropy->bytes);
}

static unsigned vouched(const node_t *self)
{
    unsigned bits = 0;
    for (size_t i = 0; i < self->core->follows_count; i++)
        bits |= (unsigned)follower_is_vouched(&self->followers[i]) << i;
    return bits;
}

void node_input(node_t *self, input_kind_t kind, input_t *ret_input)
{
    *ret_input = (input_t){
        .kind = kind, .now = self->head.time, .current = self->current, .vouched = vouched(self)};
    if (kind != INPUT_ITEM)
        entropy(self, &ret_input->entropy);
}

void node_add_sender(const input_t *input, kopecks_t amount, decision_t *decision)
{
    if (!input->certificate.size || (!decision->count && !input->proposal))
        return;
    event_t *event = &decision->events[decision->count++];
    memset(event, 0, sizeof *event);
    event->type = EVENT_command_sent_by;
    event->at = input->now;
    event->cause = input->cause;
    event->command_sent_by = node_sender(input, amount);
}

text_t node_sender_name(const peer_t *peer, role_t role)
{
    text_t nobody = {0};
    return role & ROLE_OURS && !(role & ROLE_CUSTOMER) ? nobody : text_of(peer->name);
}

event_command_sent_by_t node_sender(const input_t *input, kopecks_t amount)
{
    return (event_command_sent_by_t){.certificate = input->certificate,
                                     .reason = request_reason(input->request),
                                     .approver = input->approver,
                                     .proposal = input->proposal,
                                     .amount = amount,
                                     .imported = input->role == ROLE_IMPORTER};
}

fail_t node_ask_core(node_t *self, const input_t *input, decision_t *decision)
{
    *decision = (decision_t){.events = self->events, .scratch = self->scratch, .input = input};
    fail_t fail = self->core->decide(self->state, input, decision);
    assert(!fail || decision->count == 0);
    assert(decision->count <= DECISION_EVENTS_MAX);
    return fail;
}

fail_t node_decide(node_t *self, const input_t *input, decision_t *decision)
{
    fail_t fail = node_ask_core(self, input, decision);
    if (!fail)
        node_emit_decision(self, decision);
    return fail;
}

kopecks_t node_moves(const node_t *self, const input_t *input)
{
    return input->role == ROLE_OPERATOR && self->core->moves ? self->core->moves(input) : 0;
}

void node_due(node_t *self)
{
    due_t *due = self->due;
    due->wake = INT64_MAX;
    due->count = due->recalls_count = 0;
    due->at_once = DUE_REQUESTS_MAX; // unless the core says less
    due->scratch = self->due_scratch;
    due->scratch_used = 0;
    self->core->due(self->state, self->head.time, due);
    assert(due->at_once <= DUE_REQUESTS_MAX && due->recalls_count <= DUE_RECALLS_MAX);
}

// --- items of feeds ---

bool node_batches(const node_t *self, event_type_t type)
{
    return self->core->batches && self->core->batches(type);
}

bool node_allows(const node_t *self, const feeder_t *feeder, kopecks_t amount)
{
    kopecks_t before = allowances_moved(&self->allowances, feeder->certificate, self->head.time);
    return money_add(before, feeder->moved, &before) &&
           allowances_allow(&self->allowances, before, amount);
}

// What a person may not move alone is refused: nobody can agree to an item. Else it is counted.
static fail_t count_moved(const node_t *self, const input_t *input, feeder_t *feeder,
                          const char **ret_detail)
{
    kopecks_t amount = node_moves(self, input);
    if (amount && !node_allows(self, feeder, amount)) {
        *ret_detail = NODE_SECOND_FOR_ITEM;
        return FAIL_SECOND;
    }
    feeder->moved += amount;
    return FAIL_NONE;
}

uint32_t node_take_items(node_t *self, feeder_t *feeder, uint64_t first, const event_t *events,
                         uint32_t count, uint8_t *results, const char **ret_detail)
{
    input_t input;
    uint32_t i = 0, fetched = 0;
    bool later = false, person = feeder->role == ROLE_OPERATOR;
    node_input(self, INPUT_ITEM, &input);
    input.stream = input.cause.stream = feeder->producer;
    input.owner = feeder->owner;
    input.role = feeder->role;
    while (i < count && !later && (i == 0 || self->parcel->records_count < NODE_RECORDS_STOP)) {
        if (i >= fetched && self->core->prefetch) {
            fetched = count - i < NODE_TOGETHER ? count : i + NODE_TOGETHER;
            self->core->prefetch(self->state, &events[i], fetched - i);
        }
        uint32_t run = 0;
        while (i + run < count && run < DECISION_BATCH_MAX &&
               node_batches(self, events[i + run].type))
            run++;
        input.sequence = input.cause.sequence = first + i;
        input.event = &events[i];
        decision_t decision = {.events = self->events, .scratch = self->scratch, .input = &input};
        if (run > 1) {
            fail_t fail = self->core->decide_batch(self->state, &input, &events[i], run,
                                                   &results[i], &decision);
            if (fail)
                memset(&results[i], (int)fail, run);
        } else {
            run = 1;
            fail_t fail = self->core->decide(self->state, &input, &decision);
            if (!fail && person && (fail = count_moved(self, &input, feeder, &decision.detail)))
                decision.count = 0;
            if (!fail)
                fail = decision.result; // refused, with a trace
            results[i] = (uint8_t)fail;
            if (fail && ret_detail && !*ret_detail)
                *ret_detail = decision.detail ? decision.detail : fail_text(fail);
        }
        node_emit_decision(self, &decision);
        const uint8_t *wait = memchr(&results[i], FAIL_LATER, run);
        later = wait != NULL;
        if (later && ret_detail && !*ret_detail)
            *ret_detail = decision.detail;
        i = later ? (uint32_t)(wait - results) : i + run;
    }
    return i;
}

// --- outputs ---

slice_t node_arena_make(node_t *self, size_t size)
{
    return parcel_make(self->parcel, size);
}

slice_t node_arena_add(node_t *self, const void *data, size_t size)
{
    return parcel_put(self->parcel, data, size);
}

stored_output_t *node_output_add(node_t *self, output_kind_t kind)
{
    return parcel_add(self->parcel, kind);
}

bool node_is_full(const node_t *self)
{
    const parcel_t *parcel = self->parcel;
    return parcel->records_count >= self->config.batch_records ||
           parcel->arena_used >= NODE_ARENA_FULL || parcel->rows_count >= NODE_ROWS_FULL;
}

bool node_is_worth(const node_t *self)
{
    return self->parcel->records_count >= NODE_RECORDS_WORTH || node_is_full(self);
}
