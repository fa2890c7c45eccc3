#include "tests/unit/node_rig.h"
#include "tests/common/model_judge.h"
#include "services/process/uuid7.h"
#include "tests/common/revive.h"
#include <assert.h>
#include <stdlib.h>

// --- the counter ---

typedef struct {
    int64_t sum;
    uint64_t judged;
    int64_t recalled;
    const recall_t *wish;
} counter_t;

static void *create(const void *settings)
{
    counter_t *self = calloc(1, sizeof *self);
    assert(self);
    self->wish = settings;
    return self;
}

static void walk_counter(void *state, walk_t *walk)
{
    counter_t *self = state;
    WALK(walk, self->sum);
    WALK(walk, self->judged);
    WALK(walk, self->recalled);
    WALK_PASS(walk, self->wish);
    WALK_WHOLE(walk, counter_t, self);
}

static fail_t count(int64_t amount, decision_t *out)
{
    if (amount < 0)
        return decision_refuse(out, FAIL_INVALID, "an amount below zero");
    for (int64_t i = 0; amount == RIG_HEAVY && i < amount; i++)
        decision_add(out, EVENT_posted)->posted.amount = 1;
    if (amount && amount != RIG_HEAVY)
        decision_add(out, EVENT_posted)->posted.amount = amount;
    return FAIL_NONE;
}

static void note_recalled(const recalled_t *recalled, decision_t *out)
{
    event_t *event = decision_add(out, EVENT_account_exhausted);
    event->account_exhausted.balance =
        recalled->fail ? -(int64_t)recalled->fail : (int64_t)recalled->sequence;
}

static fail_t decide(const void *state, const input_t *input, decision_t *out)
{
    const counter_t *self = state;
    switch (input->kind) {
    case INPUT_REQUEST:
        if (input->request->post.opens && self->sum % 2)
            return decision_refuse(out, FAIL_STATE, "the sum is odd");
        return count(input->request->post.amount, out);
    case INPUT_ITEM:
        if (input->event->posting_requested.amount == RIG_EARLY && self->sum < 10)
            return FAIL_LATER;
        return count(input->event->posting_requested.amount, out);
    case INPUT_EVENT:
        return input->event->type == EVENT_usage_charged
                   ? count(input->event->usage_charged.amount, out)
                   : FAIL_NONE;
    case INPUT_TICK:
        if (input->current && self->sum > 1000 && !self->judged)
            decision_add(out, EVENT_account_low)->account_low.balance = self->sum;
        return FAIL_NONE;
    case INPUT_RECALLED:
        if (!self->recalled)
            note_recalled(input->recalled, out);
        return FAIL_NONE;
    case INPUT_THROUGH:
    case INPUT_RESULT:
        break;
    }
    return FAIL_NONE;
}

static fail_t check(const void *state, const input_t *input, const char **ret_detail)
{
    (void)state;
    *ret_detail = "an amount below zero";
    return input->event->posting_requested.amount < 0 ? FAIL_INVALID : FAIL_NONE;
}

static kopecks_t moves(const input_t *input)
{
    if (input->kind == INPUT_ITEM)
        return input->event->posting_requested.kind == RIG_BY_HAND
                   ? input->event->posting_requested.amount
                   : 0;
    bool by_hand = input->request->type == REQUEST_post && input->request->post.kind == RIG_BY_HAND;
    return by_hand ? input->request->post.amount : 0;
}

static void apply(void *state, const event_t *event, uint64_t sequence)
{
    counter_t *self = state;
    if (event->type == EVENT_posted)
        self->sum += event->posted.amount;
    if (event->type == EVENT_account_low)
        self->judged = sequence;
    if (event->type == EVENT_account_exhausted)
        self->recalled = event->account_exhausted.balance;
}

static bool number(const event_t *event, uint64_t *ret_number)
{
    *ret_number = event->type == EVENT_posted ? (uint64_t)event->posted.amount : 0;
    return event->type == EVENT_posted;
}

