#include "services/node/node_snapshot.h"
#include "services/node/node_state.h"
#include <assert.h>

bool node_has_snapshots(const node_t *self)
{
    return self->core->walk != NULL;
}

static void walk_fold(node_t *self, walk_t *walk)
{
    WALK(walk, self->replayed);
    WALK(walk, self->ended);
    WALK_SAME(walk, self->followers_count);
    for (size_t i = 0; i < self->followers_count && !walk->fail; i++)
        follower_walk(&self->followers[i], walk);
    node_clock_walk(&self->clock, walk);
    feed_senders_walk(&self->senders, walk);
    allowances_walk(&self->allowances, walk);
    proposals_walk(&self->proposals, walk);
    policies_walk(&self->policies, walk);
    command_ids_walk(&self->ids, walk);
    if (!walk->fail)
        self->core->walk(self->state, walk);
}

void node_shape(node_t *self, hash_t *ret_shape)
{
    walk_t walk = {.kind = WALK_SHAPE};
    walk_fold(self, &walk);
    assert(!walk.missed && "a field of a state is neither walked nor passed: see walk.missed");
    *ret_shape = walk.shape;
}

static bool leaf_at(const node_t *self, uint64_t sequence, hash_t *ret_leaf)
{
    size_t size;
    if (!self->config.find || self->config.find(self->config.find_arg, sequence, self->scratch,
                                                DECISION_SCRATCH_BYTES, &size) != FAIL_NONE)
        return false;
    tree_leaf(self->scratch, size, ret_leaf);
    return true;
}

fail_t node_save(node_t *self, walk_t *ret_walk, snapshot_mark_t *ret_mark)
{
    assert(self->started && !self->booted && !self->open && node_has_snapshots(self));
    *ret_mark = (snapshot_mark_t){.stream = self->core->stream,
                                  .epoch = self->head.epoch,
                                  .sequence = self->replayed,
                                  .program = self->config.program};
    if (!self->replayed || !leaf_at(self, self->replayed, &ret_mark->leaf))
        return FAIL_MISSING;
    node_shape(self, &ret_mark->shape);
    *ret_walk = (walk_t){.kind = WALK_SAVE};
    walk_fold(self, ret_walk);
    return FAIL_NONE;
}

// Does it belong to this journal and this program? NULL if so.
static const char *fits(node_t *self, const snapshot_mark_t *mark)
{
    hash_t shape, leaf;
    if (mark->stream != self->core->stream)
        return "it is of another process's journal";
    if (memcmp(&mark->program, &self->config.program, sizeof mark->program) != 0)
        return "another program made it";
    node_shape(self, &shape);
    if (memcmp(&mark->shape, &shape, sizeof shape) != 0)
        return "its states have other fields";
    if (mark->epoch != self->head.epoch)
        return "it is of another epoch";
    if (!mark->sequence || mark->sequence > self->head.last)
        return "the journal does not reach so far";
    if (!leaf_at(self, mark->sequence, &leaf) || memcmp(&leaf, &mark->leaf, sizeof leaf) != 0)
        return "the journal holds another event there";
    return NULL;
}

const char *node_load(node_t *self, const snapshot_mark_t *mark, const void *blob, size_t size,
                      bool *ret_broken)
{
    assert(!self->started && !self->replayed);
    *ret_broken = false;
    if (!node_has_snapshots(self))
        return "this process's states are not loaded yet";
    const char *why = fits(self, mark);
    if (why)
        return why;
    walk_t walk = {.kind = WALK_LOAD, .at = blob, .left = size};
    walk_fold(self, &walk);
    *ret_broken = walk_end(&walk) != FAIL_NONE || self->replayed != mark->sequence;
    if (*ret_broken)
        return walk.fail == FAIL_MISMATCH ? "it was made under other settings"
                                          : "its blob is not what its shape says";
    self->loaded = self->snapshot = mark->sequence;
    self->leaf = mark->leaf;
    uint64_t hashed = self->tail_check.size;
    self->replayed = hashed < self->loaded ? hashed : self->loaded;
    return NULL;
}

// Is the last event that it applied the journal's?
static fail_t holds_still(node_t *self, uint64_t applied)
{
    size_t size;
    hash_t leaf;
    if (!applied)
        return FAIL_NONE;
    fail_t fail = self->config.find(self->config.find_arg, applied, self->scratch,
                                    DECISION_SCRATCH_BYTES, &size);
    if (fail)
        return fail == FAIL_STORE ? fail : FAIL_HISTORY;
    tree_leaf(self->scratch, size, &leaf);
    return memcmp(&leaf, &self->leaf, sizeof leaf) == 0 ? FAIL_NONE : FAIL_HISTORY;
}

// As if it had loaded itself from a snapshot. A replay that was cut off is gone on with.
fail_t node_go_on(node_t *self, const void *head, size_t size, uint64_t last, uint64_t term)
{
    assert(!self->booted && !self->open && self->config.beside && self->config.find);
    uint64_t applied = self->replayed > self->loaded ? self->replayed : self->loaded;
    uint64_t epoch = self->head.epoch;
    fail_t fail = last < applied ? FAIL_HISTORY : holds_still(self, applied);
    if (!fail)
        fail = node_restore(self, head, size, last, term);
    if (!fail && applied && self->head.epoch != epoch)
        fail = FAIL_HISTORY;
    if (fail)
        return fail;
    self->started = false;
    self->loaded = applied;
    uint64_t hashed = self->tail_check.size;
    self->replayed = hashed < applied ? hashed : applied;
    return FAIL_NONE;
}

uint64_t node_replays_from(const node_t *self)
{
    return self->replayed + 1;
}

uint64_t node_loaded(const node_t *self)
{
    return self->snapshot;
}
