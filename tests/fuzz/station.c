#include "tests/fuzz/station.h"
#include "services/node/node_state.h"
#include "tests/common/revive.h"
#include "tests/common/twins.h"
#include "tests/fuzz/filler.h"
#include "tests/fuzz/fuzz.h"

enum { SEGMENT_EVENTS = 64, EPOCH = 1, PAGE = 1 << 16, RECALL_READS = 8 };

static const void *core_settings;

// --- start ---

static node_t *make_node(station_t *self, uint64_t term)
{
    const node_config_t config = {.core = self->core,
                                  .core_settings = core_settings,
                                  .version = "fuzz",
                                  .epoch = EPOCH,
                                  .importers = self->core->takes_imports};
    node_t *node = NULL;
    require(revive_node(&config, self->journal, self->reader, term, &node) == FAIL_NONE);
    return node;
}

static void open_all(station_t *self)
{
    require(journal_open_memory(self->disk, &self->journal) == FAIL_NONE);
    require(journal_lead(self->journal, &self->term) == FAIL_NONE);
    require(journal_reader_open(self->journal, &self->reader) == FAIL_NONE);
    self->door = reader_new(self->reader, self->core->stream, EPOCH, self->term, NULL);
    self->node = make_node(self, self->term);
}

static void close_all(station_t *self)
{
    node_destroy(&self->node);
    reader_destroy(&self->door);
    journal_reader_destroy(&self->reader);
    journal_destroy(&self->journal);
    self->open = false;
    self->outside_count = self->recalls.count = 0;
    for (size_t i = 0; i < STATION_STREAMS; i++)
        self->streams[i].question_size = 0;
}

static void open_stream(station_stream_t *self, stream_t stream)
{
    require(journal_memory_new(SEGMENT_EVENTS, &self->disk) == FAIL_NONE);
    require(journal_open_memory(self->disk, &self->journal) == FAIL_NONE);
    require(journal_lead(self->journal, &self->term) == FAIL_NONE);
    require(journal_reader_open(self->journal, &self->reader) == FAIL_NONE);
    self->door = reader_new(self->reader, stream, EPOCH, self->term, NULL);
}

void station_start(station_t *self, const core_t *core, const void *settings, instant_t now)
{
    *self = (station_t){.core = core, .clock = {now, now, HOUR_US, 0, {{1}}}};
    core_settings = settings;
    require(journal_memory_new(SEGMENT_EVENTS, &self->disk) == FAIL_NONE);
    for (size_t i = 0; i < core->follows_count; i++)
        open_stream(&self->streams[core->follows[i].stream], core->follows[i].stream);
    open_all(self);
}

void station_release(station_t *self)
{
    close_all(self);
    for (size_t i = 0; i < STATION_STREAMS; i++) {
        station_stream_t *stream = &self->streams[i];
        reader_destroy(&stream->door);
        journal_reader_destroy(&stream->reader);
        journal_destroy(&stream->journal);
        journal_memory_destroy(&stream->disk);
    }
    journal_memory_destroy(&self->disk);
}

void station_crash(station_t *self)
{
    close_all(self);
    open_all(self);
}

// --- a batch ---

static fail_t find(void *reader, uint64_t sequence, void *out, size_t cap, size_t *ret_size)
{
    return journal_find(reader, sequence, out, cap, ret_size);
}

static void recall(station_t *self)
{
    static uint8_t buffer[JOURNAL_EVENT_MAX];
    unsigned reads = RECALL_READS;
    recall_end_t end;
    while (recall_desk_read(&self->recalls, &reads, find, self->reader, buffer, &end)) {
        require(end.fail == FAIL_NONE || end.fail == FAIL_MISSING);
        node_recalled(self->node, &end);
    }
}

void station_begin(station_t *self)
{
    if (self->open && node_is_full(self->node))
        station_commit(self);
    if (!self->open) {
        self->clock.now += 1000;
        self->clock.wall += 1000;
        self->clock.monotonic += 1000;
        node_begin(self->node, &self->clock);
        recall(self);
    }
    self->open = true;
}

