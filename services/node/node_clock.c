#include "services/node/node_clock.h"

#define REST_US DAY_US // between two processes, where the head knows no clocks
#define FEEDS_WAIT_US DAY_US
#define ALLOWED_IN_US (1000000 / NODE_CLOCK_DRIFT_PPM) // a microsecond of drift in so many
#define SLEEP_US (5 * SECOND_US)                       // what was heard before may be old

static bool has_unrecorded(const clock_trust_t *self)
{
    return self->unrecorded.expected && !self->recorded;
}

static int64_t leap_of(const event_node_clock_doubted_t *doubt)
{
    return doubt->said - doubt->expected;
}

// A doubt counts from the moment it arises, recorded or not.
int64_t node_clock_off_us(const clock_trust_t *self)
{
    return self->recorded_ahead_us + (has_unrecorded(self) ? leap_of(&self->unrecorded) : 0);
}

static bool is_over(int64_t off_us)
{
    return off_us < -NODE_CLOCK_JUMP_US || off_us > NODE_CLOCK_JUMP_US;
}

bool node_clock_is_absurd(instant_t now)
{
    return now < NODE_CLOCK_LEAST || now >= NODE_CLOCK_MOST;
}

bool node_clock_is_doubted(const clock_trust_t *self)
{
    return self->doubted || has_unrecorded(self);
}

int64_t node_clock_ahead_us(const clock_trust_t *self)
{
    int64_t off_us = node_clock_off_us(self);
    return self->driven || off_us < 0 ? 0 : off_us;
}

static bool is_behind(const clock_trust_t *self)
{
    return self->was_behind || node_clock_off_us(self) < -NODE_CLOCK_JUMP_US;
}

int64_t node_clock_stands_us(const clock_trust_t *self, instant_t stamp)
{
    int64_t ahead_us = stamp - node_clock_now(self, &self->reading, stamp);
    return ahead_us > 0 ? ahead_us : 0;
}

bool node_clock_is_late(const clock_trust_t *self, instant_t stamp)
{
    if (self->driven)
        return self->doubted;
    return is_behind(self) || node_clock_off_us(self) >= FEEDS_WAIT_US ||
           node_clock_stands_us(self, stamp) >= FEEDS_WAIT_US;
}

instant_t node_clock_now(const clock_trust_t *self, const node_clock_t *reading, instant_t stamp)
{
    return self->driven ? stamp : reading->now - node_clock_ahead_us(self);
}

instant_t node_clock_stamp(const clock_trust_t *self, instant_t stamp)
{
    instant_t now = node_clock_now(self, &self->reading, stamp);
    return now > stamp ? now : stamp;
}

// --- the own readings ---

void node_clock_restore(clock_trust_t *self, const head_clock_t *before)
{
    self->before = *before;
}

head_clock_t node_clock_stored(const clock_trust_t *self)
{
    if (self->driven || !self->has_read)
        return (head_clock_t){0};
    int64_t unknown_us = has_unrecorded(self) ? leap_of(&self->unrecorded) : 0;
    return (head_clock_t){.boot = self->reading.boot,
                          .now = self->reading.now - unknown_us,
                          .monotonic = self->reading.monotonic,
                          .crept_us = self->crept_us};
}

// The first reading of a process goes on from its predecessor's last one, if the same boot has it.
static void go_on(clock_trust_t *self, const node_clock_t *reading)
{
    const head_clock_t *before = &self->before;
    if (self->has_read || !before->now || uid_is_zero(&reading->boot) ||
        !uid_equal(&before->boot, &reading->boot) || before->monotonic > reading->monotonic)
        return;
    self->reading = *reading; // what it slept before this process is nobody's loss
    self->reading.now = before->now;
    self->reading.monotonic = before->monotonic;
    self->crept_us = before->crept_us;
    self->has_read = true;
}

// By the monotonic clock; in another boot, by the last stamp and the leap that is known.
static instant_t expect(const clock_trust_t *self, const node_clock_t *reading, instant_t stamp)
{
    if (self->has_read)
        return self->reading.now + (reading->monotonic - self->reading.monotonic);
    return stamp ? stamp + self->recorded_ahead_us : reading->now;
}

// How far the clock is off the monotonic one, with this reading: the jumps of all readings, less
// what an honest clock may drift. What is less than a microsecond of drift is allowed for later.
static int64_t creep(clock_trust_t *self, const node_clock_t *reading, int64_t jump_us)
{
    self->spare_us += reading->monotonic - self->reading.monotonic;
    int64_t allowed = self->spare_us / ALLOWED_IN_US;
    self->spare_us %= ALLOWED_IN_US;
    int64_t off = self->crept_us;
    off = off > 0 ? (off > allowed ? off - allowed : 0) : (off < -allowed ? off + allowed : 0);
    return off + jump_us;
}

// Of a process that knows no reading of this boot. The leap may be none: a clock may be as far
// behind as the process was down.
static bool doubts_first(clock_trust_t *self, int64_t jump_us)
{
    if (self->before.now)
        return true;
    bool rested = jump_us >= -NODE_CLOCK_JUMP_US && jump_us <= REST_US;
    self->crept_us = rested && jump_us < 0 ? jump_us : 0; // before the last stamp already
    return !rested;
}