static fail_t answer_payment(const request_payment_t *request, query_t *out)
{
    const recalled_t *recalled = out->recalled;
    if (!recalled) {
        out->recall = (recall_t){.by = RECALL_SEQUENCE, .number = request->invoice};
        return FAIL_LATER;
    }
    if (recalled->fail)
        return recalled->fail;
    out->answer->payment.amount = recalled->event->posted.amount;
    return FAIL_NONE;
}

static fail_t query(const void *state, const request_t *request, const event_t *first,
                    uint64_t first_sequence, query_t *out)
{
    const counter_t *self = state;
    if (request->type == REQUEST_post)
        out->answer->post =
            (answer_post_t){.sequence = first ? first_sequence : 0,
                            .pending = first && first->type == EVENT_command_proposed};
    else if (request->type == REQUEST_totals)
        out->answer->totals = (answer_totals_t){.customers = self->sum, .sum = self->recalled};
    else if (request->type == REQUEST_payment)
        return answer_payment(&request->payment, out);
    else
        return FAIL_INVALID;
    return FAIL_NONE;
}

static void due(const void *state, instant_t now, due_t *out)
{
    const counter_t *self = state;
    out->wake = self->sum > 1000 && !self->judged ? now : INT64_MAX;
    if (self->wish->by && self->sum && !self->recalled)
        out->recalls[out->recalls_count++] = *self->wish;
}

static const core_t counter = {
    .name = "counter",
    .stream = STREAM_LEDGER,
    .follows = {{STREAM_METERING, FOLLOW_FACTS}},
    .follows_count = 1,
    .takes_feed = true,
    .feed_atomic = true,
    .feed_roles = ROLE_POSTERS,
    .create = create,
    .destroy = free,
    .walk = walk_counter,
    .decide = decide,
    .check = check,
    .moves = moves,
    .apply = apply,
    .query = query,
    .number = number,
    .due = due,
};

// --- the process ---

rig_t *rig_new(bool driven)
{
    rig_t *self = calloc(1, sizeof *self);
    assert(self);
    self->driven = driven;
    self->reads = RIG_READS;
    self->clock = (node_clock_t){RIG_TIME, RIG_TIME, HOUR_US, 0, {{1}}};
    fail_t fail = journal_memory_new(0, &self->disk);
    assert(!fail);
    return self;
}

void rig_crash(rig_t *self)
{
    self->recalls.count = 0;
    node_destroy(&self->node);
    journal_reader_destroy(&self->reader);
    journal_destroy(&self->journal);
}

void rig_destroy(rig_t *self)
{
    rig_crash(self);
    journal_memory_destroy(&self->disk);
    revive_forget(&self->snapshot);
    free(self);
}

const node_config_t *rig_config(const rig_t *self)
{
    static node_config_t config;
    config = (node_config_t){.core = self->core ? self->core : &counter,
                             .judge = model_judge,
                             .core_settings = &self->wish,
                             .version = "test",
                             .epoch = 1,
                             .epoch_least = self->epoch_least,
                             .driven = self->driven,
                             .importers = self->importers,
                             .feeds = {PRODUCER_FIRST},
                             .feeds_count = self->outbox};
    return &config;
}

// Each start is from the last one's snapshot, if it fits, and comes to what a replay of all comes
// to.
static fail_t start_twice(rig_t *self, const node_config_t *config, uint64_t term)
{
    revive_snapshot_t loaded = {0};
    node_t *node;
    const char *why;
    fail_t fail = revive_node(config, self->journal, self->reader, term, &node);
    if (fail)
        return fail;
    fail = revive_from(config, self->journal, self->reader, term, &self->snapshot, 1, &self->node,
                       &why);
    assert(!fail);
    self->from_snapshot = !why;
    if (revive_save(node, &self->snapshot) && revive_save(self->node, &loaded))
        assert(loaded.size == self->snapshot.size &&
               memcmp(loaded.bytes, self->snapshot.bytes, loaded.size) == 0);
    revive_forget(&loaded);
    node_destroy(&node);
    return FAIL_NONE;
}

fail_t rig_start(rig_t *self)
{
    uint64_t term;
    fail_t fail = journal_open_memory(self->disk, &self->journal);
    fail = fail ? fail : journal_lead(self->journal, &term);
    fail = fail ? fail : journal_reader_open(self->journal, &self->reader);
    assert(!fail);
    return start_twice(self, rig_config(self), term);
}

