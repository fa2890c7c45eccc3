#include "services/metering/metering_item.h"

static fail_t check_instant(const metering_state_t *self, instant_t at, instant_t now)
{
    if (at < 0 || at > INSTANT_LAST - HOUR_US)
        return FAIL_INVALID;
    if (at <= now + (instant_t)self->policy.ahead_us)
        return FAIL_NONE;
    return at > now + AHEAD_WAITS_US ? FAIL_FUTURE : FAIL_LATER;
}

// Before the window: of what is not known it may have been forgotten, or contradicts `through`.
bool item_is_before_window(const metering_state_t *self, instant_t at)
{
    return at < hour_start(rows_oldest_hour(self));
}

teller_t item_teller(const metering_state_t *self, const input_t *input)
{
    return (teller_t){.self = self,
                      .now = input->now,
                      .row = owners_find(&self->owners, input->stream),
                      .owner = input->owner};
}

// Whether the resource or the replica with these numbers, 0 for one that is not known, is his who
// says it, or nobody's.
static bool is_his(const teller_t *teller, uint32_t resource, uint32_t replica)
{
    const metering_state_t *self = teller->self;
    const replica_t *known = replica ? rows_replica(self, replica) : NULL;
    if (resource && !owners_share(&self->owners, rows_resource(self, resource)->owner, teller->row,
                                  teller->owner))
        return false;
    if (!known)
        return true;
    uint32_t owner = known->owner;
    if (known->meter) {
        uint32_t of = rows_meter(self, known->meter)->resource;
        if (of == resource)
            return true;
        owner = rows_resource(self, of)->owner;
    }
    return owners_share(&self->owners, owner, teller->row, teller->owner);
}

// Disks and tokens have none.
static bool has_replicas(uint64_t kind)
{
    return !kind || kind == RESOURCE_COMPUTE || kind == RESOURCE_BUILD;
}

// `first` is the first minute it makes billable.
static fail_t check_named(const teller_t *teller, text_t tariff, instant_t first, named_t *named)
{
    const metering_state_t *self = teller->self;
    if (uid_is_zero(named->resource) || uid_is_zero(named->replica) ||
        uid_is_zero(named->account) || !has_replicas(named->kind))
        return FAIL_INVALID;
    if (!named->kind)
        named->kind = RESOURCE_COMPUTE;
    fail_t fail = check_instant(self, named->at, teller->now);
    if (fail)
        return fail;
    named->code = tariff_code(&self->tariffs, tariff);
    named->version = named->code ? tariff_at(&self->tariffs, named->code, first) : 0;
    if (!named->version)
        return FAIL_TARIFF;
    uint32_t number = rows_find(&self->resources, named->resource);
    const resource_t *resource = number ? rows_resource(self, number) : NULL;
    named->replica_number = rows_find(&self->replicas, named->replica);
    if (!is_his(teller, number, named->replica_number))
        return FAIL_OWNER;
    if (resource) {
        if (resource->account &&
            !uid_equal(&rows_account(self, resource->account)->id, named->account))
            return FAIL_CONFLICT;
        named->meter = rows_meter_of(self, resource, named->kind);
    }
    if (named->replica_number && rows_replica(self, named->replica_number)->meter &&
        rows_replica(self, named->replica_number)->meter != named->meter)
        return FAIL_CONFLICT;
    return resource && named->at >= resource->deleted ? FAIL_DELETED : FAIL_NONE;
}

fail_t item_check_start(const teller_t *teller, const event_t *item, named_t *named)
{
    const metering_state_t *self = teller->self;
    const event_replica_started_t *e = &item->replica_started;
    *named = (named_t){.resource = &e->resource,
                       .replica = &e->replica,
                       .account = &e->account,
                       .kind = e->kind,
                       .at = item->at};
    instant_t first = check_instant(self, item->at, teller->now) ? 0 : minute_ceil(item->at);
    fail_t fail = check_named(teller, e->tariff, first, named);
    return !fail && !named->replica_number && item_is_before_window(self, item->at) ? FAIL_EXPIRED
                                                                                    : fail;
}

fail_t item_check_tick(const teller_t *teller, const event_t *item, named_t *named)
{
    const event_usage_ticked_t *e = &item->usage_ticked;
    instant_t minute = item->at < 0 ? item->at : minute_floor(item->at);
    *named = (named_t){.resource = &e->resource,
                       .replica = &e->replica,
                       .account = &e->account,
                       .kind = e->kind,
                       .at = item->at};
    fail_t fail = check_instant(teller->self, item->at, teller->now);
    named->at = fail ? item->at : minute;
    return check_named(teller, e->tariff, minute, named);
}

fail_t item_check_stop(const teller_t *teller, const event_t *item)
{
    const metering_state_t *self = teller->self;
    const event_replica_stopped_t *e = &item->replica_stopped;
    if (uid_is_zero(&e->resource) || uid_is_zero(&e->replica))
        return FAIL_INVALID;
    fail_t fail = check_instant(self, item->at, teller->now);
    uint32_t number = rows_find(&self->replicas, &e->replica);
    uint32_t resource = rows_find(&self->resources, &e->resource);
    uint32_t meter = number ? rows_replica(self, number)->meter : 0;
    if (!fail && !is_his(teller, resource, number))
        return FAIL_OWNER;
    if (!fail && meter && rows_meter(self, meter)->resource != resource)
        return FAIL_CONFLICT;
    return fail;
}

