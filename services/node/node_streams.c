// The streams a node follows: publications, answers of replay doors, pages of tables.
#include "services/node/node_streams.h"
#include "services/node/node_batch.h"
#include "services/node/node_witness.h"
#include <assert.h>

follower_t *node_follower(node_t *self, stream_t stream)
{
    for (size_t i = 0; i < self->followers_count; i++)
        if (self->followers[i].stream == stream)
            return &self->followers[i];
    return NULL;
}

void node_take_through(node_t *self, stream_t producer, instant_t through, uint64_t sequence)
{
    input_t input;
    bool more = true;
    while (more) {
        decision_t decision;
        node_input(self, INPUT_THROUGH, &input);
        input.stream = producer;
        input.through = through;
        input.cause = (cause_t){.stream = producer, .sequence = sequence};
        more = node_decide(self, &input, &decision) == FAIL_NONE && decision.more &&
               !node_is_full(self);
    }
}

static const char *trouble_of(fail_t fail)
{
    return fail == FAIL_VERSION ? "the stream holds an event that must be understood and is not "
                                  "known to this binary"
                                : "the stream holds bytes that are no event";
}

// By which history of a third one the producer goes. We may have gone over to another already, or
// not yet: then the sequences of the third one that he names are not those that we know.
static void note_histories(follower_t *follower, const event_t *event)
{
    if (event->type == EVENT_node_reseeded && event->node_reseeded.stream < STREAM_END)
        follower->goes_by[event->node_reseeded.stream] = event->node_reseeded.epoch;
    if (event->cause.stream < STREAM_END)
        follower->caused_by |= UINT64_C(1) << event->cause.stream;
}

// We go over to another history of that stream. Who did not say by which he goes, and has taken
// something of it, took it of the one that we had.
void node_leaves_history(node_t *self, const follower_t *left)
{
    for (size_t i = 0; i < self->followers_count; i++) {
        follower_t *other = &self->followers[i];
        if (left->stream < STREAM_END && !other->goes_by[left->stream] &&
            other->caused_by >> left->stream & 1)
            other->goes_by[left->stream] = left->cursor.epoch;
    }
}

static bool goes_by_another(const node_t *self, const follower_t *follower)
{
    bool another = false;
    for (size_t i = 0; i < self->followers_count && follower_views(follower); i++) {
        const cursor_t *ours = &self->followers[i].cursor;
        uint64_t its = ours->stream < STREAM_END ? follower->goes_by[ours->stream] : 0;
        another = another || (its && ours->epoch && its != ours->epoch);
    }
    return another;
}

bool node_is_current(const node_t *self, const follower_t *follower)
{
    return follower_is_current(follower, self->clock.reading.monotonic) &&
           !goes_by_another(self, follower);
}

bool node_are_current(const node_t *self)
{
    for (size_t i = 0; i < self->followers_count; i++)
        if (self->followers[i].mode != FOLLOWER_FEED && !node_is_current(self, &self->followers[i]))
            return false;
    return true;
}

// One event of another's journal into the core.
static void take_event(node_t *self, follower_t *follower, const event_t *event, uint64_t sequence)
{
    note_histories(follower, event);
    if (follower->mode == FOLLOWER_VIEW) {
        self->core->observe(self->state, follower->stream, event, sequence);
        return;
    }
    if (follower->mode == FOLLOWER_BOTH && sequence > follower->table_last)
        self->core->observe(self->state, follower->stream, event, sequence);
    input_t input;
    decision_t decision;
    node_input(self, INPUT_EVENT, &input);
    input.stream = follower->stream;
    input.sequence = sequence;
    input.event = event;
    input.cause = (cause_t){.stream = follower->stream, .sequence = sequence};
    if (node_decide(self, &input, &decision))
        self->refused++;
}

static feeder_t feeder_of(const node_t *self, stream_t producer)
{
    const char *owner = NULL;
    for (size_t i = 0; i < self->config.feeds_count; i++)
        if (self->config.feeds[i] == producer)
            owner = self->config.feeds_owners[i];
    return (feeder_t){.producer = producer, .owner = text_of(owner ? owner : "")};
}

// What the node itself takes in of another's journal: an end must be the last of its writer. False
// if the stream has stopped.
static bool take_end(node_t *self, follower_t *follower, const event_t *event, bytes_t bytes,
                     uint64_t sequence)
{
    if (!follower_may_follow(follower, sequence, event->type))
        return false;
    if (event->type == EVENT_node_ended) {
        hash_t leaf;
        tree_leaf(bytes.data, bytes.size, &leaf);
        node_witness_ended(self, follower, &event->node_ended, sequence, &leaf);
    }
    return true;
}

