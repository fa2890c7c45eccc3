#include "services/node/node_witness.h"
#include "services/node/node_batch.h"

static bool may_note(const node_t *self)
{
    return self->booted && !self->full;
}

// Of the first look in this process: how old the note is says its stamp, but under a driven clock.
static instant_t due_at(const node_t *self, const follower_note_t *noted)
{
    int64_t age_us = self->config.driven ? 0 : self->head.time - noted->at;
    return self->clock.reading.monotonic + NODE_WITNESS_US -
           (age_us > NODE_WITNESS_US ? NODE_WITNESS_US : age_us);
}

// A writer that we have not noted is asked at once, one that we have each hour.
static void look(node_t *self, follower_t *follower)
{
    const follower_note_t *noted = &follower->noted;
    bool vouched = follower->term && !follower->trouble && !follower->unvouched;
    if (!vouched || follower->fetches_table || follower->note_due || !may_note(self))
        return;
    bool known = noted->epoch == follower->cursor.epoch && noted->term == follower->term;
    if (known && !follower->note_at)
        follower->note_at = due_at(self, noted);
    bool asked = follower->checked_term == follower->term; // and noted, or not to be had
    if ((known || asked) && self->clock.reading.monotonic < follower->note_at)
        return;
    follower->met_term = follower->term;
    follower->note_due = true;
}

void node_witness_look(node_t *self)
{
    for (size_t i = 0; i < self->followers_count; i++)
        if (self->followers[i].mode != FOLLOWER_FEED)
            look(self, &self->followers[i]);
}

void node_witness_answer(node_t *self, follower_t *follower, const answer_t *answer)
{
    bool take = follower_witnessed(follower, answer, self->clock.reading.monotonic);
    follower->note_at = self->clock.reading.monotonic + NODE_WITNESS_US;
    if (!take || !may_note(self))
        return;
    const answer_witness_t *found = &answer->witness;
    event_node_witnessed_t body = {.stream = follower->stream,
                                   .epoch = found->epoch,
                                   .term = found->term,
                                   .last = found->last,
                                   .root = found->root,
                                   .leaf = found->leaf};
    node_emit(self, EVENT_node_witnessed, &(cause_t){0}, &body, sizeof body);
}

void node_witness_ended(node_t *self, follower_t *follower, const event_node_ended_t *ended,
                        uint64_t sequence, const hash_t *leaf)
{
    const follower_note_t *noted = &follower->noted;
    bool newer = noted->epoch != follower->cursor.epoch || sequence > noted->last;
    tree_t tree;
    if (!newer || !may_note(self) || tree_load(ended->tree.data, ended->tree.size, &tree) ||
        tree.size != sequence - 1)
        return;
    tree_append(&tree, leaf);
    event_node_witnessed_t body = {.stream = follower->stream,
                                   .epoch = follower->cursor.epoch,
                                   .term = ended->term,
                                   .last = sequence,
                                   .leaf = *leaf,
                                   .ended = true};
    tree_root(&tree, &body.root);
    node_emit(self, EVENT_node_witnessed, &(cause_t){0}, &body, sizeof body);
}
