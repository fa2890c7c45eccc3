#include "tests/model/harness.h"
#include "tests/common/twins.h"
#include <assert.h>
#include <stdlib.h>

enum { ANSWER_SCRATCH = 256 * 1024 };

static void *need(void *memory)
{
    assert(memory);
    return memory;
}

static harness_t *make(const core_t *core, const void *settings)
{
    harness_t *self = need(calloc(1, sizeof *self));
    self->core = core;
    self->settings = settings;
    self->state = need(core->create(settings));
    self->now = INT64_C(1767225600) * SECOND_US; // 2026-01-01
    self->current = true;
    self->offsets_cap = 1024;
    self->offsets = need(calloc(self->offsets_cap, sizeof *self->offsets));
    for (size_t i = 0; i < 2; i++) {
        self->decisions[i].events = need(calloc(DECISION_EVENTS_MAX, sizeof(event_t)));
        self->decisions[i].scratch = need(calloc(1, DECISION_SCRATCH_BYTES));
    }
    self->answer_scratch = need(calloc(1, ANSWER_SCRATCH));
    return self;
}

// Stores the bytes and applies what they decode to.
static void append(harness_t *self, const uint8_t *bytes, size_t size)
{
    if (self->bytes_size + size > self->bytes_cap) {
        self->bytes_cap = (self->bytes_cap + size) * 2;
        self->bytes = need(realloc(self->bytes, self->bytes_cap));
    }
    if (self->last + 2 > self->offsets_cap) {
        self->offsets_cap *= 2;
        self->offsets = need(realloc(self->offsets, self->offsets_cap * sizeof *self->offsets));
    }
    memcpy(self->bytes + self->bytes_size, bytes, size);
    self->bytes_size += size;
    self->offsets[++self->last] = self->bytes_size;
    event_t event;
    fail_t fail = event_decode(bytes, size, &event);
    assert(!fail);
    self->core->apply(self->state, &event, self->last);
}

static void reset(decision_t *decision, const input_t *input)
{
    *decision =
        (decision_t){.events = decision->events, .scratch = decision->scratch, .input = input};
}

static void compare_decisions(const decision_t *a, const decision_t *b)
{
    static uint8_t bytes_a[EVENT_BYTES_MAX], bytes_b[EVENT_BYTES_MAX];
    assert(a->count == b->count && a->more == b->more && a->result == b->result);
    for (size_t i = 0; i < a->count; i++) {
        size_t size = event_encode(&a->events[i], bytes_a, sizeof bytes_a);
        size_t size_b = event_encode(&b->events[i], bytes_b, sizeof bytes_b);
        assert(size && size == size_b);
        assert(memcmp(bytes_a, bytes_b, size) == 0);
    }
}

static void append_decision(harness_t *self, const decision_t *decision)
{
    for (size_t i = 0; i < decision->count; i++)
        harness_append(self, &decision->events[i]);
    if (decision->count && !self->first)
        self->first = self->last - decision->count + 1;
    self->count += decision->count;
}

typedef fail_t decide_t(const void *state, const input_t *input, decision_t *out);

static fail_t run(harness_t *self, decide_t *decide, input_t *input)
{
    input->now = self->now;
    input->current = self->current;
    input->vouched = ~self->unvouched;
    uint64_t entropy[2] = {++self->entropy * UINT64_C(0x9e3779b97f4a7c15), self->entropy};
    memcpy(input->entropy.bytes, entropy, sizeof entropy);
    self->first = 0;
    self->count = 0;
    decision_t *decision = &self->decisions[0], *again = &self->decisions[1];
    do {
        reset(decision, input);
        self->fail = decide(self->state, input, decision);
        assert(!self->fail || decision->count == 0);
        assert(!decision->more || decision->count); // else a node would ask for ever
        if (input->kind != INPUT_RESULT && !self->once) {
            reset(again, input);
            fail_t fail = decide(self->state, input, again);
            assert(fail == self->fail);
            compare_decisions(decision, again);
        }
        append_decision(self, decision);
    } while (decision->more);
    self->detail = decision->detail;
    return self->fail;
}

