#include "services/metering/metering_decide_feed.h"
#include "services/metering/metering_batch.h"
#include "services/metering/metering_decide_charging.h"
#include "services/metering/metering_decide_count.h"
#include "services/metering/metering_decide_credit.h"
#include "services/metering/metering_fresh.h"
#include "services/metering/metering_hours.h"
#include "services/metering/metering_item.h"
#include "services/metering/metering_masks.h"
#include "services/metering/metering_quotas.h"

// --- items ---

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
    if (to > oldest && (fail = batch_open_named(b, &named)))
        return fail;
    if (from < oldest) { // what of it came too late is lost, the rest is billed
        batch_expire(b, &named, minute_ceil(from),
                     minutes_between(from, to < oldest ? to : oldest));
        if (to <= oldest)
            return FAIL_NONE; // all of it
        from = oldest;
    }
    if (known)
        credit_start(self, known, from, named.code, b->out);
    decision_add(b->out, EVENT_interval_opened)->interval_opened = (event_interval_opened_t){
        named.replica_number, named.version, from, from > item->at ? item->at : 0};
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
        if ((fail = batch_room(b, NULL, false, true)))
            return fail;
        number = batch_open_replica(b, 0, 0, &e->replica);
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
    if ((fail = batch_room(b, &e->account, true, false)))
        return fail;
    (void)batch_open_meter(b, &e->account, &e->resource, kind);
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
        if ((fail = batch_room(b, NULL, true, false)))
            return fail;
        uint32_t meter = batch_open_meter(b, &unknown, id, 0);
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
            batch_expire(b, &named, minute, 1);
        return FAIL_NONE;
    }
    uint16_t ticked = replica ? fresh_version_ticked(self, replica, minute) : 0;
    if (ticked == named.version)
        return FAIL_NONE; // nothing new
    if ((fail = check_minute(b, &named, ticked)) || (fail = batch_open_named(b, &named)))
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
    case EVENT_disk_sampled:
        return count_disk(b, item);
    case EVENT_tokens_used:
        return count_tokens(b, item);
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
    counted_t counted;
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
    case EVENT_disk_sampled:
        return item_check_disk(&teller, input->event, &counted);
    case EVENT_tokens_used:
        return item_check_tokens(&teller, input->event, &counted);
    default:
        return FAIL_INVALID;
    }
}

// Does it vouch for another minute, or pass an hour's end?
static bool says_more(instant_t through, instant_t before)
{
    return minute_ceil(through) > minute_ceil(before) || hour_of(through) > hour_of(before);
}

// Only such a through says anything new, and only while something runs or is behind; all others
// would fill the journal for nothing.
void feed_through(const metering_state_t *self, const input_t *input, decision_t *out)
{
    instant_t before = hours_producer_through(self, input->stream);
    // Who was passed over is heard also when no hour is open: the light says that he is behind.
    bool behind = before != INT64_MIN && before < hour_start(self->closed);
    if (input->through < 0 || input->through > INSTANT_LAST ||
        (hours_next(self) == HOUR_NONE && !behind))
        return;
    if (before == INT64_MIN ? self->producers_count == PRODUCERS_MAX
                            : !says_more(input->through, before))
        return;
    decision_add(out, EVENT_usage_through)->usage_through =
        (event_usage_through_t){input->stream, input->through};
}
