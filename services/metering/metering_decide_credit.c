#include "services/metering/metering_decide_credit.h"
#include "services/metering/metering_carry.h"
#include "services/metering/metering_credits.h"
#include "services/metering/metering_fresh.h"

enum {
    ENTRIES_MAX = 1024, // of one event: at most 26 bytes each, and an event has 32 KiB
    EVENTS_LEFT = 1     // room that stays in a decision: for usage.taking_back
};

// A walk over what is billed: it takes back what it may, or tells what is too old for that.
typedef struct {
    const metering_state_t *self;
    decision_t *out;
    instant_t oldest;                   // what lies before it is not given back
    uint16_t right;                     // the tariff that may stay, 0 if none may
    masks_entry_t entries[ENTRIES_MAX]; // of the next event
    size_t count;
    bool tells;      // what is too old
    bool full;       // there was more to take back than the decision has room for
    uint64_t untold; // minutes that it had no room to tell of
} taking_t;

static bool has_room(const decision_t *out)
{
    return out->count + EVENTS_LEFT < DECISION_EVENTS_MAX;
}

// False if there is no room: then nothing is said, and what it names stays billed.
static bool add_overbilled(masks_entry_t *entries, size_t count, decision_t *out)
{
    uint8_t bytes[ENTRIES_MAX * MASKS_ENTRY_BYTES_MAX];
    assert(count <= ENTRIES_MAX);
    count = masks_merge(entries, count);
    size_t size = masks_encode(entries, count, bytes, sizeof bytes);
    uint8_t *kept = size && has_room(out) ? decision_scratch(out, size) : NULL;
    if (!kept)
        return count == 0;
    memcpy(kept, bytes, size);
    decision_add(out, EVENT_usage_overbilled)->usage_overbilled =
        (event_usage_overbilled_t){count, {kept, (uint32_t)size}};
    return true;
}

// What has no room stays billed, and the walk ends.
static void flush(taking_t *self)
{
    self->full = !add_overbilled(self->entries, self->count, self->out) || self->full;
    self->count = 0;
}

static void tell(decision_t *out, const metering_state_t *self, uint32_t number, uint32_t hour,
                 uint16_t version, uint64_t minutes, fail_t fail)
{
    const meter_t *meter = rows_meter(self, number);
    decision_add(out, EVENT_usage_uncredited)->usage_uncredited = (event_usage_uncredited_t){
        .account = rows_account(self, meter->account)->id,
        .resource = rows_resource(self, meter->resource)->id,
        .meter = number,
        .version = version,
        .hour = hour_start(hour),
        .minutes = minutes,
        .failure = fail,
    };
}

// Of one replica and hour the minutes that are billed without a reason.
static void take_hour(taking_t *self, uint32_t number, uint32_t hour, mask_t wrong,
                      instant_t oldest)
{
    const replica_t *replica = rows_replica(self->self, number);
    mask_t late = mask_below(hour, oldest), wanted = wrong & (self->tells ? late : ~late);
    fresh_t billed;
    fresh_billed(self->self, replica, hour, &billed);
    for (unsigned i = 0; i < billed.count; i++) {
        mask_t mask = billed.of[i].mask & wanted;
        if (!mask ||
            tariff_version(&self->self->tariffs, billed.of[i].version)->code == self->right)
            continue;
        if (!self->tells) {
            if (self->count == ENTRIES_MAX)
                flush(self);
            self->entries[self->count++] =
                (masks_entry_t){number, hour, mask, billed.of[i].version};
        } else if (has_room(self->out))
            tell(self->out, self->self, replica->meter, hour, billed.of[i].version,
                 mask_count(mask), FAIL_EXPIRED);
        else
            self->untold += mask_count(mask);
    }
}

// Of one replica the minutes of [from, to) that are billed without a reason. Of a run that was told
// too late, and was over before any of it could be billed, all comes back that is remembered.
static void take_replica(taking_t *self, uint32_t number, instant_t from, instant_t to,
                         bool ticked_too)
{
    const replica_t *replica = rows_replica(self->self, number);
    uint32_t first = rows_oldest_hour(self->self);
    bool too_late = points_too_late(&self->self->points, replica->points, from);
    for (uint32_t h = hour_of(from) > first ? hour_of(from) : first;
         hour_start(h) < to && !self->full; h++) {
        mask_t ticked = ticked_too ? 0 : cells_ticked(&replica->cells, &self->self->cells, h);
        take_hour(self, number, h, mask_between(h, from, to) & ~ticked,
                  too_late ? hour_start(first) : self->oldest);
    }
}

static void begin(taking_t *self, const metering_state_t *state, instant_t oldest, decision_t *out)
{
    self->self = state;
    self->out = out;
    self->oldest = oldest;
    self->right = 0;
    self->count = 0;
    self->tells = self->full = false;
    self->untold = 0;
}

// Once all is taken back, a second walk tells of the rest. True if there is one.
static bool goes_on(taking_t *self)
{
    flush(self);
    if (self->full || self->tells)
        return false;
    return self->tells = true;
}

// Nothing is left out in silence. `resumed`: an earlier decision said that there was more.
static void end(const taking_t *self, const uid_t16 *resource, bool resumed)
{
    if (self->full || self->untold || resumed)
        decision_add(self->out, EVENT_usage_taking_back)->usage_taking_back =
            (event_usage_taking_back_t){*resource, self->oldest, self->full, self->untold};
}

static instant_t oldest_now(const metering_state_t *self, instant_t now)
{
    return minute_ceil(now) - (instant_t)self->policy.late_us;
}

