// Whether the clock is right. A reading that is over a minute off what the monotonic clock makes of
// the one before, or at a start over a minute before the last stamp or over a day after it, is
// doubted, and so is the clock until an operator confirms it: nothing is judged. The doubts
// themselves, which the journal holds, say by how much it is off:
// - ahead: the stamps go on without the leap. They never go back, and by wrong ones all usage of
//   today would be too late for good. From a day on feeds wait too, for what is that far in the
//   future is refused for good.
// - behind: the stamps stand still until it has caught up, and feeds wait until it is confirmed.
// A leap that is put right again leaves nothing but the doubt.
#include "services/common/node_parts.h"

#define JUMP_US (60 * SECOND_US)
#define SLEPT_US DAY_US
#define FEEDS_WAIT_US DAY_US

static bool waits(const node_t *self)
{
    return self->doubt.expected && !self->doubt_stored;
}

static int64_t size(const event_node_clock_doubted_t *doubt)
{
    return doubt->said - doubt->expected;
}

// A doubt counts from the moment it arises, stored or not.
static int64_t off(const node_t *self)
{
    return self->clock_ahead_us + (waits(self) ? size(&self->doubt) : 0);
}

bool node_clock_is_doubted(const node_t *self)
{
    return self->clock_doubted || waits(self);
}

int64_t node_clock_ahead_us(const node_t *self)
{
    return self->config.driven || off(self) < 0 ? 0 : off(self);
}

bool node_clock_is_late(const node_t *self)
{
    if (self->config.driven)
        return self->clock_doubted;
    return self->clock_behind || off(self) < -JUMP_US || off(self) >= FEEDS_WAIT_US;
}

instant_t node_clock_now(const node_t *self, const node_clock_t *clock)
{
    return self->config.driven ? self->head.time : clock->now - node_clock_ahead_us(self);
}

// By the monotonic clock; at a start, by the last stamp and the leap that is known.
static instant_t expect(const node_t *self, const node_clock_t *clock)
{
    if (self->clock_known)
        return self->clock.now + (clock->monotonic - self->clock.monotonic);
    return self->head.time ? self->head.time + self->clock_ahead_us : clock->now;
}

void node_clock_judge(node_t *self, const node_clock_t *clock)
{
    if (self->doubt_stored) // by the batch before, which was committed
        self->doubt = (event_node_clock_doubted_t){0};
    self->doubt_stored = false;
    // A correction of less than a jump is no reason to wait for an operator at every start, nor is
    // a day's rest.
    instant_t expected = expect(self, clock);
    int64_t jump = clock->now - expected;
    bool doubted = jump < -JUMP_US || jump > (self->clock_known ? JUMP_US : SLEPT_US);
    self->clock = *clock;
    self->clock_known = true;
    if (self->config.driven)
        // A process that was started again knows the time of its last commit only: what is judged
        // by it would be judged in the past, until clock.set.
        self->clock_doubted = self->clock_doubted || (!self->booted && self->head.last);
    else if (doubted) // one with what waits for room already: nothing was stamped in between
        self->doubt = (event_node_clock_doubted_t){.expected = expected - size(&self->doubt),
                                                   .said = clock->now};
}

void node_clock_stamp(node_t *self)
{
    instant_t now = node_clock_now(self, &self->clock);
    if (now > self->head.time)
        self->head.time = now;
}

void node_clock_store(node_t *self)
{
    if (!waits(self) || !self->booted || self->full)
        return;
    node_emit(self, EVENT_node_clock_doubted, &(cause_t){0}, &self->doubt, sizeof self->doubt);
    self->doubt_stored = true;
}

void node_clock_confirm(node_t *self, const cause_t *cause)
{
    node_emit(self, EVENT_node_clock_confirmed, cause, NULL, 0);
    node_clock_stamp(self); // with this commit, or the next start would doubt what was confirmed
}

void node_clock_note(node_t *self, const event_t *event)
{
    if (event->type == EVENT_node_clock_doubted) {
        int64_t sum = self->clock_ahead_us + size(&event->node_clock_doubted);
        self->clock_doubted = true;
        self->clock_behind = self->clock_behind || sum < -JUMP_US;
        self->clock_ahead_us = sum < 0 ? 0 : sum;
    } else if (event->type == EVENT_node_clock_confirmed) {
        self->clock_doubted = self->clock_behind = false;
        self->clock_ahead_us = 0;
    }
}

void node_resume(node_t *self, const node_t *before)
{
    self->clock = before->clock;
    self->clock_known = before->clock_known;
    self->doubt = before->doubt;
}
