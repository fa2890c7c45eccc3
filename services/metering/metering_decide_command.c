#include "services/metering/metering_decide_command.h"
#include "services/metering/metering_carry.h"
#include "services/metering/metering_decide_silence.h"
#include "services/metering/metering_hours.h"
#include "services/metering/metering_item.h"

// --- prices ---

#define NOTICE_MAX_US (366 * DAY_US)

// The price that is known for a code's minute, 0 if there is none.
static kopecks_t price_at(const tariffs_t *tariffs, uint16_t code, instant_t minute)
{
    uint16_t version = code ? tariff_at(tariffs, code, minute) : 0;
    return version ? tariff_version(tariffs, version)->price : 0;
}

// The same, were that version none.
static kopecks_t price_without(const tariffs_t *tariffs, uint16_t without, instant_t minute)
{
    uint16_t best = 0, code = tariff_version(tariffs, without)->code;
    for (uint16_t v = tariffs->codes[code - 1].first; v; v = tariff_version(tariffs, v)->next)
        if (v != without && tariff_version(tariffs, v)->effective <= minute &&
            (!best ||
             tariff_version(tariffs, v)->effective >= tariff_version(tariffs, best)->effective))
            best = v;
    return best ? tariff_version(tariffs, best)->price : 0;
}

// A price that rises is announced for as long as the policy says.
static fail_t check_notice(const metering_state_t *self, const input_t *input, uint16_t code,
                           kopecks_t price, instant_t effective, decision_t *out)
{
    kopecks_t before = price_at(&self->tariffs, code, effective);
    instant_t notice = (instant_t)self->policy.notice_us;
    if (before && price > before && effective < input->now + notice)
        return decision_refuse(out, FAIL_INVALID,
                               "effective: a price that rises is announced for as long as the "
                               "policy (notice_us) says");
    return FAIL_NONE;
}

// What customers pay already will change: told apart, for who tells them.
static void announce(const event_tariff_announced_t *change, decision_t *out)
{
    if (change->before && change->before != change->price)
        decision_add(out, EVENT_tariff_announced)->tariff_announced = *change;
}

// What a tariff's version and a rate's have in common.
static fail_t check_price(const metering_state_t *self, const input_t *input, text_t code,
                          text_t title, kopecks_t price, instant_t effective, decision_t *out)
{
    if (code.size == 0 || code.size > TARIFF_CODE_MAX)
        return decision_refuse(out, FAIL_INVALID, "code: expected 1 to 32 bytes");
    if (title.size == 0 || title.size > TARIFF_TITLE_MAX)
        return decision_refuse(out, FAIL_INVALID, "title: expected 1 to 128 bytes");
    if (price <= 0 || price > PRICE_MAX)
        return decision_refuse(out, FAIL_INVALID, "price: expected 1 to 1000000000 kopecks");
    if (effective < 0 || effective > INSTANT_LAST || effective % MINUTE_US)
        return decision_refuse(out, FAIL_INVALID, "effective: expected a whole minute");
    if (effective < input->now || effective <= hours_through(self))
        return decision_refuse(out, FAIL_INVALID, "effective: a price is never retroactive");
    if (self->tariffs.versions_count == TARIFF_VERSIONS_MAX)
        return decision_refuse(out, FAIL_LIMIT, "there are 1024 tariff versions already");
    return FAIL_NONE;
}

static fail_t define_tariff(const metering_state_t *self, const input_t *input, decision_t *out)
{
    const request_tariff_define_t *r = &input->request->tariff_define;
    uint64_t version = self->tariffs.versions_count + UINT64_C(1);
    uint16_t code = tariff_code(&self->tariffs, r->code);
    fail_t fail = check_price(self, input, r->code, r->title, r->price, r->effective, out);
    if (!fail)
        fail = check_notice(self, input, code, r->price, r->effective, out);
    if (fail)
        return fail;
    decision_add(out, EVENT_tariff_defined)->tariff_defined =
        (event_tariff_defined_t){.version = version,
                                 .code = r->code,
                                 .title = r->title,
                                 .price = r->price,
                                 .effective = r->effective};
    announce(&(event_tariff_announced_t){.version = version,
                                         .code = r->code,
                                         .effective = r->effective,
                                         .before = price_at(&self->tariffs, code, r->effective),
                                         .price = r->price},
             out);
    return FAIL_NONE;
}