static fail_t find(void *arg, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    const rig_t *self = arg;
    return self->unreadable ? FAIL_STORE : journal_find(self->reader, sequence, out, cap, ret_size);
}

static void recall(rig_t *self)
{
    static uint8_t buffer[JOURNAL_EVENT_MAX];
    unsigned reads = self->reads;
    recall_end_t end;
    while (reads && recall_desk_read(&self->recalls, &reads, find, self, buffer, &end))
        node_recalled(self->node, &end);
}

// Others' doors are of before the question for what a stream comes to, unless the test answers it.
static void refuse_witness(rig_t *self)
{
    uint8_t bytes[256];
    for (size_t i = 0; i < self->outputs_count && !self->witnesses; i++) {
        const rig_output_t *output = &self->outputs[i];
        request_t asked = {0};
        if (output->kind != OUTPUT_ASK_REPLAY ||
            request_decode(output->bytes, output->size, &asked, NULL) ||
            asked.type != REQUEST_witness)
            continue;
        answer_t answer = {.type = REQUEST_witness, .number = asked.number, .fail = FAIL_INVALID};
        answer.detail = text_of("");
        node_answer(self->node, output->stream, bytes, answer_encode(&answer, bytes, sizeof bytes));
    }
}

void rig_begin(rig_t *self)
{
    self->clock.now += 1000;
    self->clock.wall += 1000;
    self->clock.monotonic += 1000;
    node_begin(self->node, &self->clock);
    refuse_witness(self);
    recall(self);
}

void rig_end(rig_t *self)
{
    node_batch_t batch;
    output_t output;
    node_end(self->node, &batch);
    assert(!node_output(self->node, &output)); // nothing leaves before the commit
    self->committed = batch.append;
    if (batch.append) {
        fail_t fail = journal_append(self->journal, batch.expected, batch.term, batch.records,
                                     batch.records_count, batch.head, batch.head_size);
        assert(!fail);
    }
    node_committed(self->node);
    self->outputs_count = 0;
    while (node_output(self->node, &output)) {
        assert(self->outputs_count < RIG_OUTPUTS_MAX);
        if (output.kind == OUTPUT_RECALL)
            recall_desk_add(&self->recalls, &output.recall);
        rig_output_t *kept = &self->outputs[self->outputs_count++];
        kept->kind = output.kind;
        kept->stream = output.stream;
        kept->size = output.head.size + output.body.size;
        assert(kept->size <= sizeof kept->bytes);
        memcpy(kept->bytes, output.head.data, output.head.size);
        if (output.body.size)
            memcpy(kept->bytes + output.head.size, output.body.data, output.body.size);
    }
}

// --- what is said to it ---

void rig_ask(rig_t *self, const request_t *request, role_t role)
{
    peer_t peer = {.size = 1, .bytes = {7}};
    snprintf(peer.name, sizeof peer.name, "%s", self->name ? self->name : "");
    uint8_t bytes[1024];
    size_t size = request_encode(request, bytes, sizeof bytes);
    assert(size);
    node_message(self->node, DOOR_COMMAND, &peer, role, bytes, size);
}

static const rig_output_t *output_at(const rig_t *self, output_kind_t kind, size_t index)
{
    for (size_t i = 0; i < self->outputs_count; i++)
        if (self->outputs[i].kind == kind && index-- == 0)
            return &self->outputs[i];
    return NULL;
}

answer_t rig_answer(const rig_t *self, size_t index, request_type_t type)
{
    const rig_output_t *output = output_at(self, OUTPUT_ANSWER, index);
    answer_t answer = {0};
    assert(output);
    fail_t fail = answer_decode(output->bytes, output->size, type, &answer);
    assert(!fail);
    return answer;
}

size_t rig_count(const rig_t *self, output_kind_t kind)
{
    size_t count_of_kind = 0;
    while (output_at(self, kind, count_of_kind))
        count_of_kind++;
    return count_of_kind;
}

uid_t16 rig_id(int64_t made_us, unsigned n)
{
    uint8_t random[10] = {0};
    memcpy(random + sizeof random - sizeof n, &n, sizeof n);
    return uuid7_of(made_us, random);
}

