#include "tests/crash/demand.h"
#include "services/process/uuid7.h"
#include "store/record.h"
#include "store/tree.h"
#include "tests/crash/demand_parts.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

// Of the n-th command at that time.
static uid_t16 command_id(instant_t now, uint64_t n)
{
    uint8_t random[10] = {0};
    memcpy(random + 3, &n, 7); // behind version and variant
    return uuid7_of(now, random);
}

demand_t *demand_new(const core_t *core, const void *settings, uint64_t seed)
{
    demand_t *self = calloc(1, sizeof *self);
    assert(self);
    self->core = core;
    self->settings = settings;
    self->draw = draw_fork(seed, 2);
    self->large = draw_below(&self->draw, 4) == 0 ? 80 : 6;
    for (size_t i = 0; i < core->follows_count; i++)
        self->upstreams[i].stream = core->follows[i].stream;
    return self;
}

void demand_destroy(demand_t **self_p)
{
    demand_t *self = *self_p;
    if (self) {
        for (size_t i = 0; i < 2; i++)
            for (uint64_t j = 0; j < self->upstreams[i].count; j++)
                free((void *)(uintptr_t)self->upstreams[i].events[j].data);
        free(self);
        *self_p = NULL;
    }
}

// --- commands ---

void demand_repeat(const said_t *said, node_t *node)
{
    static const peer_t peer = {.size = 1, .bytes = {7}};
    node_message(node, DOOR_COMMAND, &peer, said->role, said->bytes, said->size);
}

void demand_say(demand_t *self, node_t *node, request_t *request, role_t role)
{
    if (self->said_count == WORK_SAID_MAX)
        return;
    said_t *said = &self->said[self->said_count++];
    request->id = command_id(self->now, self->said_count);
    *said = (said_t){.id = request->id, .type = request->type, .role = role};
    said->size = (uint32_t)request_encode(request, said->bytes, sizeof said->bytes);
    assert(said->size);
    demand_repeat(said, node);
}

void demand_say_new(const demand_t *self, node_t *node, unsigned batch, unsigned count,
                    request_t (*draw_one)(draw_t *draw), role_t role)
{
    draw_t draw = draw_fork(batch, 3);
    for (unsigned i = 0; i < count; i++) {
        said_t said = {.role = role};
        request_t request = draw_one(&draw);
        request.id = command_id(self->now, UINT32_MAX + UINT64_C(1) + batch * count + i);
        said.size = (uint32_t)request_encode(&request, said.bytes, sizeof said.bytes);
        assert(said.size);
        demand_repeat(&said, node);
    }
}

void demand_push_again(const demand_t *self, node_t *node)
{
    static const peer_t peer = {.size = 1, .bytes = {8}};
    if (self->push_size)
        node_message(node, DOOR_FEED, &peer, ROLE_IMPORTER, self->push, self->push_size);
}

// --- streams it follows ---

void demand_fact(demand_t *self, size_t index, event_t *event)
{
    upstream_t *upstream = &self->upstreams[index];
    uint8_t bytes[1024];
    if (upstream->count == WORK_FACTS_MAX)
        return;
    event->at = self->now;
    size_t size = event_encode(event, bytes, sizeof bytes);
    uint8_t *copy = malloc(size);
    assert(size && copy);
    upstream->events[upstream->count++] = (bytes_t){memcpy(copy, bytes, size), (uint32_t)size};
}

// What another process's journal comes to.
static void answer_witness(const upstream_t *upstream, node_t *node)
{
    uint8_t frame[1024];
    tree_t tree = {0};
    answer_t answer = {.type = REQUEST_witness, .number = upstream->number};
    answer.detail = text_of("");
    answer.witness.stream = upstream->stream;
    answer.witness.epoch = answer.witness.term = 1;
    answer.witness.last = upstream->count;
    for (uint64_t i = 0; i < upstream->count; i++) {
        tree_leaf(upstream->events[i].data, upstream->events[i].size, &answer.witness.leaf);
        tree_append(&tree, &answer.witness.leaf);
    }
    tree_root(&tree, &answer.witness.root);
    node_answer(node, upstream->stream, frame, answer_encode(&answer, frame, sizeof frame));
}

