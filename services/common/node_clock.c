#include "services/common/node_parts.h"

#define JUMP_US (60 * SECOND_US)
#define SLEPT_US DAY_US

void node_clock_judge(node_t *self, const node_clock_t *clock)
{
    // A correction of less than a jump is no reason to wait for an operator at every start, nor is
    // a day's rest.
    instant_t expected = self->clock_known
                             ? self->clock.now + (clock->monotonic - self->clock.monotonic)
                             : self->head.time;
    int64_t off = expected ? clock->now - expected : 0;
    bool behind = off < -JUMP_US;
    bool doubted = behind || off > (self->clock_known ? JUMP_US : SLEPT_US);
    self->clock = *clock;
    self->clock_known = true;
    if (self->config.driven)
        // A process that was started again knows the time of its last commit only: what is judged
        // by it would be judged in the past, until clock.set.
        self->clock_doubted = self->clock_doubted || (!self->booted && self->head.last);
    else if ((doubted && !node_clock_is_doubted(self)) || (behind && !node_clock_is_behind(self)))
        self->doubt = (event_node_clock_doubted_t){.expected = expected, .said = clock->now};
}

void node_clock_store(node_t *self)
{
    bool behind = self->doubt.said < self->doubt.expected;
    bool stored = self->clock_doubted && (self->clock_behind || !behind);
    if (self->doubt.expected && !stored && self->booted && !self->full)
        node_emit(self, EVENT_node_clock_doubted, &(cause_t){0}, &self->doubt, sizeof self->doubt);
}

void node_clock_confirm(node_t *self, const cause_t *cause)
{
    node_emit(self, EVENT_node_clock_confirmed, cause, NULL, 0);
    self->doubt = (event_node_clock_doubted_t){0};
}

void node_clock_note(node_t *self, const event_t *event)
{
    const event_node_clock_doubted_t *doubt = &event->node_clock_doubted;
    if (event->type == EVENT_node_clock_doubted) {
        self->clock_doubted = true;
        self->clock_behind = self->clock_behind || doubt->said < doubt->expected;
    } else if (event->type == EVENT_node_clock_confirmed)
        self->clock_doubted = self->clock_behind = false;
}

void node_resume(node_t *self, const node_t *before)
{
    self->clock = before->clock;
    self->clock_known = before->clock_known;
    self->doubt = before->doubt;
}
