#include "services/metering/metering_light.h"
#include "services/metering/metering_hours.h"
#include "services/metering/metering_quotas.h"
#include <inttypes.h>
#include <stdio.h>

enum { ABOUT_MAX = 160 };

// The first quota that this much has reached; NULL if none.
static const char *reached(const metering_state_t *self, const quotas_taken_t *taken)
{
    const event_quotas_changed_t *q = &self->quotas;
    if (taken->meters >= q->meters)
        return "meters";
    if (taken->meters_hour >= q->meters_hour)
        return "meters an hour";
    if (taken->accounts_hour >= q->accounts_hour)
        return "accounts an hour";
    if (taken->busy >= q->replicas)
        return "replicas";
    if (taken->refusals_hour >= q->refusals_hour)
        return "refusals an hour";
    if (!quotas_allow_meter(self, taken, self->meters.used, false))
        return "room for meters";
    return quotas_allow_replica(self, taken, table_used(&self->replicas)) ? NULL
                                                                          : "room for replicas";
}

// Producers of one owner are told of once, by the first of them.
static bool is_first_of_owner(const owners_t *owners, uint32_t row)
{
    text_t name = {owners->rows[row].name, owners->rows[row].size};
    for (uint32_t i = 1; name.size && i < row; i++)
        if (owners_is_named(owners, i, name))
            return false;
    return true;
}

static void look_at_owners(const metering_state_t *self, instant_t now, core_raise_fn *raise,
                           void *arg)
{
    for (uint32_t i = 1; i < self->owners.count; i++) {
        const owner_t *owner = &self->owners.rows[i];
        if (!is_first_of_owner(&self->owners, i))
            continue;
        quotas_taken_t taken;
        quotas_taken(self, i, (text_t){owner->name, owner->size}, now, &taken);
        const char *what = reached(self, &taken);
        char about[ABOUT_MAX];
        snprintf(about, sizeof about, "producer %" PRIu64 ": %s", owner->producer,
                 what ? what : "");
        if (what)
            raise(arg, ALARM_QUOTA, about);
    }
    if (self->quota_refused && now - self->quota_refused < HOUR_US)
        raise(arg, ALARM_QUOTA, "replicas of an account");
}

static void look_at_producers(const metering_state_t *self, instant_t now, core_raise_fn *raise,
                              void *arg)
{
    uint32_t hour = hours_next(self);
    instant_t wait = (instant_t)self->quotas.wait_us;
    stream_t awaited = STREAM_NONE;
    if (hour != HOUR_NONE && now >= hour_start(hour) + HOUR_US + wait)
        awaited = hours_producer_waited_for(self);
    for (size_t i = 0; i < self->producers_count; i++) {
        const producer_t *producer = &self->producers[i];
        char about[ABOUT_MAX];
        snprintf(about, sizeof about, "producer %" PRIu64, producer->producer);
        if (producer->producer == awaited || hours_is_passed_over(self, producer))
            raise(arg, ALARM_AWAITED, about);
    }
    // Whom no hour waits for, and who runs what nobody vouches for.
    for (uint32_t i = 1; i < self->owners.count; i++) {
        const owner_t *owner = &self->owners.rows[i];
        char about[ABOUT_MAX];
        snprintf(about, sizeof about, "producer %" PRIu64, owner->producer);
        if (owner->vouching == BOUNDED && owner->busy &&
            hours_producer_through(self, owner->producer) == INT64_MIN)
            raise(arg, ALARM_AWAITED, about);
    }
}

void metering_light(const void *state, instant_t now, core_raise_fn *raise, void *arg)
{
    look_at_owners(state, now, raise, arg);
    look_at_producers(state, now, raise, arg);
}
