// How a node begins: an empty one, then its head, its events, and the check of both.
#include "services/node/node_batch.h"
#include <assert.h>
#include <stdlib.h>

// The core's own, and what one person may do alone.
static void begin_policies(node_t *self)
{
    event_t first;
    if (self->core->policy_first) {
        self->core->policy_first(&first);
        policies_add(&self->policies, &first);
    }
    first = (event_t){.type = EVENT_operators_policy_changed};
    first.operators_policy_changed.alone_max = self->allowances.alone_max;
    first.operators_policy_changed.day_max = self->allowances.day_max;
    policies_add(&self->policies, &first);
}

node_t *node_new(const node_config_t *config)
{
    node_t *self = calloc(1, sizeof *self);
    assert(self);
    self->config = *config;
    if (!self->config.batch_records)
        self->config.batch_records = NODE_RECORDS_FULL;
    self->core = config->core;
    self->state = self->core->create(config->core_settings);
    self->events = malloc((DECISION_EVENTS_MAX + 1) * sizeof *self->events);
    self->items = malloc(DECISION_BATCH_MAX * sizeof *self->items);
    self->scratch = malloc(DECISION_SCRATCH_BYTES);
    self->due = calloc(1, sizeof *self->due);
    self->due_scratch = malloc(DUE_SCRATCH_BYTES);
    self->answer_scratch = malloc(FRAME_SMALL_MAX);
    parcel_init(&self->parcels[0]);
    parcel_init(&self->parcels[1]);
    self->parcel = &self->parcels[0];
    assert(self->state && self->events && self->items && self->scratch && self->due &&
           self->due_scratch && self->answer_scratch);
    self->head.epoch = config->epoch;
    self->clock.driven = config->driven;
    command_ids_init(&self->ids);
    allowances_init(&self->allowances);
    begin_policies(self);
    int64_t poll_us = config->poll_us ? config->poll_us : NODE_POLL_US;
    for (size_t i = 0; i < self->core->follows_count; i++) {
        const follow_t *follow = &self->core->follows[i];
        follower_init(&self->followers[self->followers_count++], follow->stream,
                      follow->mode == FOLLOW_VIEW   ? FOLLOWER_VIEW
                      : follow->mode == FOLLOW_BOTH ? FOLLOWER_BOTH
                                                    : FOLLOWER_FACTS,
                      poll_us);
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
    proposals_release(&self->proposals);
    parcel_release(&self->parcels[0]);
    parcel_release(&self->parcels[1]);
    free(self->events);
    free(self->items);
    free(self->scratch);
    free(self->due);
    free(self->due_scratch);
    free(self->answer_scratch);
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
        node_clock_restore(&self->clock, &self->head.clock);
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
        if (cursor)
            follower_accept(follower, cursor);
    }
    return FAIL_NONE;
}

static void apply_all(node_t *self, uint32_t count)
{
    if (self->core->prefetch)
        self->core->prefetch(self->state, self->items, count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t sequence = ++self->replayed;
        node_note(self, &self->items[i], sequence);
        self->core->apply(self->state, &self->items[i], sequence);
    }
}

// Behind an orderly end stands nothing but the next start: else somebody wrote to the journal while
// nobody ran. And a start says whose journal it is.
static bool is_own(node_t *self, const event_t *event)
{
    bool begins = event->type == EVENT_node_booted;
    if (self->ended && !begins)
        self->wrong = "it goes on behind an orderly end with something else than a start: somebody "
                      "wrote to it meanwhile";
    if (begins && event->node_booted.stream && event->node_booted.stream != self->core->stream)
        self->wrong = "it is another process's journal";
    return !self->wrong;
}

static void hash_waiting(node_t *self)
{
    tree_append_events(&self->tail_check, self->unhashed, self->unhashed_count);
    self->unhashed_count = 0;
}

// Many at once are hashed faster; what waits borrows from the record.
static void hash_tail(node_t *self, const record_walk_t *walk)
{
    if (walk->sequence <= self->tail_check.size)
        return;
    bool ends = walk->sequence % HEAD_TAIL_EVENTS == 0;
    self->unhashed[self->unhashed_count++] = walk->event;
    if (ends || self->unhashed_count == NODE_UNHASHED_MAX)
        hash_waiting(self);
    if (ends) // else a start would hold the tail back
        self->next_tail = self->tail_check;
}

// What the snapshot holds already is no more than hashed.
static void pass_loaded(node_t *self, record_walk_t *walk)
{
    while (walk->left && self->replayed < self->loaded) {
        (void)record_walk_next(walk);
        hash_tail(self, walk);
        self->replayed = walk->sequence;
    }
}

// Beside a writer a record may hold more than the head said when it was read.
static uint32_t wanted_of(const node_t *self, const record_walk_t *walk)
{
    uint64_t ahead = self->head.last - self->replayed;
    return self->config.beside && ahead < walk->left ? (uint32_t)ahead : walk->left;
}

static fail_t read_all(node_t *self, record_walk_t *walk, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)record_walk_next(walk);
        wire_t wire;
        wire_start(&wire, walk->event.data, walk->event.size);
        if (event_read(&wire, &self->items[i]) || wire_end(&wire) || !is_own(self, &self->items[i]))
            return FAIL_CORRUPT;
        self->ended = self->items[i].type == EVENT_node_ended;
        hash_tail(self, walk);
    }
    if (self->config.beside)
        tree_leaf(walk->event.data, walk->event.size, &self->leaf);
    return FAIL_NONE;
}

fail_t node_replay(node_t *self, const journal_record_t *record)
{
    record_walk_t walk;
    fail_t fail = FAIL_NONE;
    if (!record_walk_from(record, self->replayed + 1, &walk))
        return FAIL_CORRUPT;
    pass_loaded(self, &walk);
    uint32_t left = wanted_of(self, &walk);
    while (left && !fail) {
        uint32_t count = left < NODE_TOGETHER ? left : NODE_TOGETHER;
        left -= count;
        fail = read_all(self, &walk, count);
        if (!fail)
            apply_all(self, count);
    }
    hash_waiting(self);
    return fail;
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

bool node_lacks(const node_t *self, char *ret_what, size_t cap)
{
    return self->core->lacks && self->core->lacks(self->state, ret_what, cap);
}

const char *node_wrong(const node_t *self)
{
    return self->wrong;
}

void node_resume(node_t *self, const node_t *before)
{
    node_clock_resume(&self->clock, &before->clock);
}
