#include "tools/kopeck/given_back.h"
#include "proto/posting.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

// Metering's event that asks to give back, and what had been charged for.
typedef struct given_back_note {
    uint64_t credit, service;
} note_t;

void given_back_init(given_back_t *self, given_back_visit_fn *visit, void *arg)
{
    *self = (given_back_t){.visit = visit, .arg = arg};
}

void given_back_release(given_back_t *self)
{
    free(self->noted);
    *self = (given_back_t){0};
}

static void note(given_back_t *self, uint64_t credit, uint64_t service)
{
    if (self->noted_count == self->noted_room) {
        self->noted_room = self->noted_room ? 2 * self->noted_room : 64;
        self->noted = realloc(self->noted, self->noted_room * sizeof *self->noted);
        assert(self->noted);
    }
    self->noted[self->noted_count++] = (note_t){credit, service};
}

// They are made in the order in which they were noted, but for a few.
static uint64_t take_note(given_back_t *self, uint64_t credit)
{
    for (size_t i = 0; i < self->noted_count; i++)
        if (self->noted[i].credit == credit) {
            uint64_t service = self->noted[i].service;
            memmove(&self->noted[i], &self->noted[i + 1],
                    (--self->noted_count - i) * sizeof *self->noted);
            return service;
        }
    return 0;
}

static bool gives_back(const event_t *event)
{
    return event->type == EVENT_posted &&
           (event->posted.kind == POSTING_CREDIT || event->posted.kind == POSTING_CREDIT_BONUS);
}

static bool let_go(given_back_t *self, uint64_t service)
{
    bool goes_on = true;
    for (size_t i = 0; goes_on && i < self->held_count; i++)
        goes_on = self->visit(self->arg, self->held[i].sequence, &self->held[i].event, service);
    self->held_count = 0;
    return goes_on;
}

bool given_back_feed(given_back_t *self, uint64_t sequence, const event_t *event, uint64_t service)
{
    uint64_t back = 0;
    if (gives_back(event) && self->held_count < GIVEN_BACK_MAX) {
        self->held[self->held_count].sequence = sequence;
        self->held[self->held_count++].event = *event;
        return true;
    }
    if (event->type == EVENT_credit_noted)
        note(self, event->credit_noted.credit, service);
    if (event->type == EVENT_credit_made)
        back = take_note(self, event->credit_made.credit);
    bool ends = event->type == EVENT_credit_made || event->type == EVENT_posted;
    return (!ends || let_go(self, back)) && self->visit(self->arg, sequence, event, service);
}

bool given_back_end(given_back_t *self)
{
    return let_go(self, 0);
}