harness_t *harness_new(const core_t *core, const void *settings)
{
    harness_t *self = make(core, settings);
    self->role = ROLE_IMPORTER; // who may post whatever kind
    input_t input = {.kind = INPUT_TICK};
    if (core->found) {
        fail_t fail = run(self, core->found, &input);
        assert(!fail);
    }
    return self;
}

void harness_destroy(harness_t **self_p)
{
    harness_t *self = *self_p;
    if (!self)
        return;
    self->core->destroy(self->state);
    for (size_t i = 0; i < 2; i++) {
        free(self->decisions[i].events);
        free(self->decisions[i].scratch);
    }
    free(self->answer_scratch);
    free(self->offsets);
    free(self->bytes);
    free(self);
    *self_p = NULL;
}

fail_t harness_input(harness_t *self, input_t input)
{
    if (input.kind == INPUT_ITEM || input.kind == INPUT_EVENT)
        input.cause = (cause_t){.stream = input.stream, .sequence = input.sequence};
    return run(self, self->core->decide, &input);
}

fail_t harness_command(harness_t *self, const request_t *request)
{
    input_t input = {.kind = INPUT_REQUEST, .request = request, .role = self->role};
    uint64_t id[2] = {self->entropy + 1, UINT64_C(0x1db710640)};
    memcpy(input.cause.command.bytes, id, sizeof id);
    memcpy(input.cause.content.bytes, id, sizeof id);
    return harness_input(self, input);
}

fail_t harness_item(harness_t *self, stream_t producer, uint64_t sequence, const event_t *item)
{
    return harness_input(self, (input_t){.kind = INPUT_ITEM,
                                         .stream = producer,
                                         .sequence = sequence,
                                         .event = item,
                                         .role = self->role});
}

fail_t harness_event(harness_t *self, stream_t stream, uint64_t sequence, const event_t *event)
{
    return harness_input(
        self,
        (input_t){.kind = INPUT_EVENT, .stream = stream, .sequence = sequence, .event = event});
}

fail_t harness_tick(harness_t *self)
{
    return harness_input(self, (input_t){.kind = INPUT_TICK});
}

void harness_append(harness_t *self, const event_t *event)
{
    static uint8_t bytes[EVENT_BYTES_MAX];
    size_t size = event_encode(event, bytes, sizeof bytes);
    assert(size);
    append(self, bytes, size);
}

fail_t harness_check(harness_t *self, const event_t *item)
{
    input_t input = {.kind = INPUT_ITEM, .now = self->now, .event = item, .role = self->role};
    self->detail = NULL;
    return self->core->check(self->state, &input, &self->detail);
}

static bool is_wanted(const harness_t *self, const recall_t *wish, const event_t *event,
                      uint64_t sequence)
{
    uint64_t number;
    int order;
    if (wish->by == RECALL_ORDER)
        return sequence >= wish->number && sequence <= wish->to &&
               self->core->order(event, wish, &order) && order == 0;
    if (wish->by == RECALL_SEQUENCE)
        return sequence == wish->number;
    if (wish->by == RECALL_CAUSE)
        return event->cause.stream == wish->stream && event->cause.sequence == wish->number;
    return self->core->number(event, &number) && number == wish->number;
}

// A naive walk.
static fail_t recall(const harness_t *self, const recall_t *wish, event_t *ret_event,
                     uint64_t *ret_sequence)
{
    for (uint64_t sequence = 1; sequence <= self->last; sequence++) {
        *ret_event = harness_read(self, sequence);
        *ret_sequence = sequence;
        if (is_wanted(self, wish, ret_event, sequence))
            return FAIL_NONE;
    }
    return FAIL_MISSING;
}

size_t harness_recall(harness_t *self)
{
    static due_t due;
    size_t last = self->last;
    for (;;) {
        event_t event;
        due.recalls_count = 0;
        self->core->due(self->state, self->now, &due);
        if (!due.recalls_count)
            return self->last - last;
        recalled_t recalled = {.wish = due.recalls[0]};
        recalled.fail = recall(self, &recalled.wish, &event, &recalled.sequence);
        recalled.event = recalled.fail ? NULL : &event;
        (void)harness_input(self, (input_t){.kind = INPUT_RECALLED, .recalled = &recalled});
        assert(self->count); // a wish that nothing ends would spin
    }
}

