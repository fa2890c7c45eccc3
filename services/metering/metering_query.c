#include "services/metering/metering_query.h"
#include "proto/counter.h"
#include "services/metering/metering_burn.h"
#include "services/metering/metering_hours.h"
#include "services/metering/metering_losses.h"
#include "services/metering/metering_query_minutes.h"
#include "services/metering/metering_quotas.h"
#include "proto/wire.h"

enum { ROWS_BYTES = 60000, TARIFFS_ROWS_MAX = 100 }; // of one answer at a command door

static fail_t query_resource(const metering_state_t *self, const uid_t16 *id,
                             answer_resource_t *out)
{
    uint32_t number = rows_find(&self->resources, id);
    if (!number)
        return FAIL_MISSING;
    const resource_t *resource = rows_resource(self, number);
    const owner_t *owner = &self->owners.rows[resource->owner];
    if (resource->account)
        out->account = rows_account(self, resource->account)->id;
    out->producer = owner->producer;
    out->owner = (text_t){owner->name, owner->size};
    out->deleted = resource->deleted == DELETED_NEVER ? 0 : resource->deleted;
    return FAIL_NONE;
}

static void pack_owner(const metering_state_t *self, const owner_t *owner, instant_t now,
                       pack_t *rows)
{
    bool same_hour = owner->hour == hour_of(now);
    instant_t through = hours_producer_through(self, owner->producer);
    pack_array(rows, 9);
    pack_u64(rows, owner->producer);
    pack_text(rows, (text_t){owner->name, owner->size});
    pack_u64(rows, owner->meters);
    pack_u64(rows, (uint64_t)owner->replicas + owner->loose);
    pack_u64(rows, owner->busy);
    pack_u64(rows, same_hour ? owner->hour_meters : 0);
    pack_u64(rows, same_hour ? owner->hour_accounts : 0);
    pack_u64(rows, same_hour ? owner->hour_refusals : 0);
    pack_i64(rows, through == INT64_MIN ? 0 : through);
}

static void query_quotas(const metering_state_t *self, query_t *out)
{
    answer_quotas_t *answer = &out->answer->quotas;
    const event_quotas_changed_t *q = &self->quotas;
    *answer = (answer_quotas_t){.replicas = q->replicas,
                                .replicas_account = q->replicas_account,
                                .meters = q->meters,
                                .meters_hour = q->meters_hour,
                                .accounts_hour = q->accounts_hour,
                                .bytes_hour = q->bytes_hour,
                                .refusals_hour = q->refusals_hour,
                                .wait_us = q->wait_us,
                                .changed = self->quotas_changed};
    pack_t rows;
    pack_start(&rows, out->scratch,
               out->scratch_size < ROWS_BYTES ? out->scratch_size : ROWS_BYTES);
    size_t used = 0;
    for (uint32_t i = 1; i < self->owners.count; i++) {
        pack_owner(self, &self->owners.rows[i], out->now, &rows);
        if (!pack_end(&rows))
            break;
        used = pack_end(&rows);
        answer->count++;
    }
    answer->rows = (bytes_t){out->scratch, (uint32_t)used};
}

static void pack_version(const tariffs_t *tariffs, uint16_t version, pack_t *rows)
{
    const tariff_version_t *row = tariff_version(tariffs, version);
    pack_array(rows, 6);
    pack_u64(rows, version);
    pack_u64(rows, tariffs->codes[row->code - 1].kind);
    pack_text(rows, tariff_text(tariffs, version));
    pack_i64(rows, row->price);
    pack_u64(rows, row->included);
    pack_i64(rows, row->effective == INT64_MAX ? 0 : row->effective);
}

