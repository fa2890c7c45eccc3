// What metering's state is made of, for who saves or loads it (services/base/walk.h).
#include "services/metering/metering_counts.h"
#include "services/metering/metering_credits.h"
#include "services/metering/metering_state.h"

WALK_ROW(metering_account_t)
WALK_ROW(resource_t)
WALK_ROW(replica_t)
WALK_ROW(meter_t)
WALK_ROW(point_t)
WALK_ROW(cell_t)
WALK_ROW(owner_t)
WALK_ROW(producer_t)
WALK_ROW(tariff_version_t)
WALK_ROW(tariff_code_t)
WALK_ROW(losses_t)
WALK_ROW(event_metering_policy_changed_t)
WALK_ROW(event_quotas_changed_t)

static void walk_rows_of_all(metering_state_t *self, walk_t *walk)
{
    table_walk(&self->accounts, walk, walk_clear_metering_account_t);
    table_walk(&self->resources, walk, walk_clear_resource_t);
    table_walk(&self->replicas, walk, walk_clear_replica_t);
    pool_walk(&self->meters, walk, walk_clear_meter_t);
    pool_walk(&self->points, walk, walk_clear_point_t);
    pool_walk(&self->cells, walk, walk_clear_cell_t);
    counts_walk(&self->counts, walk);
    order_walk(&self->live, walk);
    order_walk(&self->late, walk);
}

static void walk_tariffs(tariffs_t *self, walk_t *walk)
{
    walk_rows(walk, "versions", self->versions, sizeof self->versions[0], TARIFF_VERSIONS_MAX,
              walk_clear_tariff_version_t);
    walk_rows(walk, "codes", self->codes, sizeof self->codes[0], TARIFF_VERSIONS_MAX,
              walk_clear_tariff_code_t);
    WALK(walk, self->versions_count);
    WALK(walk, self->codes_count);
    walk_pass(walk, self, sizeof *self);
}

static void walk_policies(metering_state_t *self, walk_t *walk)
{
    walk_tariffs(&self->tariffs, walk);
    WALK_STRUCT(walk, event_metering_policy_changed_t, self->policy);
    WALK_STRUCT(walk, event_quotas_changed_t, self->quotas);
    WALK(walk, self->quotas_changed);
    WALK(walk, self->owners.count);
    walk_rows(walk, "owners", self->owners.rows, sizeof(owner_t), OWNERS_MAX, walk_clear_owner_t);
    WALK_PASS(walk, self->owners);
    walk_rows(walk, "producers", self->producers, sizeof(producer_t), PRODUCERS_MAX,
              walk_clear_producer_t);
    WALK(walk, self->producers_count);
}

static void walk_hours(metering_state_t *self, walk_t *walk)
{
    WALK(walk, self->late_since);
    WALK(walk, self->busy);
    WALK(walk, self->idle);
    WALK(walk, self->gone);
    WALK(walk, self->spent);
    WALK(walk, self->closed);
    WALK(walk, self->low);
    WALK(walk, self->high);
    WALK(walk, self->running);
    WALK(walk, self->cursor);
    walk_pass(walk, &self->cursor + 1, sizeof self->cursor); // padding; see WALK_ROW
    WALK(walk, self->lines);
    WALK(walk, self->charged);
    WALK(walk, self->refused);
    WALK_STRUCT(walk, losses_t, self->losses);
    WALK(walk, self->quota_refused);
}

void metering_state_walk(void *state, walk_t *walk)
{
    metering_state_t *self = state;
    walk_rows_of_all(self, walk);
    walk_policies(self, walk);
    walk_hours(self, walk);
    credits_walk(&self->credits, walk);
    WALK_PASS(walk, self->limits); // settings
    WALK_WHOLE(walk, metering_state_t, self);
}