// The replay door of another process answers.
void demand_answer(demand_t *self, node_t *node)
{
    static uint8_t bytes[WORK_PUSH_BYTES], page[WORK_PUSH_BYTES + sizeof(uint32_t)];
    static uint8_t frame[2 * WORK_PUSH_BYTES];
    for (size_t i = 0; i < self->core->follows_count; i++) {
        upstream_t *upstream = &self->upstreams[i];
        if (!upstream->asked)
            continue;
        upstream->asked = false;
        if (upstream->witness) {
            answer_witness(upstream, node);
            continue;
        }
        answer_t answer = {.type = REQUEST_replay, .number = upstream->number};
        answer.detail = text_of("");
        answer.replay.stream = upstream->stream;
        answer.replay.epoch = answer.replay.term = 1;
        answer.replay.last = upstream->count;
        if (upstream->from <= upstream->count) {
            record_builder_t builder;
            record_builder_begin(&builder, bytes, sizeof bytes, upstream->from,
                                 JOURNAL_SEGMENT_EVENTS);
            for (uint64_t j = upstream->from - 1; j < upstream->count; j++)
                if (!record_builder_add(&builder, upstream->events[j].data,
                                        upstream->events[j].size))
                    break;
            journal_record_t record = record_builder_end(&builder);
            size_t size = record_page_add(page, 0, sizeof page, &record);
            assert(size);
            answer.replay.records = (bytes_t){page, (uint32_t)size};
        }
        node_answer(node, upstream->stream, frame, answer_encode(&answer, frame, sizeof frame));
    }
}

static void hear_question(demand_t *self, const output_t *output)
{
    request_t request;
    if (request_decode(output->head.data, output->head.size, &request, NULL) ||
        (request.type != REQUEST_replay && request.type != REQUEST_witness))
        return;
    for (size_t i = 0; i < self->core->follows_count; i++)
        if (self->upstreams[i].stream == output->stream) {
            self->upstreams[i].asked = true;
            self->upstreams[i].number = request.number;
            self->upstreams[i].witness = request.type == REQUEST_witness;
            self->upstreams[i].from = request.replay.from;
        }
}

// --- outputs ---

uint64_t demand_charges(const output_t *output)
{
    static const char field[] = "InvoiceID=";
    if (output->kind != OUTPUT_OUTSIDE || !output->outside.body.size)
        return 0;
    text_t url = output->outside.url;
    if (!memmem(url.data, url.size, "/Recurring", 10))
        return 0;
    bytes_t body = output->outside.body;
    const char *at = memmem(body.data, body.size, field, sizeof field - 1);
    char number[24] = "";
    if (at)
        (void)snprintf(number, sizeof number, "%.*s",
                       (int)((const char *)body.data + body.size - at) - (int)sizeof field + 1,
                       at + sizeof field - 1);
    return strtoull(number, NULL, 10);
}

void demand_hear(demand_t *self, const output_t *output)
{
    feed_answer_t pushed;
    switch (output->kind) {
    case OUTPUT_ASK_REPLAY:
        hear_question(self, output);
        break;
    case OUTPUT_ANSWER:
        if (output->door == DOOR_FEED &&
            feed_answer_decode(output->head.data, output->head.size, &pushed) == FAIL_NONE)
            self->pushed = pushed.acknowledged;
        break;
    case OUTPUT_PUBLISH:
        if (self->core->stream == STREAM_PAYMENT)
            demand_payment_published(self, output);
        break;
    case OUTPUT_OUTSIDE:
        demand_payment_outside(self, output);
        break;
    case OUTPUT_ASK_COMMAND:
    case OUTPUT_RECALL: // life.c reads
        break;
    }
}

void demand_give(demand_t *self, node_t *node)
{
    demand_answer(self, node);
    if (self->said_count && draw_below(&self->draw, 8) == 0) // somebody asks twice
        demand_repeat(&self->said[draw_below(&self->draw, self->said_count)], node);
    if (self->core->stream == STREAM_LEDGER)
        demand_ledger_give(self, node);
    else
        demand_payment_give(self, node);
}

void demand_go_on(const demand_t *self, node_t *node, unsigned batch)
{
    if (self->core->stream == STREAM_LEDGER)
        demand_ledger_go_on(self, node, batch);
    else
        demand_payment_go_on(self, node, batch);
}