static fail_t query(harness_t *self, const request_t *request, const event_t *first,
                    answer_t *ret_answer)
{
    memset(ret_answer, 0, sizeof *ret_answer);
    ret_answer->type = request->type;
    query_t out = {.answer = ret_answer,
                   .scratch = self->answer_scratch,
                   .scratch_size = ANSWER_SCRATCH,
                   .last = self->last,
                   .now = self->now,
                   .current = self->current};
    fail_t fail = self->core->query(self->state, request, first, first ? self->first : 0, &out);
    if (fail != FAIL_LATER || !out.recall.by)
        return fail;
    assert(!first); // a command's answer never waits
    event_t event;
    recalled_t recalled = {.wish = out.recall};
    recalled.fail = recall(self, &out.recall, &event, &recalled.sequence);
    recalled.event = recalled.fail ? NULL : &event;
    out.recall.by = 0;
    out.recalled = &recalled;
    fail = self->core->query(self->state, request, NULL, 0, &out);
    assert(!out.recall.by); // it waits once
    return fail;
}

fail_t harness_query(harness_t *self, const request_t *request, answer_t *ret_answer)
{
    return query(self, request, NULL, ret_answer);
}

fail_t harness_answer(harness_t *self, const request_t *request, answer_t *ret_answer)
{
    event_t first;
    if (!self->first)
        return query(self, request, NULL, ret_answer);
    first = harness_read(self, self->first);
    return query(self, request, &first, ret_answer);
}

answer_totals_t harness_totals(harness_t *self, kopecks_t ret_systems[SYSTEM_END])
{
    request_t request = {.type = REQUEST_totals};
    answer_t answer;
    fail_t fail = harness_query(self, &request, &answer);
    assert(!fail);
    wire_t wire;
    wire_start(&wire, answer.totals.systems.data, answer.totals.systems.size);
    memset(ret_systems, 0, SYSTEM_END * sizeof *ret_systems);
    for (uint32_t left = wire_array(&wire, SYSTEM_END); left; left--) {
        uint64_t number;
        kopecks_t balance;
        uint32_t fields = wire_array(&wire, 2);
        wire_u64(&wire, &number);
        wire_i64(&wire, &balance);
        assert(fields == 2 && number < SYSTEM_END);
        ret_systems[number] = balance;
    }
    fail = wire_end(&wire);
    assert(!fail);
    return answer.totals;
}

bytes_t harness_bytes(const harness_t *self, uint64_t sequence)
{
    assert(sequence >= 1 && sequence <= self->last);
    size_t from = self->offsets[sequence - 1];
    return (bytes_t){self->bytes + from, (uint32_t)(self->offsets[sequence] - from)};
}

event_t harness_read(const harness_t *self, uint64_t sequence)
{
    event_t event;
    bytes_t bytes = harness_bytes(self, sequence);
    fail_t fail = event_decode(bytes.data, bytes.size, &event);
    assert(!fail);
    return event;
}

event_t harness_caused(const harness_t *self, size_t i, event_type_t type)
{
    assert(i < self->count);
    event_t event = harness_read(self, self->first + i);
    assert(event.type == type);
    return event;
}

harness_t *harness_replay(const harness_t *self)
{
    harness_t *copy = make(self->core, self->settings);
    for (uint64_t sequence = 1; sequence <= self->last; sequence++) {
        bytes_t bytes = harness_bytes(self, sequence);
        append(copy, bytes.data, bytes.size);
    }
    copy->now = self->now;
    copy->current = self->current;
    copy->entropy = self->entropy;
    copy->role = self->role;
    return copy;
}

void harness_restart(harness_t **self_p)
{
    harness_t *successor = harness_replay(*self_p);
    harness_destroy(self_p);
    *self_p = successor;
}

void harness_compare(harness_t *a, harness_t *b)
{
    assert(a->last == b->last && a->now == b->now);
    if (a->core->table)
        twins_compare_tables(a->core, a->state, b->state);
    twins_compare_due(a->core, a->state, b->state, a->now);
    if (a->core->counters)
        twins_compare_counters(a->core, a->state, b->state);
}
