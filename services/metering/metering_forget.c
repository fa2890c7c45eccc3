#include "services/metering/metering_forget.h"
#include "services/metering/metering_rows.h"
#include <assert.h>

static void forget_replica(metering_state_t *self, uint32_t number)
{
    replica_t *replica = rows_replica(self, number);
    assert(rows_replica_is_old(self, number));
    chain_remove(&self->idle, rows_replicas_links(self), number);
    cells_drop_before(&replica->cells, &self->cells, HOUR_NONE);
    points_drop_all(&self->points, replica->points);
    meter_t *meter = replica->meter ? rows_meter(self, replica->meter) : NULL;
    if (meter) {
        chain_remove(&meter->replicas, rows_of_meter_links(self), number);
        self->owners.rows[rows_resource(self, meter->resource)->owner].replicas--;
    } else
        self->owners.rows[replica->owner].loose--;
    if (meter && --meter->replicas_count == 0 && meter->due)
        chain_append(&self->spent, rows_meters_links(self), replica->meter);
    table_remove(&self->replicas, number - 1);
}

static void forget_meter(metering_state_t *self, uint32_t number)
{
    const meter_t *meter = rows_meter(self, number);
    assert(meter->due && !meter->replicas_count && !meter->late && !meter->counts);
    chain_remove(&self->spent, rows_meters_links(self), number);
    resource_t *resource = rows_resource(self, meter->resource);
    uint32_t *link = &resource->meters; // one a kind
    while (*link != number)
        link = &rows_meter(self, *link)->next_of_resource;
    *link = meter->next_of_resource;
    self->owners.rows[resource->owner].meters--;
    if (!resource->meters) {
        self->owners.rows[resource->owner].resources--;
        table_remove(&self->resources, meter->resource - 1);
    }
    metering_account_t *account = meter->account ? rows_account(self, meter->account) : NULL;
    if (account && --account->meters_count == 0 && account->carry == 0)
        table_remove(&self->accounts, meter->account - 1);
    pool_give(&self->meters, number);
}

void forget_apply(metering_state_t *self, const event_usage_forgotten_t *event)
{
    const uint8_t *at = event->numbers.data;
    assert(event->numbers.size == (event->replicas + event->meters) * sizeof(uint32_t));
    for (uint64_t i = 0; i < event->replicas + event->meters; i++, at += sizeof(uint32_t)) {
        uint32_t number =
            at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        if (i < event->replicas)
            forget_replica(self, number);
        else
            forget_meter(self, number);
    }
}