static void see_events(station_t *self, bytes_t bytes)
{
    journal_record_t record;
    event_t event;
    if (!bytes.size)
        return;
    require(record_check(bytes.data, bytes.size, &record) == FAIL_NONE);
    for (record_walk_t walk = record_walk(&record); record_walk_next(&walk);) {
        require(event_decode(walk.event.data, walk.event.size, &event) == FAIL_NONE);
        if (event.type == EVENT_payment_created)
            self->invoice =
                (station_invoice_t){event.payment_created.invoice, event.payment_created.amount,
                                    event.payment_created.token};
    }
}

// A peer's first byte says how its answer is to be read: a request's type, 0 for a feed's.
static void see_answer(station_t *self, const output_t *output)
{
    answer_t answer;
    feed_answer_t feed;
    require(output->body.size == 0);
    if (output->peer.bytes[0] == 0xff) // a stranger's bytes: what he asked is not known
        return;
    if (output->peer.bytes[0]) {
        request_type_t type = (request_type_t)output->peer.bytes[0];
        require(answer_decode(output->head.data, output->head.size, type, &answer) == FAIL_NONE);
        require(answer.sequence <= node_last(self->node));
        require(!answer.fail == !answer.detail.size);
        if (!answer.fail && type == REQUEST_totals)
            require(answer.totals.sum == 0);
    } else {
        require(feed_answer_decode(output->head.data, output->head.size, &feed) == FAIL_NONE);
        if (!feed.fail)
            self->acknowledged = feed.acknowledged;
    }
}

static void see_output(station_t *self, const output_t *output)
{
    static uint8_t frame[1 << 17];
    publication_t publication;
    station_stream_t *stream;
    switch (output->kind) {
    case OUTPUT_ANSWER:
        see_answer(self, output);
        break;
    case OUTPUT_PUBLISH:
        require(output->head.size + output->body.size <= sizeof frame);
        memcpy(frame, output->head.data, output->head.size);
        if (output->body.size)
            memcpy(frame + output->head.size, output->body.data, output->body.size);
        require(publication_decode(frame, output->head.size + output->body.size, &publication) ==
                FAIL_NONE);
        see_events(self, publication.record);
        break;
    case OUTPUT_ASK_REPLAY:
    case OUTPUT_ASK_COMMAND:
        require(output->stream < STATION_STREAMS && output->body.size == 0);
        stream = &self->streams[output->stream];
        require(output->head.size <= sizeof stream->question);
        memcpy(stream->question, output->head.data, output->head.size);
        stream->question_size = output->head.size;
        stream->of_table = output->kind == OUTPUT_ASK_COMMAND;
        break;
    case OUTPUT_OUTSIDE:
        require(output->outside.url.size > 0);
        self->outside[self->outside_count++ % STATION_OUTSIDE_MAX] = output->outside.key;
        break;
    case OUTPUT_RECALL:
        recall_desk_add(&self->recalls, &output->recall);
        break;
    }
}

void station_commit(station_t *self)
{
    node_batch_t batch;
    output_t output;
    station_begin(self);
    node_end(self->node, &batch);
    require(!node_output(self->node, &output)); // nothing leaves before the commit
    if (batch.append)
        require(journal_append(self->journal, batch.expected, batch.term, batch.records,
                               batch.records_count, batch.head, batch.head_size) == FAIL_NONE);
    node_committed(self->node);
    self->open = false;
    while (node_output(self->node, &output))
        see_output(self, &output);
}

void station_pass(station_t *self, int64_t us)
{
    if (self->open)
        station_commit(self);
    self->clock.now += us;
    self->clock.wall += us;
    self->clock.monotonic += us;
}

// --- the streams that it follows ---

void station_publish(station_t *self, stream_t number, const event_t *event, station_way_t way)
{
    static uint8_t record_bytes[RECORD_BUFFER_MIN], bytes[EVENT_BYTES_MAX];
    static uint8_t frame[RECORD_BUFFER_MIN + 128];
    station_stream_t *stream = &self->streams[number];
    record_builder_t builder;
    size_t size = event_encode(event, bytes, sizeof bytes);
    require(stream->journal && size);
    record_builder_begin(&builder, record_bytes, sizeof record_bytes, stream->last + 1,
                         SEGMENT_EVENTS);
    require(record_builder_add(&builder, bytes, size));
    journal_record_t record = record_builder_end(&builder);
    require(journal_append(stream->journal, stream->last, stream->term, &record, 1, "", 0) ==
            FAIL_NONE);
    stream->last++;
    if (way == STATION_SILENT)
        return;
    publication_t publication = {.stream = number,
                                 .epoch = EPOCH,
                                 .term = stream->term,
                                 .first = record.first,
                                 .count = record.count};
    size = publication_encode_head(&publication, frame, sizeof frame);
    if (way == STATION_WHOLE) {
        memcpy(frame + size, record.bytes.data, record.bytes.size);
        size += record.bytes.size;
    }
    station_begin(self);
    node_publication(self->node, number, frame, size);
}