// --- what is counted ---

// Whose the resource is, and that it was there.
static fail_t check_counted(const teller_t *teller, counted_t *counted)
{
    const metering_state_t *self = teller->self;
    uint32_t number = rows_find(&self->resources, counted->resource);
    if (!is_his(teller, number, 0))
        return FAIL_OWNER;
    if (!number)
        return FAIL_NONE;
    const resource_t *resource = rows_resource(self, number);
    if (resource->account &&
        !uid_equal(&rows_account(self, resource->account)->id, counted->account))
        return FAIL_CONFLICT;
    for (unsigned i = 0; i < counted->count; i++)
        counted->of[i].meter = rows_meter_of(self, resource, counted->of[i].kind);
    return counted->at >= resource->deleted ? FAIL_DELETED : FAIL_NONE;
}

// A whole hour has one rate: the one that is valid at its start.
fail_t item_check_disk(const teller_t *teller, const event_t *item, counted_t *counted)
{
    const tariffs_t *tariffs = &teller->self->tariffs;
    const event_disk_sampled_t *e = &item->disk_sampled;
    *counted = (counted_t){
        .resource = &e->resource, .account = &e->account, .at = item->at, .mib = e->mib};
    if (uid_is_zero(&e->resource) || uid_is_zero(&e->account) || e->mib > MIB_MAX)
        return FAIL_INVALID;
    fail_t fail = check_instant(teller->self, item->at, teller->now);
    if (fail)
        return fail;
    uint16_t code = tariff_rate(tariffs, RESOURCE_DISK, e->tariff);
    uint16_t version = code ? tariff_at(tariffs, code, hour_start(hour_of(item->at))) : 0;
    uint64_t included = version ? tariff_version(tariffs, version)->included : MIB_MAX;
    if (!code && !tariff_code(tariffs, e->tariff))
        return FAIL_TARIFF;
    if (e->mib > included) {
        counted->of[0].kind = RESOURCE_DISK;
        counted->of[0].version = version;
        counted->of[0].quantity = (e->mib - included) * HOUR_MINUTES;
        counted->count = 1;
    }
    return check_counted(teller, counted);
}

static fail_t add_tokens(const teller_t *teller, const event_t *item, uint8_t kind, uint64_t tokens,
                         counted_t *counted)
{
    const tariffs_t *tariffs = &teller->self->tariffs;
    uint16_t code = tariff_rate(tariffs, kind, item->tokens_used.model);
    uint16_t version = code ? tariff_at(tariffs, code, minute_floor(item->at)) : 0;
    if (!tokens)
        return FAIL_NONE;
    counted->of[counted->count].kind = kind;
    counted->of[counted->count].version = version;
    counted->of[counted->count++].quantity = tokens;
    return version ? FAIL_NONE : FAIL_TARIFF;
}

fail_t item_check_tokens(const teller_t *teller, const event_t *item, counted_t *counted)
{
    const event_tokens_used_t *e = &item->tokens_used;
    *counted = (counted_t){.resource = &e->resource, .account = &e->account, .at = item->at};
    if (uid_is_zero(&e->resource) || uid_is_zero(&e->account) || uid_is_zero(&e->request) ||
        e->input > TOKENS_MAX || e->output > TOKENS_MAX)
        return FAIL_INVALID;
    fail_t fail = check_instant(teller->self, item->at, teller->now);
    if (!fail)
        fail = add_tokens(teller, item, RESOURCE_INPUT, e->input, counted);
    if (!fail)
        fail = add_tokens(teller, item, RESOURCE_OUTPUT, e->output, counted);
    return fail ? fail : check_counted(teller, counted);
}

fail_t item_check_created(const teller_t *teller, const event_t *item)
{
    const metering_state_t *self = teller->self;
    const event_resource_created_t *e = &item->resource_created;
    if (uid_is_zero(&e->resource) || uid_is_zero(&e->account) ||
        (e->kind && !codes_find(CODES_resource_kind, e->kind)))
        return FAIL_INVALID;
    fail_t fail = check_instant(self, item->at, teller->now);
    if (fail)
        return fail;
    uint32_t number = rows_find(&self->resources, &e->resource);
    uint32_t account = number ? rows_resource(self, number)->account : 0;
    if (!is_his(teller, number, 0))
        return FAIL_OWNER;
    return account && !uid_equal(&rows_account(self, account)->id, &e->account) ? FAIL_CONFLICT
                                                                                : FAIL_NONE;
}

fail_t item_check_deleted(const teller_t *teller, const event_t *item)
{
    const uid_t16 *id = &item->resource_deleted.resource;
    if (uid_is_zero(id))
        return FAIL_INVALID;
    fail_t fail = check_instant(teller->self, item->at, teller->now);
    if (!fail && !is_his(teller, rows_find(&teller->self->resources, id), 0))
        return FAIL_OWNER;
    return fail;
}

// It changes nothing; but who says it of another's is told so.
fail_t item_check_scaled(const teller_t *teller, const event_t *item)
{
    uint32_t number = rows_find(&teller->self->resources, &item->resource_scaled.resource);
    return is_his(teller, number, 0) ? FAIL_NONE : FAIL_OWNER;
}
