#include "services/metering/metering_core.h"
#include "services/metering/carry.h"
#include "services/metering/charging.h"
#include "services/metering/feed.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    metering_t usage;
    feed_limits_t limits;
} state_t;

// Amvera's tariffs as published (the billing rules, 1.1), and the rules to begin with.
static const struct {
    const char *code, *title;
    kopecks_t price;
} tariffs_default[] = {
    {"probny", "Пробный", 17000},
    {"nachalny", "Начальный", 29000},
    {"nachalny_plus", "Начальный Плюс", 49000},
    {"standartny", "Стандартный", 145000},
    {"ultra", "Ультра", 430000},
    {"ultra_plus", "Ультра Плюс", 775000},
};
static const event_metering_policy_changed_t policy_default = {
    .settle_us = 2 * MINUTE_US, .late_us = LATE_MAX_US, .ahead_us = 2 * MINUTE_US};

static void *core_create(const void *settings)
{
    const metering_settings_t *given = settings;
    state_t *self = calloc(1, sizeof *self);
    assert(self);
    usage_init(&self->usage);
    self->limits = (feed_limits_t){METERING_REPLICAS_DEFAULT, METERING_METERS_DEFAULT};
    if (given && given->replicas_max)
        self->limits.replicas_max = given->replicas_max;
    if (given && given->meters_max)
        self->limits.meters_max = given->meters_max;
    return self;
}

static void core_destroy(void *state)
{
    state_t *self = state;
    if (self)
        usage_release(&self->usage);
    free(self);
}

static fail_t core_found(const void *state, const input_t *input, decision_t *out)
{
    (void)state, (void)input;
    decision_add(out, EVENT_metering_policy_changed)->metering_policy_changed = policy_default;
    for (size_t i = 0; i < sizeof tariffs_default / sizeof *tariffs_default; i++)
        decision_add(out, EVENT_tariff_defined)->tariff_defined =
            (event_tariff_defined_t){.version = i + 1,
                                     .code = text_of(tariffs_default[i].code),
                                     .title = text_of(tariffs_default[i].title),
                                     .price = tariffs_default[i].price};
    return FAIL_NONE;
}

// --- commands ---

static fail_t define_tariff(const metering_t *self, const input_t *input, decision_t *out)
{
    const request_tariff_define_t *r = &input->request->tariff_define;
    if (r->code.size == 0 || r->code.size > TARIFF_CODE_MAX)
        return decision_refuse(out, FAIL_INVALID, "code: expected 1 to 32 bytes");
    if (r->title.size == 0 || r->title.size > TARIFF_TITLE_MAX)
        return decision_refuse(out, FAIL_INVALID, "title: expected 1 to 128 bytes");
    if (r->price <= 0 || r->price > PRICE_MAX)
        return decision_refuse(out, FAIL_INVALID, "price: expected 1 to 1000000000 kopecks");
    if (r->effective < 0 || r->effective > INSTANT_LAST || r->effective % MINUTE_US)
        return decision_refuse(out, FAIL_INVALID, "effective: expected a whole minute");
    if (r->effective < input->now || r->effective <= usage_through(self))
        return decision_refuse(out, FAIL_INVALID, "effective: a price is never retroactive");
    if (self->tariffs.versions_count == TARIFF_VERSIONS_MAX)
        return decision_refuse(out, FAIL_FULL, "there are 1024 tariff versions already");
    decision_add(out, EVENT_tariff_defined)->tariff_defined =
        (event_tariff_defined_t){.version = self->tariffs.versions_count + UINT64_C(1),
                                 .code = r->code,
                                 .title = r->title,
                                 .price = r->price,
                                 .effective = r->effective};
    return FAIL_NONE;
}

static fail_t change_policy(const input_t *input, decision_t *out)
{
    const request_metering_policy_t *r = &input->request->metering_policy;
    if (r->settle_us > HOUR_US)
        return decision_refuse(out, FAIL_INVALID, "settle: expected at most an hour");
    if (r->late_us > LATE_MAX_US)
        return decision_refuse(out, FAIL_INVALID, "late: expected at most 72 hours");
    if (r->ahead_us > AHEAD_MAX_US)
        return decision_refuse(out, FAIL_INVALID, "ahead: expected at most an hour");
    decision_add(out, EVENT_metering_policy_changed)->metering_policy_changed =
        (event_metering_policy_changed_t){r->settle_us, r->late_us, r->ahead_us};
    return FAIL_NONE;
}