// Hands the collected items of a feed over, the last of which is `*sequence`; what is refused
// leaves its own trace. False if the batch had no room for all, or one must wait: then `*sequence`
// is the last one taken.
static bool take_collected(node_t *self, follower_t *follower, uint64_t *sequence, uint32_t *count)
{
    uint8_t results[DECISION_BATCH_MAX];
    uint32_t waiting = *count, taken = 0;
    feeder_t feeder = feeder_of(self, follower->stream);
    if (waiting)
        taken = node_take_items(self, &feeder, *sequence + 1 - waiting, self->items, waiting,
                                results, NULL);
    *count = 0;
    *sequence -= waiting - taken;
    if (taken < waiting && !node_is_full(self))
        follower_pause(follower, self->clock.reading.monotonic);
    return taken == waiting;
}

// Takes the events after the cursor, until the batch is full.
static void take_record(node_t *self, follower_t *follower, const journal_record_t *record)
{
    uint64_t sequence = follower->cursor.sequence;
    uint32_t collected = 0;
    record_walk_t walk;
    if (!record_walk_from(record, sequence + 1, &walk))
        return; // it was taken already, or another is missing before it
    while (record_walk_next(&walk)) {
        if (node_is_full(self))
            break;
        event_t *event = &self->items[collected];
        fail_t fail = event_decode(walk.event.data, walk.event.size, event);
        bool skip = fail == FAIL_VERSION && (int)event->type >= EVENT_MAY_FIRST;
        if (fail && !skip) {
            follower->trouble = trouble_of(fail);
            break;
        }
        if (follower->mode != FOLLOWER_FEED &&
            !take_end(self, follower, event, walk.event, walk.sequence))
            break;
        bool item = !skip && follower->mode == FOLLOWER_FEED;
        if (item && event_misfit(event))
            event->type = EVENT_NONE; // unreadable: the core refuses it, and its outbox goes on
        if (!item && !take_collected(self, follower, &sequence, &collected))
            break;
        if (!item && !skip)
            take_event(self, follower, event, walk.sequence);
        sequence = walk.sequence;
        collected += item;
        if (collected == DECISION_BATCH_MAX &&
            !take_collected(self, follower, &sequence, &collected))
            break;
    }
    (void)take_collected(self, follower, &sequence, &collected);
    if (sequence == follower->cursor.sequence)
        return;
    bytes_t last = record_event(record, (uint32_t)(sequence - record->first));
    hash_t leaf;
    tree_leaf(last.data, last.size, &leaf);
    self->cursors_moved += sequence - follower->cursor.sequence;
    follower_took(follower, sequence, &leaf);
    self->activity++;
}

// Once everything that a feed announced is in, its word on completeness counts.
static void take_announced(node_t *self, follower_t *follower)
{
    if (follower->mode != FOLLOWER_FEED || follower_is_behind(follower) ||
        follower->announced_through <= follower->cursor.through || self->full)
        return;
    follower->cursor.through = follower->announced_through;
    node_take_through(self, follower->stream, follower->cursor.through, follower->cursor.sequence);
}

bool node_may_take(const node_t *self, const follower_t *follower)
{
    if (follower->mode == FOLLOWER_VIEW)
        return true;
    if (follower->mode == FOLLOWER_FEED && node_clock_is_late(&self->clock, self->head.time))
        return false;
    return self->booted && !self->full;
}

void node_publication(node_t *self, stream_t stream, const void *data, size_t size)
{
    publication_t publication;
    follower_t *follower = node_follower(self, stream);
    if (!follower || publication_decode(data, size, &publication) || publication.stream != stream) {
        self->refused++;
        return;
    }
    if (follower->mode == FOLLOWER_FEED && publication.through)
        node_hear_time(self, stream, publication.through, false);
    if (publication.through > self->head.time + NODE_THROUGH_US)
        publication.through = 0;
    bool take = follower_publication(follower, &publication, self->clock.reading.monotonic);
    journal_record_t record;
    if (take && node_may_take(self, follower) &&
        record_check(publication.record.data, publication.record.size, &record) == FAIL_NONE)
        take_record(self, follower, &record);
    take_announced(self, follower);
}

static void take_replayed(node_t *self, follower_t *follower, const answer_t *answer)
{
    bytes_t page = answer->replay.records;
    journal_record_t record;
    while (page.size && !node_is_full(self) && !follower->trouble) {
        if (record_page_next(&page, &record))
            take_record(self, follower, &record);
        else
            follower->trouble = "the replay door answered with bytes that are no records";
    }
}

typedef void pair_fn(node_t *self, follower_t *follower, stream_t of, uint64_t number);

