#include "services/metering/metering_decide_feed.h"
#include "services/metering/metering_carry.h"
#include "services/metering/metering_decide_charging.h"
#include "services/metering/metering_decide_credit.h"
#include "services/metering/metering_fresh.h"
#include "services/metering/metering_hours.h"
#include "services/metering/metering_item.h"
#include "services/metering/metering_masks.h"
#include "services/metering/metering_quotas.h"

typedef struct {
    uid_t16 id, account;
    uint32_t meters[CODES_COUNT_resource_kind + 1];
} new_resource_t;

typedef struct {
    uid_t16 id;
    uint32_t number, meter;
} new_replica_t;

typedef struct {
    uid_t16 key;     // replica, minute
    uint16_t billed; // the version that it is billed under, 0 if it is not
} new_minute_t;

// An account that has a replica more.
typedef struct {
    uid_t16 id;
    uint32_t busy;
} new_account_t;

// Refused items of one type, for one cause, beyond those that are stored one by one.
typedef struct {
    uint64_t failure, type, first, last, count;
} refused_t;

enum { REFUSED_MAX = 16 };

// What the items before this one will have opened and accepted once the decision is applied.
typedef struct {
    const metering_state_t *self;
    const input_t *input;
    teller_t teller;
    decision_t *out;
    table_t resources, replicas, accounts;
    table_t minutes;                       // row i is of entry i
    uint32_t next_meter, next_replica;     // numbers that the next ones opened get
    uint32_t meters_count, replicas_count; // in use
    quotas_taken_t taken;                  // by who says them, as it will be
    int64_t lost_carry;                    // of the loss account, as it will be
    refused_t refused[REFUSED_MAX];
    size_t refused_count;
    masks_entry_t *entries;
    size_t entries_count;
} batch_t;

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
static fail_t check_room(batch_t *b, const uid_t16 *account, bool meter, bool replica)
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

static uint32_t open_meter(batch_t *b, const uid_t16 *account, const uid_t16 *resource,
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

static uint32_t open_replica(batch_t *b, uint32_t number, uint32_t meter, const uid_t16 *id)
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
static fail_t open_named(batch_t *b, named_t *named)
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
    fail_t fail = check_room(b, named->account, !named->meter, true);
    if (fail)
        return fail;
    if (!named->meter) {
        named->meter = open_meter(b, named->account, named->resource, named->kind);
        if (!resource) {
            row = table_insert(&b->resources, named->resource);
            resource = table_row(&b->resources, row);
            resource->account = *named->account;
        }
        resource->meters[named->kind] = named->meter;
    }
    named->replica_number = open_replica(b, named->replica_number, named->meter, named->replica);
    count_busy(b, named->account);
    new_replica_t *replica = table_row(&b->replicas, table_insert(&b->replicas, named->replica));
    replica->number = named->replica_number;
    replica->meter = named->meter;
    return FAIL_NONE;
}

// --- items ---

