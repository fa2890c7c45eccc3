// The streams a node follows: publications, answers of replay doors, pages of tables.
#include "services/common/node_parts.h"

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

// One event of another's journal into the core.
static void take_event(node_t *self, follower_t *follower, const event_t *event, uint64_t sequence)
{
    if (follower->mode == FOLLOWER_VIEW) {
        self->core->observe(self->state, follower->stream, event, sequence);
        return;
    }
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

// Hands the collected items of a feed over, the last of which is `*sequence`; what is refused
// leaves its own trace. False if the batch had no room for all, or one must wait: then `*sequence`
// is the last one taken.
static bool take_collected(node_t *self, follower_t *follower, uint64_t *sequence, uint32_t *count)
{
    uint8_t results[DECISION_BATCH_MAX];
    uint32_t waiting = *count, taken = 0;
    if (waiting)
        taken = node_take_items(self, follower->stream, *sequence + 1 - waiting, self->items,
                                waiting, results, NULL);
    *count = 0;
    *sequence -= waiting - taken;
    if (taken < waiting && !node_is_full(self))
        follower_pause(follower, self->clock.monotonic);
    return taken == waiting;
}

// Takes the events after the cursor, until the batch is full.
static void take_record(node_t *self, follower_t *follower, const journal_record_t *record)
{
    uint64_t sequence = follower->cursor.sequence;
    uint32_t collected = 0;
    for (record_walk_t walk = record_walk(record); record_walk_next(&walk);) {
        if (walk.sequence != sequence + 1)
            continue;
        if (node_is_full(self))
            break;
        event_t *event = &self->items[collected];
        fail_t fail = event_decode(walk.event.data, walk.event.size, event);
        bool skip = fail == FAIL_VERSION && (int)event->type >= EVENT_MAY_FIRST;
        if (fail && !skip) {
            follower->trouble = trouble_of(fail);
            break;
        }
        bool item = !skip && follower->mode == FOLLOWER_FEED;
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
    self->cursors_moved +=
        follower->mode == FOLLOWER_VIEW ? 0 : sequence - follower->cursor.sequence;
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
    if (follower->mode == FOLLOWER_FEED && node_clock_is_late(self))
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
    if (publication.through > self->head.time + NODE_THROUGH_US)
        publication.through = 0;
    bool take = follower_publication(follower, &publication, self->clock.monotonic);
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

// A page of rows of the table that our view starts from.
static void take_rows(node_t *self, follower_t *follower, const answer_t *answer)
{
    const answer_table_t *page = &answer->table;
    if (!follower->table_begun) {
        self->core->view_reset(self->state, follower->stream);
        follower->table_begun = true;
        follower->table_last = page->last;
        wire_t cursors;
        wire_start(&cursors, page->cursors.data, page->cursors.size);
        for (uint32_t left = wire_array(&cursors, NODE_FOLLOWS_MAX); left; left--) {
            uint64_t of, sequence;
            (void)wire_array(&cursors, 2);
            wire_u64(&cursors, &of);
            wire_u64(&cursors, &sequence);
            if (!cursors.fail)
                self->core->view_cursors(self->state, follower->stream, of, sequence);
        }
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
    follower->table = follower->table_begun = false;
    follower->cursor.sequence = follower->table_last;
    follower->announced = follower->table_last;
}

void node_answer(node_t *self, stream_t stream, const void *data, size_t size)
{
    follower_t *follower = node_follower(self, stream);
    if (!follower)
        return;
    answer_t answer;
    memset(&answer, 0, sizeof answer);
    bool table = follower->table;
    fail_t fail = answer_decode(data, size, table ? REQUEST_table : REQUEST_replay, &answer);
    if (fail || answer.number != follower->asked_number) {
        self->refused += fail != FAIL_NONE;
        return; // asked again after a while
    }
    if (table) {
        if (!follower->asked)
            return;
        if (answer.fail)
            return; // asked again after a while
        follower->asked = false;
        follower->heard = self->clock.monotonic;
        take_rows(self, follower, &answer);
        return;
    }
    if (follower_replayed(follower, &answer, self->clock.monotonic) &&
        node_may_take(self, follower))
        take_replayed(self, follower, &answer);
    take_announced(self, follower);
}