static fail_t query_tariffs(const metering_state_t *self, const request_tariffs_t *asked,
                            query_t *out)
{
    answer_tariffs_t *answer = &out->answer->tariffs;
    uint64_t last = self->tariffs.versions_count;
    uint64_t version = asked->before && asked->before <= last ? asked->before - 1 : last;
    pack_t rows;
    if (asked->limit == 0 || asked->limit > TARIFFS_ROWS_MAX)
        return FAIL_INVALID;
    *answer = (answer_tariffs_t){0};
    pack_start(&rows, out->scratch, out->scratch_size);
    for (; version > 0 && answer->count < asked->limit; version--, answer->count++)
        pack_version(&self->tariffs, (uint16_t)version, &rows);
    answer->next = version > 0 ? version + 1 : 0;
    answer->rows = (bytes_t){out->scratch, (uint32_t)pack_end(&rows)};
    return FAIL_NONE;
}

fail_t metering_query(const void *state, const request_t *request, const event_t *first,
                      uint64_t first_sequence, query_t *out)
{
    (void)first_sequence;
    const metering_state_t *self = state;
    bool pending = first && first->type == EVENT_command_proposed;
    switch (request->type) {
    case REQUEST_meters:
        return burn_query(self, &request->meters.account, out);
    case REQUEST_tariff_define:
        out->answer->tariff_define = (answer_tariff_define_t){
            .version = first && !pending ? first->tariff_defined.version : 0, .pending = pending};
        return FAIL_NONE;
    case REQUEST_rate_define:
        out->answer->rate_define = (answer_rate_define_t){
            .version = first && !pending ? first->rate_defined.version : 0, .pending = pending};
        return FAIL_NONE;
    case REQUEST_tariff_withdraw:
        out->answer->tariff_withdraw.pending = pending;
        return FAIL_NONE;
    case REQUEST_metering_policy:
        out->answer->metering_policy.pending = pending;
        return FAIL_NONE;
    case REQUEST_producer_retire:
    case REQUEST_resource_move:
    case REQUEST_quotas_change:
        return FAIL_NONE;
    case REQUEST_quotas:
        query_quotas(self, out);
        return FAIL_NONE;
    case REQUEST_resource:
        out->answer->resource = (answer_resource_t){0};
        return query_resource(self, &request->resource.resource, &out->answer->resource);
    case REQUEST_losses:
        losses_query(&self->losses, &out->answer->losses);
        return FAIL_NONE;
    case REQUEST_tariffs:
        return query_tariffs(self, &request->tariffs, out);
    case REQUEST_minutes:
        return query_minutes(self, &request->minutes, out);
    default:
        return FAIL_INVALID;
    }
}

uint64_t metering_query_feed_bytes(const void *state)
{
    return ((const metering_state_t *)state)->quotas.bytes_hour;
}

size_t metering_query_counters(const void *state, char *text, size_t cap)
{
    const metering_state_t *self = state;
    writer_t out = writer_on(text, cap);
    counter_put(&out, COUNTER_accounts, table_used(&self->accounts));
    counter_put(&out, COUNTER_resources, table_used(&self->resources));
    counter_put(&out, COUNTER_meters, self->meters.used);
    counter_put(&out, COUNTER_replicas, table_used(&self->replicas));
    counter_put(&out, COUNTER_running, self->running);
    counter_put(&out, COUNTER_cells, self->cells.used);
    counter_put(&out, COUNTER_points, self->points.used);
    counter_put(&out, COUNTER_lines_charged, (int64_t)self->charged);
    counter_put(&out, COUNTER_items_refused, (int64_t)self->refused);
    counter_put(&out, COUNTER_minutes_expired, (int64_t)self->losses.minutes);
    counter_put(&out, COUNTER_kopecks_lost, self->losses.amount);
    counter_put(&out, COUNTER_minutes_credited, (int64_t)self->credits.given);
    counter_put(&out, COUNTER_minutes_uncredited, (int64_t)self->credits.refused);
    counter_put(&out, COUNTER_credits_open, table_used(&self->credits.owed));
    counter_put(&out, COUNTER_waiting_for_producer, (int64_t)hours_producer_waited_for(self));
    return out.size;
}
