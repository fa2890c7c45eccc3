#include "tools/kopeck/verify_cursors.h"
#include <string.h>

#define RULE "cursors: nobody follows another history than is there"

void verify_cursors_init(verify_cursors_t *self, verify_report_t *report)
{
    *self = (verify_cursors_t){.report = report};
}

static bool check(const verify_cursors_t *self, const verify_cursor_t *row, bool holds,
                  const char *expected)
{
    return verify_that(self->report, RULE, row->follower, row->last, holds, expected,
                       (int64_t)row->cursor.sequence);
}

void verify_cursors_add(verify_cursors_t *self, stream_t follower, uint64_t last,
                        const cursor_t *cursor, uint64_t epoch)
{
    if (cursor->epoch == 0 || self->count == VERIFY_CURSORS_MAX)
        return;
    verify_cursor_t *row = &self->rows[self->count++];
    *row = (verify_cursor_t){.follower = follower, .last = last, .cursor = *cursor};
    row->other = !check(self, row, cursor->epoch == epoch,
                        "a cursor in the history whose name the other journal has");
    row->met = row->other || cursor->sequence == 0;
}

void verify_cursors_feed(verify_cursors_t *self, stream_t stream, uint64_t sequence,
                         const hash_t *leaf)
{
    static const hash_t none;
    for (size_t i = 0; i < self->count; i++) {
        verify_cursor_t *row = &self->rows[i];
        if (row->met || row->cursor.stream != stream || row->cursor.sequence != sequence)
            continue;
        row->met = true;
        if (memcmp(&row->cursor.leaf, &none, sizeof none) != 0)
            (void)check(self, row, memcmp(&row->cursor.leaf, leaf, sizeof *leaf) == 0,
                        "that event, as it was taken in, in the other journal");
    }
}

void verify_cursors_finish(verify_cursors_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (!self->rows[i].met)
            (void)check(self, &self->rows[i], false, "an event that the other journal holds");
}