static fail_t retire_producer(const metering_t *self, const input_t *input, decision_t *out)
{
    stream_t producer = input->request->producer_retire.producer;
    if (usage_producer_through(self, producer) == INT64_MIN)
        return decision_refuse(out, FAIL_MISSING, "producer: hours do not wait for it");
    decision_add(out, EVENT_producer_retired)->producer_retired.producer = producer;
    return FAIL_NONE;
}

// --- decide ---

static fail_t core_decide(const void *state, const input_t *input, decision_t *out)
{
    const state_t *self = state;
    uint8_t result = FAIL_NONE;
    switch (input->kind) {
    case INPUT_REQUEST:
        if (input->request->type == REQUEST_tariff_define)
            return define_tariff(&self->usage, input, out);
        if (input->request->type == REQUEST_metering_policy)
            return change_policy(input, out);
        if (input->request->type == REQUEST_producer_retire)
            return retire_producer(&self->usage, input, out);
        return decision_refuse(out, FAIL_INVALID, "not a command of metering");
    case INPUT_ITEM:
        feed_items(&self->usage, &self->limits, input, input->event, 1, &result, out);
        return result == FAIL_LATER ? FAIL_LATER : FAIL_NONE; // all others leave their trace
    case INPUT_THROUGH:
        feed_through(&self->usage, input, out);
        return FAIL_NONE;
    case INPUT_TICK:
        charging_tick(&self->usage, input->now, out);
        return FAIL_NONE;
    case INPUT_EVENT:
    case INPUT_RESULT:
        break;
    }
    return FAIL_INVALID; // it follows no stream and asks nothing of the outside
}

static bool core_batches(event_type_t type)
{
    return type == EVENT_usage_ticked;
}

static fail_t core_decide_batch(const void *state, const input_t *input, const event_t *items,
                                size_t count, uint8_t *results, decision_t *out)
{
    const state_t *self = state;
    feed_items(&self->usage, &self->limits, input, items, count, results, out);
    return FAIL_NONE;
}

static fail_t core_check(const void *state, const input_t *input, const char **ret_detail)
{
    const state_t *self = state;
    fail_t fail = feed_check(&self->usage, &self->limits, input);
    if (fail)
        *ret_detail = fail_text(fail);
    return fail;
}

// --- apply ---

static void core_apply(void *state, const event_t *event, uint64_t sequence)
{
    (void)sequence;
    metering_t *usage = &((state_t *)state)->usage;
    switch (event->type) {
    case EVENT_tariff_defined:
        tariff_define(&usage->tariffs, event->tariff_defined.code, event->tariff_defined.price,
                      event->tariff_defined.effective);
        break;
    case EVENT_meter_opened:
        usage_open_meter(usage, &event->meter_opened, event->at);
        break;
    case EVENT_replica_opened:
        usage_open_replica(usage, &event->replica_opened);
        break;
    case EVENT_usage_accepted:
        usage_accept(usage, &event->usage_accepted);
        break;
    case EVENT_interval_opened:
        usage_point(
            usage, (uint32_t)event->interval_opened.replica, event->interval_opened.from,
            tariff_version(&usage->tariffs, (uint16_t)event->interval_opened.version)->code);
        break;
    case EVENT_interval_closed:
        usage_point(usage, (uint32_t)event->interval_closed.replica, event->interval_closed.to, 0);
        break;
    case EVENT_meter_closed:
        usage_close_meter(usage, &event->meter_closed, event->at);
        break;
    case EVENT_usage_through:
        usage_pass(usage, event->usage_through.producer, event->usage_through.through);
        break;
    case EVENT_hour_closed:
        usage_close_hour(usage, hour_of(event->hour_closed.hour));
        break;
    case EVENT_usage_charged:
        usage_charge(usage, &event->usage_charged);
        break;
    case EVENT_usage_refused:
        usage->refused++;
        break;
    case EVENT_usage_expired:
        usage->expired += event->usage_expired.minutes;
        break;
    case EVENT_usage_forgotten:
        usage_forget(usage, &event->usage_forgotten);
        break;
    case EVENT_producer_retired:
        usage_retire(usage, event->producer_retired.producer);
        break;
    case EVENT_metering_policy_changed:
        usage->policy = event->metering_policy_changed;
        break;
    default:
        break; // the node's own events
    }
}

