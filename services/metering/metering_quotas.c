#include "services/metering/metering_quotas.h"

enum {
    HELD_OF_BUSY = 4,  // replicas held, idle ones too, for each that may be busy
    SCARCE_PART = 8,   // the last part of a table, in which
    SCARCE_SHARE = 128 // nobody gets more than this part of the whole
};

const event_quotas_changed_t quotas_default = {.replicas = 2000000,
                                               .replicas_account = 200,
                                               .meters = 2000000,
                                               .meters_hour = 2000000,
                                               .accounts_hour = 250000,
                                               .bytes_hour = UINT64_C(2) << 30,
                                               .refusals_hour = 10000,
                                               .wait_us = (uint64_t)HOUR_US};

void quotas_taken(const metering_state_t *self, uint32_t row, text_t owner, instant_t now,
                  quotas_taken_t *ret_taken)
{
    *ret_taken = (quotas_taken_t){0};
    for (uint32_t i = owner.size ? 1 : row; i && i < self->owners.count; i++) {
        const owner_t *at = &self->owners.rows[i];
        if (owners_share(&self->owners, i, row, owner)) {
            bool same_hour = at->hour == hour_of(now);
            ret_taken->meters += at->meters;
            ret_taken->replicas += (uint64_t)at->replicas + at->loose;
            ret_taken->busy += at->busy;
            ret_taken->meters_hour += same_hour ? at->hour_meters : 0;
            ret_taken->accounts_hour += same_hour ? at->hour_accounts : 0;
            ret_taken->refusals_hour += same_hour ? at->hour_refusals : 0;
        }
        if (!owner.size)
            return;
    }
}

static bool has_room(uint64_t used, uint64_t held, uint64_t max)
{
    return used < max - max / SCARCE_PART || (used < max && held < max / SCARCE_SHARE);
}

bool quotas_allow_meter(const metering_state_t *self, const quotas_taken_t *taken, uint64_t used,
                        bool new_account)
{
    return taken->meters < self->quotas.meters && taken->meters_hour < self->quotas.meters_hour &&
           (!new_account || taken->accounts_hour < self->quotas.accounts_hour) &&
           has_room(used, taken->meters, self->limits.meters_max);
}

bool quotas_allow_busy(const metering_state_t *self, const quotas_taken_t *taken)
{
    return taken->busy < self->quotas.replicas;
}

bool quotas_allow_replica(const metering_state_t *self, const quotas_taken_t *taken, uint64_t used)
{
    return quotas_allow_busy(self, taken) &&
           taken->replicas / HELD_OF_BUSY < self->quotas.replicas &&
           has_room(used, taken->replicas, self->limits.replicas_max);
}

owner_t *quotas_hour(metering_state_t *self, uint32_t row, instant_t stamped)
{
    owner_t *owner = &self->owners.rows[row];
    if (owner->hour != hour_of(stamped)) {
        owner->hour = hour_of(stamped);
        owner->hour_meters = owner->hour_accounts = owner->hour_refusals = 0;
    }
    return owner;
}

void quotas_busy(metering_state_t *self, uint32_t number, int by)
{
    const meter_t *meter = rows_meter(self, number);
    rows_account(self, meter->account)->busy += (uint32_t)by;
    self->owners.rows[rows_resource(self, meter->resource)->owner].busy += (uint32_t)by;
}

void quotas_move(metering_state_t *self, const resource_t *resource, uint32_t owner)
{
    owner_t *from = &self->owners.rows[resource->owner], *to = &self->owners.rows[owner];
    from->resources--;
    to->resources++;
    for (uint32_t m = resource->meters; m; m = rows_meter(self, m)->next_of_resource) {
        const meter_t *meter = rows_meter(self, m);
        uint32_t busy = 0;
        for (uint32_t r = rows_busy_first(self, meter); r; r = rows_busy_next(self, r))
            busy++;
        from->meters--, to->meters++;
        from->replicas -= meter->replicas_count, to->replicas += meter->replicas_count;
        from->busy -= busy, to->busy += busy;
    }
}