void station_answer(station_t *self, stream_t number)
{
    static uint8_t bytes[READER_ANSWER_MAX];
    station_stream_t *stream = &self->streams[number];
    request_t asked;
    if (!stream->question_size)
        return;
    require(request_decode(stream->question, stream->question_size, &asked, NULL) == FAIL_NONE);
    size_t size;
    if (stream->of_table) { // none of its rows: the view starts from the first event
        answer_t answer = {.type = asked.type, .number = asked.number, .detail = text_of("")};
        size = answer_encode(&answer, bytes, sizeof bytes);
    } else {
        size = reader_answer(stream->door, ROLE_OPERATOR, 0, stream->question,
                             stream->question_size, bytes, sizeof bytes);
    }
    require(size > 0);
    stream->question_size = 0;
    station_begin(self);
    node_answer(self->node, number, bytes, size);
}

void station_read(station_t *self, role_t role, const void *data, size_t size)
{
    static uint8_t bytes[READER_ANSWER_MAX];
    request_t request = {.type = REQUEST_status};
    answer_t answer;
    size_t answer_size = reader_answer(self->door, role, 0, data, size, bytes, sizeof bytes);
    require(answer_size > 0);
    fail_t fail = request_decode(data, size, &request, NULL);
    require(answer_decode(bytes, answer_size, fail ? REQUEST_status : request.type, &answer) ==
            FAIL_NONE);
    require(!fail || answer.fail);
}

// --- the state is what the journal says ---

// 0 if the answer is a refusal.
static size_t ask(const core_t *core, const void *state, const request_t *request, uint8_t *out)
{
    static uint8_t scratch[FRAME_SMALL_MAX];
    answer_t answer;
    memset(&answer, 0, sizeof answer);
    answer.type = request->type;
    answer.detail = text_of("");
    query_t query = {.answer = &answer, .scratch = scratch, .scratch_size = sizeof scratch};
    if (core->query(state, request, NULL, 0, &query))
        return 0;
    if (request->type == REQUEST_autopay) { // these are of the view
        answer.autopay.verdict = answer.autopay.balance_sequence = 0;
        answer.autopay.balance = 0;
    }
    return answer_encode(&answer, out, PAGE);
}

static void compare_answers(const core_t *core, const void *a, const void *b)
{
    static const request_type_t types[] = {REQUEST_balance, REQUEST_totals, REQUEST_mandate,
                                           REQUEST_meters, REQUEST_autopay};
    static uint8_t bytes_a[PAGE], bytes_b[PAGE];
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
        for (unsigned i = 0; i < FILLER_UIDS; i++) {
            request_t request = {.type = types[t]};
            request.balance.account = filler_uid(i); // all of them begin with an account
            size_t size = ask(core, a, &request, bytes_a), size_b = ask(core, b, &request, bytes_b);
            if (types[t] == REQUEST_autopay && (!size || !size_b))
                continue; // known to the view alone
            require(size == size_b);
            require(memcmp(bytes_a, bytes_b, size) == 0);
        }
}

void station_check(station_t *self)
{
    if (self->open)
        station_commit(self);
    node_t *again = make_node(self, self->term + 1); // as the next start would
    const core_t *core = self->core;
    const void *a = self->node->state, *b = again->state;
    require(node_last(again) == node_last(self->node));
    hash_t root, root_again;
    tree_root(&self->node->head.tree, &root);
    tree_root(&again->head.tree, &root_again);
    require(memcmp(&root, &root_again, sizeof root) == 0);
    if (core->table)
        twins_compare_tables(core, a, b);
    bool views = false;
    for (size_t i = 0; i < core->follows_count; i++)
        views = views || core->follows[i].mode != FOLLOW_FACTS;
    if (!views)
        twins_compare_due(core, a, b, self->clock.now);
    compare_answers(core, a, b);
    node_destroy(&again);
}