// --- reads ---

// The version that a replica runs under now: by its points, or by a tick of this minute or the
// last.
static uint16_t running_under(const metering_t *self, const replica_t *replica, instant_t now)
{
    uint16_t version = usage_runs_under(self, replica, now);
    instant_t minute = minute_floor(now);
    for (unsigned back = 0; back < 2 && !version && minute >= 0; back++, minute -= MINUTE_US) {
        version = usage_accepted_under(self, replica, minute);
        if (version == UINT16_MAX) // only an hour that is over is full
            version = 0;
    }
    return version;
}

static fail_t query_meters(const metering_t *self, const uid_t16 *id, instant_t now,
                           answer_meters_t *out)
{
    uint32_t number = usage_find(&self->accounts, id);
    if (!number)
        return FAIL_UNKNOWN_ACCOUNT;
    const account_t *account = usage_account(self, number);
    out->remainder = account->carry;
    for (uint32_t m = account->meters.first; m; m = usage_meter(self, m)->link.after) {
        const meter_t *meter = usage_meter(self, m);
        out->meters++;
        for (uint32_t r = meter->replicas.first; r; r = usage_replica(self, r)->of_meter.after) {
            uint16_t version = running_under(self, usage_replica(self, r), now);
            if (!version)
                continue;
            out->replicas++;
            kopecks_t price = tariff_version(&self->tariffs, version)->price;
            if (!money_add(out->burn, price * CARRY_PER_PRICE_MINUTE, &out->burn))
                out->burn = INT64_MAX;
        }
    }
    return FAIL_NONE;
}

static fail_t core_query(const void *state, const request_t *request, const event_t *first,
                         uint64_t first_sequence, query_t *out)
{
    (void)first_sequence;
    const metering_t *self = &((const state_t *)state)->usage;
    switch (request->type) {
    case REQUEST_meters:
        out->answer->meters = (answer_meters_t){0};
        return query_meters(self, &request->meters.account, out->now, &out->answer->meters);
    case REQUEST_tariff_define:
        out->answer->tariff_define.version = first ? first->tariff_defined.version : 0;
        return FAIL_NONE;
    case REQUEST_metering_policy:
    case REQUEST_producer_retire:
        return FAIL_NONE;
    default:
        return FAIL_INVALID;
    }
}

static void core_due(const void *state, instant_t now, due_t *out)
{
    out->wake = charging_wake(&((const state_t *)state)->usage, now);
}

static size_t core_counters(const void *state, char *out, size_t cap)
{
    const metering_t *self = &((const state_t *)state)->usage;
    int size = snprintf(
        out, cap,
        "accounts %u\nresources %u\nmeters %u\nreplicas %u\nrunning %u\ncells %u\npoints %u\n"
        "lines_charged %llu\nitems_refused %llu\nminutes_expired %llu\n"
        "waiting_for_producer %llu\n",
        table_used(&self->accounts), table_used(&self->resources), self->meters.used,
        table_used(&self->replicas), self->running, self->cells.used, self->points.used,
        (unsigned long long)self->charged, (unsigned long long)self->refused,
        (unsigned long long)self->expired, (unsigned long long)usage_waits_for(self));
    return size < 0 || (size_t)size >= cap ? 0 : (size_t)size;
}

const core_t metering_core = {
    .name = "metering",
    .stream = STREAM_METERING,
    .takes_feed = true,
    .feed_roles = ROLE_PLATFORM,
    .create = core_create,
    .destroy = core_destroy,
    .found = core_found,
    .decide = core_decide,
    .batches = core_batches,
    .decide_batch = core_decide_batch,
    .check = core_check,
    .apply = core_apply,
    .query = core_query,
    .due = core_due,
    .counters = core_counters,
};
