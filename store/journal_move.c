#include "store/journal_move.h"
#include "store/journal_transfer.h"
#include <stdio.h>
#include <stdlib.h>

enum {
    NEAR_EVENTS = 4096, // copied in a moment
    FOLLOWS_MAX = 1000
};

typedef struct {
    const journal_move_t *move;
    journal_t *from, *to;
    journal_copy_t copy;
    journal_moment_t moment;
    char left_for[JOURNAL_PLACE_MAX];
} mover_t;

static fail_t step(const mover_t *self, journal_move_step_t step)
{
    return self->move->step ? self->move->step(self->move->arg, step) : FAIL_NONE;
}

static fail_t refuse(const mover_t *self, fail_t fail, const char *why, const char *place)
{
    snprintf(self->move->why, JOURNAL_WHY_MAX, "%s%.200s", why, place);
    return fail;
}

// --- both places ---

static fail_t open_from(mover_t *self)
{
    const journal_options_t options = {.leaves = true, .why = self->move->why};
    fail_t fail = journal_open(self->move->from, &options, &self->from);
    if (!fail)
        fail = journal_left_for(self->from, self->left_for);
    if (!fail && *self->left_for && strcmp(self->left_for, self->move->to) != 0)
        fail = refuse(self, FAIL_CONFLICT, "it was moved already, and goes on at ", self->left_for);
    return fail;
}

// The new place; whether the journal is there as a whole.
static fail_t open_to(mover_t *self, bool *ret_whole)
{
    size_t size = 0;
    uint64_t last;
    const journal_options_t options = {.create = true,
                                       .segment_events = journal_segment_events(self->from),
                                       .why = self->move->why};
    fail_t fail = journal_open(self->move->to, &options, &self->to);
    if (!fail)
        fail = journal_head(self->to, self->moment.head, sizeof self->moment.head, &size, &last);
    *ret_whole = !fail && size > 0;
    if (*ret_whole && !*self->left_for)
        fail = refuse(self, FAIL_CONFLICT, "there is another journal already at ", self->move->to);
    return fail;
}

// --- copying ---

static fail_t check(const mover_t *self)
{
    journal_reader_t *reader = NULL;
    if (!self->move->check)
        return FAIL_NONE;
    fail_t fail = journal_reader_open(self->to, &reader);
    if (!fail)
        fail = self->move->check(self->move->arg, reader, &self->moment);
    journal_reader_destroy(&reader);
    return fail;
}

// What the old place holds now.
static fail_t follow(mover_t *self, uint64_t *ret_events)
{
    uint64_t before = journal_last(self->to);
    fail_t fail = journal_moment(self->from, &self->moment);
    if (!fail)
        fail = journal_transfer_beginning(self->from, &self->moment, self->to, &self->copy);
    if (!fail)
        fail = check(self);
    *ret_events = journal_last(self->to) - before;
    return fail;
}

static fail_t catch_up(mover_t *self)
{
    uint64_t events = NEAR_EVENTS + 1;
    fail_t fail = FAIL_NONE;
    for (unsigned i = 0; !fail && events > NEAR_EVENTS; i++) {
        if (i == FOLLOWS_MAX)
            return refuse(self, FAIL_LATER, "more is written than can be followed", "");
        fail = step(self, JOURNAL_MOVE_FOLLOW);
        if (!fail)
            fail = follow(self, &events);
    }
    return fail;
}

// Behind the fence nothing comes any more: what is there then is all of it.
static fail_t switch_over(mover_t *self, journal_moved_t *out)
{
    fail_t fail = step(self, JOURNAL_MOVE_FENCE);
    if (!fail)
        fail = journal_leave(self->from, self->move->to);
    if (!fail)
        fail = step(self, JOURNAL_MOVE_REST);
    if (!fail)
        fail = follow(self, &out->rest);
    if (!fail)
        fail = step(self, JOURNAL_MOVE_WHOLE);
    return fail ? fail : journal_transfer(self->from, &self->moment, self->to, &self->copy);
}

static fail_t run(mover_t *self, journal_moved_t *out)
{
    bool whole = false;
    fail_t fail = open_from(self);
    if (!fail)
        fail = open_to(self, &whole);
    out->before = whole;
    if (!fail && !whole && !*self->left_for)
        fail = catch_up(self);
    if (!fail && !whole)
        fail = switch_over(self, out);
    if (!fail)
        fail = step(self, JOURNAL_MOVE_DONE);
    if (!fail)
        out->last = journal_last(self->to);
    return fail;
}

fail_t journal_move(const journal_move_t *move, journal_moved_t *ret_moved)
{
    mover_t *self = calloc(1, sizeof *self);
    journal_moved_t moved = {0};
    if (!self)
        return FAIL_FULL;
    *move->why = '\0';
    self->move = move;
    self->copy = (journal_copy_t){.progress = move->progress, .arg = move->arg};
    fail_t fail = run(self, &moved);
    journal_destroy(&self->to);
    journal_destroy(&self->from);
    free(self);
    if (!fail)
        *ret_moved = moved;
    return fail;
}
