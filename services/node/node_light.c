#include "services/node/node_light.h"
#include "services/node/node_streams.h"
#include "proto/service.h"
#include <inttypes.h>
#include <stdio.h>

// Which feed it is has no name here: it is a producer's number.
static void name_of(stream_t stream, char out[ALARM_ABOUT_MAX + 1])
{
    const char *name = service_stream_name(stream);
    if (name)
        snprintf(out, ALARM_ABOUT_MAX + 1, "%s", name);
    else
        snprintf(out, ALARM_ABOUT_MAX + 1, "%" PRIu64, (uint64_t)stream);
}

static bool is_judged_by(const follower_t *follower)
{
    return follower->mode != FOLLOWER_FEED;
}

static void raise_trouble(node_t *self, const follower_t *follower)
{
    char about[ALARM_ABOUT_MAX + 1], what[2 * (ALARM_ABOUT_MAX + 1)];
    name_of(follower->stream, about);
    snprintf(what, sizeof what, "%s: %s", about, follower->trouble);
    alarms_raise(&self->alarms, follower->contradicted ? ALARM_WITNESS : ALARM_HISTORY, what,
                 self->clock.reading.wall);
}

// A stream is behind for a moment again and again; that is no alarm before NODE_BEHIND_US, but for
// one that this process never was up to date with.
static void look_at_stream(node_t *self, node_behind_t *behind, const follower_t *follower)
{
    const node_clock_t *reading = &self->clock.reading;
    if (follower->trouble)
        raise_trouble(self, follower);
    if (!is_judged_by(follower))
        return;
    if (follower->trouble) { // once an operator has ended it, it is behind until it has caught up
        if (!behind->since)
            behind->since = reading->monotonic;
        return;
    }
    if (node_is_current(self, follower)) {
        *behind = (node_behind_t){.was_current = true};
        return;
    }
    if (!behind->since)
        behind->since = reading->monotonic;
    if (!behind->was_current || reading->monotonic - behind->since >= NODE_BEHIND_US) {
        char about[ALARM_ABOUT_MAX + 1];
        name_of(follower->stream, about);
        alarms_raise(&self->alarms, ALARM_BEHIND, about, reading->wall);
    }
}

static void look_at_clock(node_t *self)
{
    clock_trust_t *clock = &self->clock;
    instant_t now = clock->reading.wall;
    char about[ALARM_ABOUT_MAX + 1];
    if (node_clock_is_doubted(&self->clock)) {
        int64_t off_s = self->config.driven ? 0 : node_clock_off_us(clock) / SECOND_US;
        snprintf(about, sizeof about, "%" PRId64 " s %s", off_s < 0 ? -off_s : off_s,
                 off_s < 0 ? "behind" : "ahead");
        alarms_raise(&self->alarms, ALARM_CLOCK, off_s ? about : "", now);
    }
    if (node_clock_stands_us(clock, self->head.time) > NODE_CLOCK_JUMP_US &&
        !node_clock_is_doubted(clock)) // else that is what to see to
        alarms_raise(&self->alarms, ALARM_STAMPS, "", now);
    bool lately = clock->reading.monotonic - clock->woken_at < NODE_SLEPT_US;
    for (size_t i = 0; i < self->followers_count; i++)
        lately = lately || (is_judged_by(&self->followers[i]) && self->followers[i].unvouched);
    if (!lately)
        node_clock_awake(clock);
    if (clock->slept_us) {
        snprintf(about, sizeof about, "%" PRId64 " s",
                 (clock->slept_us + SECOND_US / 2) / SECOND_US);
        alarms_raise(&self->alarms, ALARM_SLEPT, about, now);
    }
}

static void raise_of_core(void *arg, alarm_t code, const char *about)
{
    node_t *self = arg;
    alarms_raise(&self->alarms, code, about, self->clock.reading.wall);
}

static void look_at_feeds(node_t *self)
{
    if (!self->core->feed_bytes)
        return;
    uint64_t most = self->core->feed_bytes(self->state);
    char about[ALARM_ABOUT_MAX + 1];
    for (size_t i = 0; i < self->spent.count; i++)
        if (feed_spent_row(&self->spent, i, self->head.time) >= most) {
            snprintf(about, sizeof about, "%s: bytes of the journal", self->spent.rows[i].owner);
            alarms_raise(&self->alarms, ALARM_QUOTA, about, self->clock.reading.wall);
        }
}

void node_light_look(node_t *self)
{
    instant_t now = self->clock.reading.wall;
    alarms_begin(&self->alarms);
    if (!self->booted)
        alarms_raise(&self->alarms, ALARM_STARTING, "", now);
    if (self->full)
        alarms_raise(&self->alarms, ALARM_FULL, "", now);
    look_at_clock(self);
    for (size_t i = 0; i < self->followers_count; i++)
        look_at_stream(self, &self->behind[i], &self->followers[i]);
    const outside_health_t *outside = self->core->outside ? self->core->outside(self->state) : NULL;
    if (outside && outside->outage)
        alarms_raise(&self->alarms, ALARM_OUTSIDE, codes_text(CODES_outage, outside->outage), now);
    if (self->core->light)
        self->core->light(self->state, self->head.time, raise_of_core, self);
    look_at_feeds(self);
    alarms_end(&self->alarms);
}