static void take_cursor(node_t *self, follower_t *follower, stream_t of, uint64_t sequence)
{
    if (of < STREAM_END && sequence)
        follower->caused_by |= UINT64_C(1) << of;
    self->core->view_cursors(self->state, follower->stream, of, sequence);
}

static void take_history(node_t *self, follower_t *follower, stream_t of, uint64_t epoch)
{
    (void)self;
    if (of < STREAM_END)
        follower->goes_by[of] = epoch;
}

// Pairs of a stream and a number.
static void take_pairs(node_t *self, follower_t *follower, bytes_t bytes, pair_fn *take)
{
    wire_t pairs;
    wire_start(&pairs, bytes.data, bytes.size);
    for (uint32_t left = wire_array(&pairs, NODE_FOLLOWS_MAX); left; left--) {
        uint64_t of, number;
        (void)wire_array(&pairs, 2);
        wire_u64(&pairs, &of);
        wire_u64(&pairs, &number);
        if (!pairs.fail)
            take(self, follower, of, number);
    }
}

// A page of rows of the table that our view starts from.
static void take_rows(node_t *self, follower_t *follower, const answer_table_t *page)
{
    if (!follower->table_begun) {
        self->core->view_reset(self->state, follower->stream);
        follower->table_begun = true;
        follower->table_last = page->last;
        memset(follower->goes_by, 0, sizeof follower->goes_by);
        take_pairs(self, follower, page->cursors, take_cursor);
        take_pairs(self, follower, page->histories, take_history);
    }
    wire_t rows;
    wire_start(&rows, page->rows.data, page->rows.size);
    for (uint64_t i = 0; i < page->count; i++)
        if (self->core->view_row(self->state, follower->stream, &rows)) {
            follower->trouble = "the table holds a row that this binary does not understand";
            return;
        }
    self->activity++;
    follower->table_row = page->next;
    if (page->next)
        return;
    follower_took_table(follower);
}

// Its time, if it was told within the seconds that a question lives.
static void hear_time(node_t *self, const follower_t *follower, const answer_t *answer)
{
    int64_t age_us = self->clock.reading.monotonic - follower->asked_at;
    if (follower->asked && !answer->fail && answer->replay.time && age_us <= FOLLOWER_QUESTION_US)
        node_hear_time(self, follower->stream, answer->replay.time, true);
}

void node_answer(node_t *self, stream_t stream, const void *data, size_t size)
{
    follower_t *follower = node_follower(self, stream);
    if (!follower)
        return;
    answer_t answer;
    memset(&answer, 0, sizeof answer);
    bool table = follower->fetches_table, witness = !table && follower->asked_witness;
    request_type_t type = table ? REQUEST_table : witness ? REQUEST_witness : REQUEST_replay;
    fail_t fail = answer_decode(data, size, type, &answer);
    if (fail || answer.number != follower->asked_number) {
        self->refused += fail != FAIL_NONE;
        return; // asked again after a while
    }
    if (table) {
        if (!follower->asked)
            return;
        if (answer.fail)
            return; // asked again after a while
        if (follower_page(follower, &answer.table, self->clock.reading.monotonic))
            take_rows(self, follower, &answer.table);
        return;
    }
    if (witness) {
        node_witness_answer(self, follower, &answer);
        return;
    }
    hear_time(self, follower, &answer);
    if (follower_replayed(follower, &answer, self->clock.reading.monotonic) &&
        node_may_take(self, follower))
        take_replayed(self, follower, &answer);
    take_announced(self, follower);
}

fail_t node_reseed_check(node_t *self, const input_t *input, const char **ret_detail)
{
    if (node_follower(self, input->request->reseed.stream))
        return FAIL_NONE;
    *ret_detail = "this process does not follow that stream";
    return FAIL_MISSING;
}

fail_t node_reseed(node_t *self, const input_t *input, const char **ret_detail)
{
    const request_reseed_t *want = &input->request->reseed;
    fail_t fail = node_reseed_check(self, input, ret_detail);
    if (fail)
        return fail;
    follower_t *follower = node_follower(self, want->stream);
    assert(follower); // as was checked
    event_node_reseeded_t body = {.stream = want->stream,
                                  .epoch = want->epoch,
                                  .sequence = want->sequence,
                                  .leaf = want->leaf};
    node_emit(self, EVENT_node_reseeded, &input->cause, &body, sizeof body);
    node_leaves_history(self, follower);
    int64_t poll_us = follower->poll_us;
    follower_init(follower, want->stream, follower->mode, poll_us);
    follower_accept(follower, &(cursor_t){.stream = want->stream,
                                          .epoch = want->epoch,
                                          .sequence = want->sequence,
                                          .leaf = want->leaf});
    follower->reseeded = self->head.last;
    self->cursors_moved += NODE_CURSORS_APART;
    return FAIL_NONE;
}