static fail_t define_rate(const metering_state_t *self, const input_t *input, decision_t *out)
{
    const request_rate_define_t *r = &input->request->rate_define;
    if (r->kind < RESOURCE_DISK || r->kind > RESOURCE_OUTPUT)
        return decision_refuse(out, FAIL_INVALID, "kind: expected 3 disk, 4 input or 5 output");
    if (r->included > (r->kind == RESOURCE_DISK ? MIB_MAX : 0))
        return decision_refuse(out, FAIL_INVALID, "included: expected 0 to 33554432 MiB of a disk");
    uint64_t version = self->tariffs.versions_count + UINT64_C(1);
    uint16_t code = tariff_rate(&self->tariffs, (uint8_t)r->kind, r->code);
    fail_t fail = check_price(self, input, r->code, r->title, r->price, r->effective, out);
    if (!fail)
        fail = check_notice(self, input, code, r->price, r->effective, out);
    if (fail)
        return fail;
    decision_add(out, EVENT_rate_defined)->rate_defined =
        (event_rate_defined_t){.version = version,
                               .kind = r->kind,
                               .code = r->code,
                               .title = r->title,
                               .price = r->price,
                               .included = r->included,
                               .effective = r->effective};
    announce(&(event_tariff_announced_t){.version = version,
                                         .kind = r->kind,
                                         .code = r->code,
                                         .effective = r->effective,
                                         .before = price_at(&self->tariffs, code, r->effective),
                                         .price = r->price},
             out);
    return FAIL_NONE;
}

// Items may be ahead of the clock, by AHEAD_MAX_US at most: so nothing can have named it.
static fail_t withdraw(const metering_state_t *self, const input_t *input, decision_t *out)
{
    uint64_t number = input->request->tariff_withdraw.version;
    if (!number || number > self->tariffs.versions_count)
        return decision_refuse(out, FAIL_MISSING, "version: there is none of that number");
    tariff_version_t version = *tariff_version(&self->tariffs, (uint16_t)number);
    if (version.effective == INT64_MAX)
        return decision_refuse(out, FAIL_STATE, "version: it is withdrawn already");
    if (version.effective <= input->now + AHEAD_MAX_US || version.effective <= hours_through(self))
        return decision_refuse(out, FAIL_STATE,
                               "version: it has begun, or will within an hour: it may be in use");
    decision_add(out, EVENT_tariff_withdrawn)->tariff_withdrawn.version = number;
    kopecks_t before = price_at(&self->tariffs, version.code, version.effective);
    const tariff_code_t *code = &self->tariffs.codes[version.code - 1];
    announce(&(event_tariff_announced_t){.version = number,
                                         .kind = code->kind,
                                         .code = {code->text, code->size},
                                         .effective = version.effective,
                                         .before = before,
                                         .price = price_without(&self->tariffs, (uint16_t)number,
                                                                version.effective),
                                         .withdrawn = true},
             out);
    return FAIL_NONE;
}

static fail_t change_policy(const input_t *input, decision_t *out)
{
    const request_metering_policy_t *r = &input->request->metering_policy;
    if (r->settle_us > HOUR_US)
        return decision_refuse(out, FAIL_INVALID, "settle_us: expected at most an hour");
    if (r->late_us > LATE_MAX_US)
        return decision_refuse(out, FAIL_INVALID, "late_us: expected at most 72 hours");
    if (r->ahead_us > AHEAD_MAX_US)
        return decision_refuse(out, FAIL_INVALID, "ahead_us: expected at most an hour");
    if (r->notice_us > (uint64_t)NOTICE_MAX_US)
        return decision_refuse(out, FAIL_INVALID, "notice_us: expected at most 366 days");
    decision_add(out, EVENT_metering_policy_changed)->metering_policy_changed =
        (event_metering_policy_changed_t){r->settle_us, r->late_us, r->ahead_us, r->notice_us};
    return FAIL_NONE;
}

