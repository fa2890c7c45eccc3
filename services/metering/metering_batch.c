#include "services/metering/metering_batch.h"
#include "services/metering/metering_carry.h"

// --- opening what an item names for the first time ---

// Nothing is lost by it: the feed waits until others are forgotten, the hour is over, or an
// operator raises the quota.
static fail_t wait_for_quota(batch_t *b)
{
    b->out->detail = "a quota is reached, so it waits: kopeck quotas";
    return FAIL_LATER;
}

static uint64_t account_busy(const batch_t *b, const uid_t16 *id)
{
    uint32_t known = rows_find(&b->self->accounts, id), row = table_find(&b->accounts, id);
    return (known ? rows_account(b->self, known)->busy : UINT64_C(0)) +
           (row != TABLE_NONE ? ((const new_account_t *)table_row(&b->accounts, row))->busy : 0);
}

static bool is_new_account(const batch_t *b, const uid_t16 *id)
{
    return id && !rows_find(&b->self->accounts, id) && table_find(&b->accounts, id) == TABLE_NONE;
}

static new_account_t *need_account(batch_t *b, const uid_t16 *id)
{
    uint32_t row = table_find(&b->accounts, id);
    return table_row(&b->accounts, row != TABLE_NONE ? row : table_insert(&b->accounts, id));
}

// `account` is NULL where none is named. What one account may not have is refused, for by waiting
// it would hold up all the others.
fail_t batch_room(batch_t *b, const uid_t16 *account, bool meter, bool replica)
{
    const event_quotas_changed_t *quotas = &b->self->quotas;
    if (replica && account && account_busy(b, account) >= quotas->replicas_account)
        return FAIL_QUOTA;
    if (meter &&
        !quotas_allow_meter(b->self, &b->taken, b->meters_count, is_new_account(b, account)))
        return wait_for_quota(b);
    if (replica && !quotas_allow_replica(b->self, &b->taken, b->replicas_count))
        return wait_for_quota(b);
    return FAIL_NONE;
}

static void count_busy(batch_t *b, const uid_t16 *account)
{
    b->taken.busy++;
    need_account(b, account)->busy++;
}

// An idle replica that is spoken of is busy again.
static fail_t awaken(batch_t *b, const named_t *named)
{
    if (rows_replica(b->self, named->replica_number)->since == HOUR_NONE ||
        table_find(&b->replicas, named->replica) != TABLE_NONE)
        return FAIL_NONE;
    if (account_busy(b, named->account) >= b->self->quotas.replicas_account)
        return FAIL_QUOTA;
    if (!quotas_allow_busy(b->self, &b->taken))
        return wait_for_quota(b);
    count_busy(b, named->account);
    new_replica_t *replica = table_row(&b->replicas, table_insert(&b->replicas, named->replica));
    replica->number = named->replica_number;
    replica->meter = named->meter;
    return FAIL_NONE;
}

uint32_t batch_open_meter(batch_t *b, const uid_t16 *account, const uid_t16 *resource,
                          uint64_t kind)
{
    uint32_t number = b->next_meter;
    b->next_meter = pool_after(&b->self->meters, number);
    b->meters_count++;
    b->taken.meters++;
    b->taken.meters_hour++;
    if (!uid_is_zero(account) && is_new_account(b, account)) {
        b->taken.accounts_hour++;
        (void)need_account(b, account);
    }
    decision_add(b->out, EVENT_meter_opened)->meter_opened =
        (event_meter_opened_t){number, *account, *resource, kind};
    return number;
}

uint32_t batch_open_replica(batch_t *b, uint32_t number, uint32_t meter, const uid_t16 *id)
{
    if (!number) {
        number = b->next_replica;
        b->next_replica = table_after(&b->self->replicas, number - 1) + 1;
        b->replicas_count++;
        b->taken.replicas++;
    }
    decision_add(b->out, EVENT_replica_opened)->replica_opened =
        (event_replica_opened_t){number, meter, *id};
    return number;
}

// Gives the named meter and replica their numbers, opening them if need be.
fail_t batch_open_named(batch_t *b, named_t *named)
{
    bool bound = named->replica_number && rows_replica(b->self, named->replica_number)->meter;
    if (bound)
        return awaken(b, named); // its meter is known too
    new_resource_t *resource = NULL;
    uint32_t row = table_find(&b->resources, named->resource);
    if (row != TABLE_NONE) {
        resource = table_row(&b->resources, row);
        if (!uid_equal(&resource->account, named->account))
            return FAIL_CONFLICT;
        if (!named->meter)
            named->meter = resource->meters[named->kind];
    }
    row = table_find(&b->replicas, named->replica);
    if (row != TABLE_NONE) {
        const new_replica_t *replica = table_row(&b->replicas, row);
        if (replica->meter != named->meter)
            return FAIL_CONFLICT;
        named->replica_number = replica->number;
        return FAIL_NONE;
    }
    fail_t fail = batch_room(b, named->account, !named->meter, true);
    if (fail)
        return fail;
    if (!named->meter) {
        named->meter = batch_open_meter(b, named->account, named->resource, named->kind);
        if (!resource) {
            row = table_insert(&b->resources, named->resource);
            resource = table_row(&b->resources, row);
            resource->account = *named->account;
        }
        resource->meters[named->kind] = named->meter;
    }
    named->replica_number =
        batch_open_replica(b, named->replica_number, named->meter, named->replica);
    count_busy(b, named->account);
    new_replica_t *replica = table_row(&b->replicas, table_insert(&b->replicas, named->replica));
    replica->number = named->replica_number;
    replica->meter = named->meter;
    return FAIL_NONE;
}

// Minutes that are too old go to the loss account, at the price of the first of them.
void batch_expire(batch_t *b, const named_t *named, instant_t from, uint64_t minutes)
{
    if (!minutes)
        return;
    kopecks_t price = tariff_version(&b->self->tariffs, named->version)->price;
    kopecks_t amount = carry_count(price, minutes, carry_unit(named->kind), &b->lost_carry);
    decision_add(b->out, EVENT_usage_expired)->usage_expired = (event_usage_expired_t){
        .replica = named->replica_number,
        .version = named->version,
        .hour = hour_start(hour_of(from)),
        .minutes = minutes,
        .account = *named->account,
        .resource = *named->resource,
        .kind = named->kind,
        .price = price,
        .amount = amount,
        .remainder = b->lost_carry,
    };
}