// Minutes that are too old go to the loss account, at the price of the first of them.
static void expire(batch_t *b, const named_t *named, instant_t from, uint64_t minutes)
{
    if (!minutes)
        return;
    kopecks_t price = tariff_version(&b->self->tariffs, named->version)->price;
    kopecks_t amount = carry_charge(price, minutes, &b->lost_carry);
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

// What is known of that very instant of a replica's life.
static int said_at(const metering_state_t *self, uint32_t replica, instant_t at)
{
    return replica ? points_said(&self->points, rows_replica(self, replica)->points, at)
                   : POINTS_NOTHING;
}

// Until when a start at `from` holds by what is known: the next point, or the deletion.
static instant_t start_holds(const metering_state_t *self, const named_t *named, instant_t from)
{
    instant_t to = DELETED_NEVER, next = POINTS_END;
    uint32_t resource = rows_find(&self->resources, named->resource);
    if (resource)
        to = rows_resource(self, resource)->deleted;
    if (named->replica_number)
        next = points_until(&self->points, rows_replica(self, named->replica_number)->points, from);
    return next < to ? next : to;
}

static fail_t decide_start(batch_t *b, const event_t *item)
{
    const metering_state_t *self = b->self;
    named_t named;
    fail_t fail = item_check_start(&b->teller, item, &named);
    if (fail)
        return fail;
    uint32_t known = named.replica_number;
    if (!points_holds(named.code, said_at(self, known, item->at)))
        return FAIL_NONE;
    instant_t from = item->at, to = start_holds(self, &named, from);
    instant_t oldest = minute_ceil(b->input->now) - (instant_t)self->policy.late_us;
    if (to > oldest && (fail = open_named(b, &named)))
        return fail;
    if (from < oldest) { // what of it came too late is lost, the rest is billed
        expire(b, &named, minute_ceil(from), minutes_between(from, to < oldest ? to : oldest));
        if (to <= oldest)
            return FAIL_NONE; // all of it
        from = oldest;
    }
    if (known)
        credit_start(self, known, from, named.code, b->out);
    decision_add(b->out, EVENT_interval_opened)->interval_opened =
        (event_interval_opened_t){named.replica_number, named.version, from};
    return FAIL_NONE;
}

static fail_t decide_stop(batch_t *b, const event_t *item)
{
    const metering_state_t *self = b->self;
    const event_replica_stopped_t *e = &item->replica_stopped;
    fail_t fail = item_check_stop(&b->teller, item);
    if (fail)
        return fail;
    uint32_t resource = rows_find(&self->resources, &e->resource);
    if (resource && item->at >= rows_resource(self, resource)->deleted)
        return FAIL_NONE; // it stopped when its resource was deleted
    uint32_t number = rows_find(&self->replicas, &e->replica);
    if (!points_holds(0, said_at(self, number, item->at)))
        return FAIL_NONE; // said before, or it starts again at that very instant
    if (!number && item_is_before_window(self, item->at))
        return FAIL_NONE; // all it could end is too late anyway
    if (!number) {        // its start is still to come
        if ((fail = check_room(b, NULL, false, true)))
            return fail;
        number = open_replica(b, 0, 0, &e->replica);
    }
    decision_add(b->out, EVENT_interval_closed)->interval_closed =
        (event_interval_closed_t){number, item->at};
    if (rows_find(&self->replicas, &e->replica))
        credit_stop(self, number, item->at, b->out);
    return FAIL_NONE;
}

static fail_t decide_created(batch_t *b, const event_t *item)
{
    const event_resource_created_t *e = &item->resource_created;
    fail_t fail = item_check_created(&b->teller, item);
    if (fail)
        return fail;
    uint64_t kind = e->kind ? e->kind : RESOURCE_COMPUTE;
    uint32_t number = rows_find(&b->self->resources, &e->resource);
    if (number && rows_meter_of(b->self, rows_resource(b->self, number), kind))
        return FAIL_NONE;
    if (!number && item_is_before_window(b->self, item->at))
        return FAIL_NONE; // it may be gone again; if it is not, its usage opens it
    if ((fail = check_room(b, &e->account, true, false)))
        return fail;
    (void)open_meter(b, &e->account, &e->resource, kind);
    return FAIL_NONE;
}

static fail_t decide_deleted(batch_t *b, const event_t *item)
{
    static const uid_t16 unknown;
    const uid_t16 *id = &item->resource_deleted.resource;
    fail_t fail = item_check_deleted(&b->teller, item);
    if (fail)
        return fail;
    uint32_t number = rows_find(&b->self->resources, id);
    if (!number && item_is_before_window(b->self, item->at))
        return FAIL_NONE; // all before it is too late, and what is new is another resource
    if (!number) { // remembered on a meter without account, so that nothing after it is billed
        if ((fail = check_room(b, NULL, true, false)))
            return fail;
        uint32_t meter = open_meter(b, &unknown, id, 0);
        decision_add(b->out, EVENT_meter_closed)->meter_closed =
            (event_meter_closed_t){.meter = meter, .at = item->at};
        return FAIL_NONE;
    }
    const resource_t *resource = rows_resource(b->self, number);
    if (resource->deleted == DELETED_NEVER) {
        charging_deletion(b->self, resource, item->at, b->out);
        credit_deletion(b->self, resource, item->at, b->out);
    } else if (item->at < resource->deleted) {
        charging_deletion_earlier(b->self, resource, item->at, b->out);
        credit_deletion(b->self, resource, item->at, b->out);
    }
    return FAIL_NONE; // of several deletions the earliest holds
}

// Does a tick under that version say something new of a minute that ticks told of under `known`?
static fail_t check_minute(const batch_t *b, const named_t *named, uint16_t known)
{
    int code = known ? tariff_version(&b->self->tariffs, known)->code : POINTS_NOTHING;
    return points_holds(named->code, code) ? FAIL_NONE : FAIL_BILLED;
}

static fail_t decide_tick(batch_t *b, const event_t *item)
{
    const metering_state_t *self = b->self;
    named_t named;
    fail_t fail = item_check_tick(&b->teller, item, &named);
    if (fail)
        return fail;
    instant_t minute = named.at;
    const replica_t *replica =
        named.replica_number ? rows_replica(self, named.replica_number) : NULL;
    if (minute < b->input->now - (instant_t)self->policy.late_us) {
        if (!replica || !fresh_version_billed(self, replica, minute)) // else nothing is lost
            expire(b, &named, minute, 1);
        return FAIL_NONE;
    }
    uint16_t ticked = replica ? fresh_version_ticked(self, replica, minute) : 0;
    if (ticked == named.version)
        return FAIL_NONE; // nothing new
    if ((fail = check_minute(b, &named, ticked)) || (fail = open_named(b, &named)))
        return fail;
    uid_t16 key = table_key(named.replica_number, (uint64_t)minute);
    uint32_t row = table_find(&b->minutes, &key);
    if (row != TABLE_NONE) {
        masks_entry_t *entry = &b->entries[row];
        if (entry->version == named.version || (fail = check_minute(b, &named, entry->version)))
            return fail;
        entry->version = named.version;
        return FAIL_NONE;
    }
    row = table_insert(&b->minutes, &key);
    assert(row == b->entries_count);
    ((new_minute_t *)table_row(&b->minutes, row))->billed =
        replica ? fresh_version_billed(self, replica, minute) : 0;
    b->entries[b->entries_count++] =
        (masks_entry_t){named.replica_number, hour_of(minute), mask_of(minute), named.version};
    return FAIL_NONE;
}

static fail_t decide_item(batch_t *b, const event_t *item)
{
    switch (item->type) {
    case EVENT_resource_created:
        return decide_created(b, item);
    case EVENT_resource_scaled:
        return item_check_scaled(&b->teller, item); // billed is what runs, not what is wanted
    case EVENT_resource_deleted:
        return decide_deleted(b, item);
    case EVENT_replica_started:
        return decide_start(b, item);
    case EVENT_replica_stopped:
        return decide_stop(b, item);
    case EVENT_usage_ticked:
        return decide_tick(b, item);
    default:
        return FAIL_INVALID;
    }
}

// What the batch's minutes are billed under otherwise.
static void take_back_entries(const batch_t *b)
{
    masks_entry_t *wrong = decision_scratch(b->out, b->entries_count * sizeof wrong[0]);
    size_t count = 0;
    assert(wrong);
    for (size_t i = 0; i < b->entries_count; i++) {
        uint16_t billed = ((const new_minute_t *)table_row(&b->minutes, (uint32_t)i))->billed;
        if (!billed || billed == b->entries[i].version)
            continue;
        wrong[count] = b->entries[i];
        wrong[count++].version = billed;
    }
    credit_ticks(wrong, count, b->out);
}

// One usage.accepted of all that the batch brought.
static void accept_entries(batch_t *b)
{
    if (!b->entries_count)
        return;
    take_back_entries(b);
    size_t count = masks_merge(b->entries, b->entries_count);
    size_t cap = count * MASKS_ENTRY_BYTES_MAX;
    uint8_t *bytes = decision_scratch(b->out, cap);
    assert(bytes); // DECISION_BATCH_MAX entries are a fraction of the scratch
    size_t size = masks_encode(b->entries, count, bytes, cap);
    decision_add(b->out, EVENT_usage_accepted)->usage_accepted =
        (event_usage_accepted_t){count, {bytes, (uint32_t)size}};
}

static void count_refusal(batch_t *b, uint64_t sequence, fail_t fail, uint64_t type)
{
    size_t i = 0;
    while (i < b->refused_count &&
           (b->refused[i].failure != (uint64_t)fail || b->refused[i].type != type))
        i++;
    if (i == b->refused_count && i < REFUSED_MAX)
        b->refused[b->refused_count++] =
            (refused_t){.failure = (uint64_t)fail, .type = type, .first = sequence};
    else if (i == REFUSED_MAX) { // more kinds than anybody honest has: the last stands for them
        i--;
        b->refused[i].type = 0;
    }
    b->refused[i].last = sequence;
    b->refused[i].count++;
}

// Each refusal leaves a trace, but whoever is refused on and on does not fill the journal by it.
static void refuse(batch_t *b, uint64_t sequence, fail_t fail, uint64_t type)
{
    if (b->taken.refusals_hour++ >= b->self->quotas.refusals_hour) {
        count_refusal(b, sequence, fail, type);
        return;
    }
    decision_add(b->out, EVENT_usage_refused)->usage_refused =
        (event_usage_refused_t){b->input->stream, sequence, (uint64_t)fail, type};
}

static void tell_refused(const batch_t *b)
{
    for (size_t i = 0; i < b->refused_count; i++) {
        const refused_t *refused = &b->refused[i];
        decision_add(b->out, EVENT_usage_refused_more)->usage_refused_more =
            (event_usage_refused_more_t){b->input->stream, refused->first,   refused->last,
                                         refused->count,   refused->failure, refused->type};
    }
}

// Whom a producer acts for is what its certificate says now. It stands before the items that it
// counts for, so that a journal alone says whose they are.
static void name_owner(const batch_t *b)
{
    const teller_t *teller = &b->teller;
    if (teller->row ? !owners_is_named(&b->self->owners, teller->row, teller->owner)
                    : teller->owner.size > 0)
        decision_add(b->out, EVENT_producer_owned)->producer_owned =
            (event_producer_owned_t){b->input->stream, teller->owner};
}

void feed_items(const metering_state_t *self, const input_t *input, const event_t *items,
                size_t count, uint8_t *results, decision_t *out)
{
    assert(count <= DECISION_BATCH_MAX);
    batch_t b = {.self = self,
                 .input = input,
                 .teller = item_teller(self, input),
                 .out = out,
                 .lost_carry = self->losses.carry,
                 .next_meter = pool_next(&self->meters),
                 .next_replica = table_next(&self->replicas) + 1,
                 .meters_count = self->meters.used,
                 .replicas_count = table_used(&self->replicas)};
    table_init(&b.resources, sizeof(new_resource_t));
    table_init(&b.replicas, sizeof(new_replica_t));
    table_init(&b.accounts, sizeof(new_account_t));
    table_init(&b.minutes, sizeof(new_minute_t));
    quotas_taken(self, b.teller.row, b.teller.owner, input->now, &b.taken);
    b.entries = decision_scratch(out, count * sizeof b.entries[0]);
    assert(b.entries);
    bool known = owners_have_room(&self->owners, input->stream);
    if (known)
        name_owner(&b);
    for (size_t i = 0; i < count; i++) {
        fail_t fail = known ? decide_item(&b, &items[i]) : FAIL_LIMIT;
        if (fail == FAIL_LATER) {
            memset(&results[i], FAIL_LATER, count - i);
            break;
        }
        if (fail)
            refuse(&b, input->sequence + i, fail, (uint64_t)items[i].type);
        results[i] = (uint8_t)fail;
    }
    tell_refused(&b);
    accept_entries(&b);
    table_release(&b.resources);
    table_release(&b.accounts);
    table_release(&b.replicas);
    table_release(&b.minutes);
}

fail_t feed_check(const metering_state_t *self, const input_t *input)
{
    named_t named;
    teller_t teller = item_teller(self, input);
    switch (input->event->type) {
    case EVENT_resource_created:
        return item_check_created(&teller, input->event);
    case EVENT_resource_scaled:
        return item_check_scaled(&teller, input->event);
    case EVENT_resource_deleted:
        return item_check_deleted(&teller, input->event);
    case EVENT_replica_started:
        return item_check_start(&teller, input->event, &named);
    case EVENT_replica_stopped:
        return item_check_stop(&teller, input->event);
    case EVENT_usage_ticked:
        return item_check_tick(&teller, input->event, &named);
    default:
        return FAIL_INVALID;
    }
}

// Only a through that passes an hour's end lets an hour be closed, and only if there is one to
// close; all others would fill the journal for nothing.
void feed_through(const metering_state_t *self, const input_t *input, decision_t *out)
{
    instant_t before = hours_producer_through(self, input->stream);
    // Who was passed over is heard also when no hour is open: the light says that he is behind.
    bool behind = before != INT64_MIN && before < hour_start(self->closed);
    if (input->through < 0 || input->through > INSTANT_LAST ||
        (hours_next(self) == HOUR_NONE && !behind))
        return;
    if (before == INT64_MIN ? self->producers_count == PRODUCERS_MAX
                            : hour_of(input->through) <= hour_of(before))
        return;
    decision_add(out, EVENT_usage_through)->usage_through =
        (event_usage_through_t){input->stream, input->through};
}
