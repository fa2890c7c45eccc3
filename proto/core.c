#include "proto/core.h"
#include <assert.h>

event_t *decision_add(decision_t *self, event_type_t type)
{
    assert(self->count < DECISION_EVENTS_MAX);
    event_t *event = &self->events[self->count++];
    size_t size = sizeof *event;
    __asm__("" : "+r"(size)); // or gcc writes `rep stos` out, which takes longer than the call
    memset(event, 0, size);
    event->type = type;
    event->at = self->input->now;
    event->cause = self->input->cause;
    return event;
}

void *decision_scratch(decision_t *self, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (size > DECISION_SCRATCH_BYTES - self->scratch_used)
        return NULL;
    void *at = self->scratch + self->scratch_used;
    self->scratch_used += size;
    return at;
}

static void add_row(decision_t *self, const side_row_t *row)
{
    assert(self->rows_count < DECISION_ROWS_MAX && row->bytes.size <= SIDE_ROW_MAX);
    self->rows[self->rows_count++] = *row;
}

void decision_put_row(decision_t *self, const uid_t16 *owner, uint8_t kind, bytes_t bytes)
{
    assert(kind >= SIDE_KIND_FIRST && kind < SIDE_KINDS && bytes.size > 0);
    add_row(self, &(side_row_t){*owner, kind, bytes});
}

void decision_erase_rows(decision_t *self, const uid_t16 *owner)
{
    add_row(self, &(side_row_t){.owner = *owner});
}

fail_t decision_refuse(decision_t *self, fail_t fail, const char *detail)
{
    assert(fail && self->count == 0);
    self->detail = detail;
    return fail;
}