// Whether there is a reason for doubt: a jump, or small ones that came to as much. *leap_us: by how
// much the clock is off that is not known yet.
static bool doubts(clock_trust_t *self, const node_clock_t *reading, int64_t *leap_us)
{
    if (!self->has_read)
        return doubts_first(self, *leap_us);
    bool jumped = is_over(*leap_us);
    self->crept_us = creep(self, reading, jumped ? 0 : *leap_us);
    if (jumped)
        return true;
    if (!is_over(self->crept_us))
        return false;
    *leap_us = self->crept_us;
    self->crept_us = 0; // it is in the leap
    return true;
}

// The machine slept, or it was frozen and its clock set right: for all clocks but the wall's no
// time went by then. What waits to be read is older than it looks.
static void look_for_gap(clock_trust_t *self, const node_clock_t *reading, int64_t jump_us)
{
    self->gap = false;
    if (!self->has_read)
        return;
    int64_t slept_us = reading->slept_us - self->reading.slept_us;
    self->gap = slept_us > SLEEP_US || jump_us > NODE_CLOCK_JUMP_US;
    if (slept_us <= SLEEP_US)
        return;
    self->slept_us = slept_us;
    self->woken_at = reading->monotonic;
}

void node_clock_judge(clock_trust_t *self, const node_clock_t *reading, instant_t stamp,
                      bool starts)
{
    if (self->recorded) // by the batch before, which was committed
        self->unrecorded = (event_node_clock_doubted_t){0};
    self->recorded = false;
    if (!self->driven)
        go_on(self, reading);
    int64_t leap_us = reading->now - expect(self, reading, stamp);
    look_for_gap(self, reading, self->driven ? 0 : leap_us);
    bool doubted = !self->driven && doubts(self, reading, &leap_us);
    self->reading = *reading;
    self->has_read = true;
    if (self->driven)
        // A process that was started again knows the time of its last commit only: what is judged
        // by it would be judged in the past, until clock.set.
        self->doubted = self->doubted || starts;
    else if (doubted) { // one with what is unrecorded already: nothing was stamped in between
        self->unrecorded = (event_node_clock_doubted_t){
            .expected = reading->now - leap_us - leap_of(&self->unrecorded), .said = reading->now};
        self->borne_out = false;
    }
}

const event_node_clock_doubted_t *node_clock_to_record(const clock_trust_t *self)
{
    return has_unrecorded(self) ? &self->unrecorded : NULL;
}

void node_clock_recorded(clock_trust_t *self)
{
    self->recorded = true;
}

void node_clock_note(clock_trust_t *self, const event_t *event)
{
    if (event->type == EVENT_node_clock_doubted) {
        int64_t sum = self->recorded_ahead_us + leap_of(&event->node_clock_doubted);
        self->doubted = true;
        self->was_behind = self->was_behind || sum < -NODE_CLOCK_JUMP_US;
        self->recorded_ahead_us = sum < 0 ? 0 : sum;
    } else if (event->type == EVENT_node_clock_confirmed ||
               event->type == EVENT_node_clock_borne_out) {
        self->doubted = self->was_behind = false;
        self->recorded_ahead_us = self->crept_us = 0;
    }
    if (event->type == EVENT_node_clock_borne_out) // else it could creep on by a minute each time
        self->crept_us = event->node_clock_borne_out.said - event->node_clock_borne_out.heard;
}

void node_clock_walk(clock_trust_t *self, walk_t *walk)
{
    WALK(walk, self->doubted);
    WALK(walk, self->was_behind);
    WALK(walk, self->recorded_ahead_us);
    WALK(walk, self->crept_us);
}

void node_clock_set(clock_trust_t *self)
{
    self->doubted = false;
}

void node_clock_awake(clock_trust_t *self)
{
    self->slept_us = 0;
}

void node_clock_resume(clock_trust_t *self, const clock_trust_t *before)
{
    self->reading = before->reading;
    self->has_read = before->has_read;
    self->unrecorded = before->unrecorded;
    self->crept_us = before->crept_us;
    self->spare_us = before->spare_us;
    self->borne_out = before->borne_out;
    self->heard_ahead_us = before->heard_ahead_us;
    self->slept_us = before->slept_us;
    self->woken_at = before->woken_at;
}

// --- others' clocks ---

void node_clock_believe(clock_trust_t *self, instant_t said)
{
    int64_t ahead_us = said - self->reading.monotonic;
    // Of several words the one that was under way for the shortest time is the best.
    if (!self->borne_out || ahead_us > self->heard_ahead_us)
        self->heard_ahead_us = ahead_us;
    self->borne_out = true;
}

bool node_clock_hear(clock_trust_t *self, instant_t said, bool fresh)
{
    if (self->driven || is_over(self->reading.now - said) || (is_behind(self) && !fresh))
        return false;
    if (node_clock_is_doubted(self))
        return true;
    node_clock_believe(self, said);
    return false;
}

bool node_clock_wants_word(const clock_trust_t *self)
{
    return !self->driven && !self->borne_out;
}

bool node_clock_vouches(const clock_trust_t *self, int64_t *ret_ahead_us)
{
    if (!self->borne_out || node_clock_is_doubted(self))
        return false;
    *ret_ahead_us = self->heard_ahead_us;
    return true;
}