request_t rig_post(unsigned n, int64_t amount)
{
    request_t request = {.type = REQUEST_post, .number = n, .id = rig_id(RIG_TIME, n)};
    request.post.amount = amount;
    request.post.kind = POSTING_CORRECTION;
    return request;
}

int64_t rig_sum(rig_t *self)
{
    request_t request = {.type = REQUEST_totals, .number = 1};
    rig_begin(self);
    rig_ask(self, &request, ROLE_SERVICE);
    rig_end(self);
    return rig_answer(self, 0, REQUEST_totals).totals.customers;
}

int64_t rig_recalled(rig_t *self)
{
    request_t request = {.type = REQUEST_totals, .number = 1};
    return rig_asked(self, &request, ROLE_SERVICE).totals.sum;
}

void rig_push(rig_t *self, uint64_t epoch, uint64_t first, const int64_t *amounts, uint32_t n,
              bool atomic)
{
    static uint8_t bytes[RIG_MESSAGE_MAX];
    peer_t peer = {.size = 1, .bytes = {8}, .producers = {PRODUCER_FIRST, PRODUCER_FIRST}};
    if (self->name)
        snprintf(peer.name, sizeof peer.name, "%s", self->name);
    feed_batch_t batch = {.number = 1,
                          .producer = PRODUCER_FIRST,
                          .epoch = epoch,
                          .first = first,
                          .count = n,
                          .through = self->through,
                          .time = self->time,
                          .atomic = atomic};
    size_t size = feed_batch_encode_head(&batch, bytes, sizeof bytes);
    for (uint32_t i = 0; i < n; i++) {
        event_t item = {.type = EVENT_posting_requested, .at = RIG_TIME};
        item.posting_requested.amount = amounts[i];
        item.posting_requested.kind = self->by_hand ? RIG_BY_HAND : 0;
        size += event_encode(&item, bytes + size, sizeof bytes - size);
    }
    node_message(self->node, DOOR_FEED, &peer, self->pusher ? self->pusher : ROLE_OPERATOR, bytes,
                 size);
}

feed_answer_t rig_pushed(const rig_t *self, size_t index)
{
    const rig_output_t *output = output_at(self, OUTPUT_ANSWER, index);
    feed_answer_t answer = {0};
    assert(output);
    fail_t fail = feed_answer_decode(output->bytes, output->size, &answer);
    assert(!fail);
    return answer;
}

journal_record_t rig_record(uint8_t *buffer, uint64_t first, uint32_t n, int64_t amount)
{
    record_builder_t builder;
    record_builder_begin(&builder, buffer, RECORD_TARGET, first, JOURNAL_SEGMENT_EVENTS);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t bytes[512];
        event_t event = {.type = EVENT_usage_charged, .at = RIG_TIME};
        event.usage_charged.amount = amount;
        bool added = record_builder_add(&builder, bytes, event_encode(&event, bytes, sizeof bytes));
        assert(added);
    }
    return record_builder_end(&builder);
}

void rig_publish(rig_t *self, uint64_t epoch, const journal_record_t *record, bool whole)
{
    static uint8_t bytes[RIG_MESSAGE_MAX];
    publication_t publication = {.stream = STREAM_METERING,
                                 .epoch = epoch,
                                 .term = 1,
                                 .first = record->first,
                                 .count = record->count};
    size_t size = publication_encode_head(&publication, bytes, sizeof bytes);
    if (whole) {
        memcpy(bytes + size, record->bytes.data, record->bytes.size);
        size += record->bytes.size;
    }
    node_publication(self->node, STREAM_METERING, bytes, size);
}

void rig_beat(rig_t *self, uint64_t epoch, uint64_t last)
{
    uint8_t bytes[64];
    publication_t beat = {.stream = STREAM_METERING, .epoch = epoch, .term = 1, .first = last};
    node_publication(self->node, STREAM_METERING, bytes,
                     publication_encode_head(&beat, bytes, sizeof bytes));
}

