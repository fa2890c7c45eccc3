#include "services/node/feed_senders.h"
#include <string.h>

WALK_ROW(feed_sender_t)

void feed_senders_walk(feed_senders_t *self, walk_t *walk)
{
    WALK(walk, self->count);
    WALK(walk, self->next);
    if (walk_loads(walk) && self->count > FEED_SENDERS_MAX)
        walk->fail = FAIL_CORRUPT;
    if (!walk->fail)
        walk_rows(walk, "rows", self->rows, sizeof *self->rows, self->count,
                  walk_clear_feed_sender_t);
    WALK_PASS(walk, self->rows); // those that are not used
    WALK_WHOLE(walk, feed_senders_t, self);
}

static feed_sender_t *find(feed_senders_t *self, stream_t producer)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->rows[i].producer == producer)
            return &self->rows[i];
    return NULL;
}

// A name longer than a certificate's can be is one of another program's: cut, and noted again.
static size_t size_of(text_t name)
{
    return name.size < FEED_SENDER_NAME_MAX ? name.size : FEED_SENDER_NAME_MAX;
}

bool feed_senders_know(const feed_senders_t *self, const event_feed_sent_by_t *sender)
{
    const feed_sender_t *row = find((feed_senders_t *)self, sender->producer);
    return row && row->epoch == sender->epoch && row->imported == sender->imported &&
           row->size == sender->certificate.size &&
           memcmp(row->name, sender->certificate.data, row->size) == 0;
}

void feed_senders_note(feed_senders_t *self, const event_feed_sent_by_t *sender)
{
    feed_sender_t *row = find(self, sender->producer);
    if (!row && self->count < FEED_SENDERS_MAX)
        row = &self->rows[self->count++];
    else if (!row) {
        row = &self->rows[self->next];
        self->next = (self->next + 1) % FEED_SENDERS_MAX;
    }
    *row = (feed_sender_t){.producer = sender->producer,
                           .epoch = sender->epoch,
                           .size = size_of(sender->certificate),
                           .imported = sender->imported};
    if (row->size)
        memcpy(row->name, sender->certificate.data, row->size);
}