static fail_t retire_producer(const metering_state_t *self, const input_t *input, decision_t *out)
{
    stream_t producer = input->request->producer_retire.producer;
    if (hours_producer_through(self, producer) == INT64_MIN)
        return decision_refuse(out, FAIL_MISSING, "producer: hours do not wait for it");
    silence_retire(self, producer, input->now, out);
    decision_add(out, EVENT_producer_retired)->producer_retired.producer = producer;
    return FAIL_NONE;
}

static fail_t move_resource(const metering_state_t *self, const input_t *input, decision_t *out)
{
    const request_resource_move_t *r = &input->request->resource_move;
    uint32_t number = rows_find(&self->resources, &r->resource);
    if (!number)
        return decision_refuse(out, FAIL_MISSING,
                               "resource: nobody spoke of it, or it was long "
                               "deleted and is forgotten");
    if (r->producer < PRODUCER_FIRST || r->producer > INT64_MAX)
        return decision_refuse(out, FAIL_INVALID, "producer: expected a number from 100 on");
    if (!owners_have_room(&self->owners, r->producer))
        return decision_refuse(out, FAIL_LIMIT, "there are 1023 producers with resources already");
    if (self->owners.rows[rows_resource(self, number)->owner].producer != r->producer)
        decision_add(out, EVENT_resource_moved)->resource_moved =
            (event_resource_moved_t){r->resource, r->producer};
    return FAIL_NONE;
}

static fail_t change_quotas(const metering_state_t *self, const input_t *input, decision_t *out)
{
    const request_quotas_change_t *r = &input->request->quotas_change;
    event_quotas_changed_t quotas = {r->replicas,      r->replicas_account, r->meters,
                                     r->meters_hour,   r->accounts_hour,    r->bytes_hour,
                                     r->refusals_hour, r->wait_us};
    if (!quotas.replicas || !quotas.replicas_account || !quotas.meters || !quotas.meters_hour ||
        !quotas.accounts_hour || !quotas.bytes_hour)
        return decision_refuse(out, FAIL_INVALID,
                               "quotas: expected 1 and more; to keep a producer "
                               "out, take its certificate away");
    if (r->wait_us > (uint64_t)LATE_MAX_US)
        return decision_refuse(out, FAIL_INVALID, "wait: expected at most 72 hours");
    if (r->seen && r->seen - 1 != self->quotas_changed)
        return decision_refuse(
            out, FAIL_STATE,
            "somebody has set them meanwhile: look at what holds now, and say it "
            "again");
    if (memcmp(&quotas, &self->quotas, sizeof quotas) != 0)
        decision_add(out, EVENT_quotas_changed)->quotas_changed = quotas;
    return FAIL_NONE;
}

fail_t metering_decide_command(const metering_state_t *self, const input_t *input, decision_t *out)
{
    switch (input->request->type) {
    case REQUEST_tariff_define:
        return define_tariff(self, input, out);
    case REQUEST_rate_define:
        return define_rate(self, input, out);
    case REQUEST_tariff_withdraw:
        return withdraw(self, input, out);
    case REQUEST_metering_policy:
        return change_policy(input, out);
    case REQUEST_producer_retire:
        return retire_producer(self, input, out);
    case REQUEST_quotas_change:
        return change_quotas(self, input, out);
    case REQUEST_resource_move:
        return move_resource(self, input, out);
    default:
        return decision_refuse(out, FAIL_INVALID, "not a command of metering");
    }
}