bool rig_replay(rig_t *self, stream_t stream, uint64_t epoch, const journal_record_t *record,
                uint64_t last)
{
    static uint8_t bytes[RIG_MESSAGE_MAX], records[RIG_MESSAGE_MAX];
    const rig_output_t *question;
    for (size_t i = 0; (question = output_at(self, OUTPUT_ASK_REPLAY, i)); i++)
        if (question->stream == stream)
            break;
    request_t asked = {0};
    if (!question || request_decode(question->bytes, question->size, &asked, NULL))
        return false;
    answer_t answer = {.type = REQUEST_replay, .number = asked.number, .detail = text_of("")};
    answer.replay = (answer_replay_t){.stream = stream, .epoch = epoch, .term = 1, .last = last};
    answer.replay.time = self->peers_time;
    if (record) {
        size_t size = record_page_add(records, 0, sizeof records, record);
        assert(size);
        answer.replay.records = (bytes_t){records, (uint32_t)size};
    }
    node_answer(self->node, stream, bytes, answer_encode(&answer, bytes, sizeof bytes));
    return true;
}

static bytes_t pair(uint8_t *out, size_t cap, uint64_t stream, uint64_t number)
{
    pack_t pack;
    pack_start(&pack, out, cap);
    pack_array(&pack, 1);
    pack_array(&pack, 2);
    pack_u64(&pack, stream);
    pack_u64(&pack, number);
    return (bytes_t){out, (uint32_t)pack_end(&pack)};
}

void rig_table(rig_t *self, uint64_t cursor, uint64_t epoch, bool says)
{
    uint8_t bytes[256], cursors[32], histories[32];
    const rig_output_t *question = output_at(self, OUTPUT_ASK_COMMAND, 0);
    request_t asked = {0};
    assert(question && question->stream == STREAM_LEDGER);
    fail_t fail = request_decode(question->bytes, question->size, &asked, NULL);
    assert(!fail && asked.type == REQUEST_table);
    answer_t answer = {.type = REQUEST_table, .number = asked.number, .detail = text_of("")};
    answer.table = (answer_table_t){.epoch = 1, .term = 1};
    answer.table.cursors = pair(cursors, sizeof cursors, STREAM_PAYMENT, cursor);
    if (says)
        answer.table.histories = pair(histories, sizeof histories, STREAM_PAYMENT, epoch);
    node_answer(self->node, STREAM_LEDGER, bytes, answer_encode(&answer, bytes, sizeof bytes));
}

// --- what most tests begin with ---

rig_t *rig_started(bool driven)
{
    rig_t *rig = rig_new(driven);
    fail_t fail = rig_start(rig);
    assert(fail == FAIL_NONE);
    rig_begin(rig);
    rig_end(rig);
    return rig;
}

answer_t rig_asked(rig_t *self, const request_t *request, role_t role)
{
    rig_begin(self);
    rig_ask(self, request, role);
    rig_end(self);
    return rig_answer(self, 0, request->type);
}

answer_t rig_posted(rig_t *self, unsigned n, int64_t amount)
{
    request_t request = rig_post(n, amount);
    return rig_asked(self, &request, ROLE_OPERATOR);
}

feed_answer_t rig_push_alone(rig_t *self, uint64_t epoch, uint64_t first, const int64_t *amounts,
                             uint32_t n, bool atomic)
{
    rig_begin(self);
    rig_push(self, epoch, first, amounts, n, atomic);
    rig_end(self);
    return rig_pushed(self, 0);
}

void rig_restart(rig_t *self)
{
    rig_crash(self);
    fail_t fail = rig_start(self);
    assert(fail == FAIL_NONE);
    rig_begin(self);
    rig_end(self);
}

void rig_vouch(rig_t *self, uint64_t epoch, uint64_t last)
{
    rig_begin(self);
    bool asked = rig_replay(self, STREAM_METERING, epoch, NULL, last);
    assert(asked);
    rig_end(self);
}

head_t *rig_durable_head(rig_t *self)
{
    static uint8_t bytes[JOURNAL_HEAD_MAX];
    static head_t head;
    size_t size;
    uint64_t last;
    fail_t fail = journal_head(self->journal, bytes, sizeof bytes, &size, &last);
    assert(!fail);
    fail = head_decode(bytes, size, &head);
    assert(!fail);
    return &head;
}
