#include "services/node/feed_spent.h"
#include <inttypes.h>
#include <stdio.h>

static void name_of(stream_t producer, text_t owner, char ret_name[FEED_SPENT_NAME_MAX + 1])
{
    if (owner.size)
        snprintf(ret_name, FEED_SPENT_NAME_MAX + 1, "%.*s", (int)owner.size, owner.data);
    else
        snprintf(ret_name, FEED_SPENT_NAME_MAX + 1, "%" PRIu64, producer);
}

static feed_spent_row_t *find(const feed_spent_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->rows[i].owner, name) == 0)
            return (feed_spent_row_t *)&self->rows[i];
    return NULL;
}

static uint64_t spent(const feed_spent_row_t *row, instant_t now)
{
    return row && row->hour == now / HOUR_US ? row->bytes : 0;
}

uint64_t feed_spent_of(const feed_spent_t *self, stream_t producer, text_t owner, instant_t now)
{
    char name[FEED_SPENT_NAME_MAX + 1];
    name_of(producer, owner, name);
    return spent(find(self, name), now);
}

uint64_t feed_spent_row(const feed_spent_t *self, size_t index, instant_t now)
{
    return spent(&self->rows[index], now);
}

void feed_spent_add(feed_spent_t *self, stream_t producer, text_t owner, instant_t now,
                    uint64_t bytes)
{
    char name[FEED_SPENT_NAME_MAX + 1];
    name_of(producer, owner, name);
    feed_spent_row_t *row = find(self, name);
    if (!row && self->count < FEED_SPENT_MAX)
        row = &self->rows[self->count++];
    else if (!row) {
        row = &self->rows[self->next];
        self->next = (self->next + 1) % FEED_SPENT_MAX;
    } else
        bytes += spent(row, now);
    *row = (feed_spent_row_t){.hour = now / HOUR_US, .bytes = bytes};
    memcpy(row->owner, name, sizeof name);
}