// No minute is billed further ahead.
static instant_t billed_end(instant_t now)
{
    return now + AHEAD_MAX_US + HOUR_US < INSTANT_LAST ? now + AHEAD_MAX_US + HOUR_US
                                                       : INSTANT_LAST;
}

// Until the replica's next point.
static void take_until_next(const metering_state_t *self, uint32_t replica, instant_t at,
                            uint16_t right, decision_t *out)
{
    const replica_t *row = rows_replica(self, replica);
    if (!row->meter)
        return;
    instant_t to = billed_end(out->input->now);
    const resource_t *resource = rows_resource(self, rows_meter(self, row->meter)->resource);
    instant_t next = points_until(&self->points, row->points, at);
    to = resource->deleted < to ? resource->deleted : to;
    to = next < to ? next : to;
    taking_t taking;
    begin(&taking, self, oldest_now(self, out->input->now), out);
    taking.right = right;
    do
        take_replica(&taking, replica, at, to, false);
    while (goes_on(&taking));
    assert(!taking.full); // one replica's hours are a half of the scratch at most
    end(&taking, &resource->id, false);
}

void credit_stop(const metering_state_t *self, uint32_t replica, instant_t at, decision_t *out)
{
    take_until_next(self, replica, at, 0, out);
}

void credit_start(const metering_state_t *self, uint32_t replica, instant_t at, uint16_t code,
                  decision_t *out)
{
    take_until_next(self, replica, at, code, out);
}

void credit_ticks(masks_entry_t *entries, size_t count, decision_t *out)
{
    bool added = add_overbilled(entries, count, out);
    assert(added); // a batch of ticks leaves most of its decision free
}

// `again`: it was said before that it was deleted, later.
static void take_resource(taking_t *taking, const resource_t *resource, instant_t at, instant_t to,
                          bool again)
{
    const metering_state_t *self = taking->self;
    // Idle ones that stood before `at` have nothing after it, unless an earlier word on the
    // deletion billed hours that were still open.
    for (uint32_t m = resource->meters; m; m = rows_meter(self, m)->next_of_resource)
        for (uint32_t r = rows_meter(self, m)->replicas.first; r && !taking->full;
             r = rows_replica(self, r)->of_meter.after)
            if (again || rows_replica(self, r)->since >= hour_of(at)) // HOUR_NONE of a busy one
                take_replica(taking, r, at, to, true);
}

static void take_deletion(const metering_state_t *self, const resource_t *resource, instant_t at,
                          instant_t oldest, bool resumed, decision_t *out)
{
    taking_t taking;
    instant_t to = billed_end(out->input->now);
    bool again = resource->deleted != DELETED_NEVER;
    if (again && !resumed && resource->deleted < to)
        to = resource->deleted; // what lies behind was taken back then
    begin(&taking, self, oldest, out);
    do
        take_resource(&taking, resource, at, to, again);
    while (goes_on(&taking));
    end(&taking, &resource->id, resumed);
}

void credit_deletion(const metering_state_t *self, const resource_t *resource, instant_t at,
                     decision_t *out)
{
    take_deletion(self, resource, at, oldest_now(self, out->input->now), false, out);
}

void credit_deletion_more(const metering_state_t *self, decision_t *out)
{
    const taking_back_t *next = credits_taking_back(&self->credits);
    const resource_t *resource = rows_resource(self, rows_find(&self->resources, &next->resource));
    take_deletion(self, resource, resource->deleted, next->oldest, true, out);
}

static bool is_line_of(const metering_state_t *self, uint64_t key, const event_t *event)
{
    const event_usage_charged_t *line = &event->usage_charged;
    return event->type == EVENT_usage_charged && line->meter == credits_meter(key) &&
           line->hour == hour_start(credits_hour(key)) && line->version == credits_version(key) &&
           line->price == tariff_version(&self->tariffs, credits_version(key))->price;
}

static void give_back(const metering_state_t *self, uint64_t key, const recalled_t *recalled,
                      uint64_t minutes, kopecks_t given, decision_t *out)
{
    const event_usage_charged_t *line = &recalled->event->usage_charged;
    const meter_t *meter = rows_meter(self, credits_meter(key));
    int64_t carry = meter->closed ? rows_account(self, meter->account)->carry : meter->carry;
    kopecks_t amount = carry_credit(line->price, minutes, &carry);
    decision_add(out, EVENT_usage_credited)->usage_credited = (event_usage_credited_t){
        .original = recalled->sequence,
        .account = line->account,
        .resource = line->resource,
        .meter = line->meter,
        .kind = line->kind,
        .version = line->version,
        .hour = line->hour,
        .minutes = minutes,
        .price = line->price,
        .amount = amount,
        .remainder = carry,
        .charged_minutes = line->minutes,
        .charged = line->amount,
        .before = given,
        .tariff = tariff_text(&self->tariffs, (uint16_t)line->version),
    };
}

void credit_recalled(const metering_state_t *self, const recalled_t *recalled, decision_t *out)
{
    uint64_t key = recalled->wish.key, left = 0;
    kopecks_t given = 0;
    const owed_t *owed = credits_owed(&self->credits, key);
    if (!owed)
        return;
    if (!recalled->fail && is_line_of(self, key, recalled->event))
        credits_left(&self->credits, key, recalled->sequence, &recalled->event->usage_charged,
                     &left, &given);
    if (left)
        give_back(self, key, recalled, left < owed->minutes ? left : owed->minutes, given, out);
    else
        tell(out, self, credits_meter(key), credits_hour(key), credits_version(key), owed->minutes,
             FAIL_MISSING);
}
