#include "services/node/proposals.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

void proposals_release(proposals_t *self)
{
    free(self->rows);
    *self = (proposals_t){0};
}

const proposal_t *proposals_find(const proposals_t *self, const uid_t16 *id)
{
    for (size_t i = 0; i < self->count; i++)
        if (uid_equal(&self->rows[i].id, id))
            return &self->rows[i];
    return NULL;
}

proposal_state_t proposal_state(const proposal_t *self, instant_t now)
{
    return self->state == PROPOSAL_OPEN && now >= self->expires ? PROPOSAL_LAPSED : self->state;
}

bool proposals_have_room(const proposals_t *self, text_t certificate, instant_t now)
{
    size_t open = 0, own = 0;
    for (size_t i = 0; i < self->count; i++) {
        const proposal_t *row = &self->rows[i];
        bool waits = proposal_state(row, now) == PROPOSAL_OPEN;
        open += waits;
        own += waits && strlen(row->certificate) == certificate.size &&
               memcmp(row->certificate, certificate.data, certificate.size) == 0;
    }
    return open < PROPOSALS_OPEN_MAX && own < PROPOSALS_OWN_MAX;
}

// --- fold ---

static void make_rows(proposals_t *self)
{
    if (!self->rows)
        self->rows = calloc(PROPOSALS_MAX, sizeof *self->rows);
    assert(self->rows);
}

WALK_ROW(proposal_t)

void proposals_walk(proposals_t *self, walk_t *walk)
{
    WALK(walk, self->count);
    if (walk_loads(walk) && self->count > PROPOSALS_MAX)
        walk->fail = FAIL_CORRUPT;
    if (walk_loads(walk) && self->count)
        make_rows(self);
    if (!walk->fail)
        walk_rows(walk, "rows", self->rows, sizeof *self->rows, self->count, walk_clear_proposal_t);
    WALK_PASS(walk, self->rows);
    WALK_WHOLE(walk, proposals_t, self);
}

// The oldest of those that wait no more makes room; at most half of all wait.
static void make_room(proposals_t *self, instant_t now)
{
    make_rows(self);
    if (self->count < PROPOSALS_MAX)
        return;
    size_t oldest = 0;
    while (oldest + 1 < self->count && proposal_state(&self->rows[oldest], now) == PROPOSAL_OPEN)
        oldest++;
    memmove(&self->rows[oldest], &self->rows[oldest + 1],
            (self->count - oldest - 1) * sizeof *self->rows);
    self->count--;
}

static void note_proposed(proposals_t *self, const event_t *event, uint64_t sequence)
{
    const event_command_proposed_t *told = &event->command_proposed;
    make_room(self, event->at);
    proposal_t *row = &self->rows[self->count++];
    *row = (proposal_t){.id = event->cause.command,
                        .sequence = sequence,
                        .at = event->at,
                        .expires = told->expires,
                        .amount = told->amount,
                        .state = PROPOSAL_OPEN};
    certificate_name_copy(row->certificate, told->certificate);
    if (told->request.size <= PROPOSAL_BYTES_MAX) {
        row->size = told->request.size;
        memcpy(row->request, told->request.data, row->size);
    }
}

static void settle(proposals_t *self, uint64_t sequence, proposal_state_t state, text_t by)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->rows[i].sequence == sequence) {
            self->rows[i].state = state;
            certificate_name_copy(self->rows[i].by, by);
        }
}

void proposals_note(proposals_t *self, const event_t *event, uint64_t sequence)
{
    if (event->type == EVENT_command_proposed)
        note_proposed(self, event, sequence);
    else if (event->type == EVENT_command_rejected)
        settle(self, event->command_rejected.proposal, PROPOSAL_REJECTED,
               event->command_rejected.certificate);
    else if (event->type == EVENT_command_sent_by && event->command_sent_by.proposal)
        settle(self, event->command_sent_by.proposal, PROPOSAL_APPROVED,
               event->command_sent_by.approver);
}
