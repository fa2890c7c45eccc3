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

fail_t decision_refuse(decision_t *self, fail_t fail, const char *detail)
{
    assert(fail && self->count == 0);
    self->detail = detail;
    return fail;
}
