#include "services/metering/metering_query_minutes.h"
#include "services/metering/metering_counts.h"
#include "services/metering/metering_credits.h"
#include "services/metering/metering_evidence.h"
#include "services/metering/metering_fresh.h"
#include "proto/wire.h"

enum { ROWS_BYTES = 40000, LINES_BYTES = 16000 }; // of one answer at a command door

// A question on its way: what was asked, and the rows so far.
typedef struct {
    const metering_state_t *self;
    const request_minutes_t *request;
    uint32_t hour;
    instant_t now;
    pack_t rows, lines;
    size_t rows_size, lines_size; // that were good
    uint64_t seen;                // rows, those that are skipped too
    bool full;
    answer_minutes_t *answer;
} minutes_t;

static bool is_asked(const minutes_t *m, uint64_t version)
{
    return !m->request->version || m->request->version == version;
}

// --- minutes ---

static mask_t mask_under(const fresh_t *of, uint16_t version)
{
    for (unsigned i = 0; i < of->count; i++)
        if (of->of[i].version == version)
            return of->of[i].mask;
    return 0;
}

// `billed` and `waiting` are masks, or what is counted; `id` is a replica's, or a request's.
static void add_row(minutes_t *m, const meter_t *meter, const uid_t16 *id, uint16_t version,
                    uint64_t billed, uint64_t waiting)
{
    if (!(billed | waiting) || !is_asked(m, version) || m->seen++ < m->request->skip || m->full)
        return;
    pack_array(&m->rows, 7);
    pack_u64(&m->rows, meter->kind);
    pack_u64(&m->rows, version);
    pack_text(&m->rows, tariff_text(&m->self->tariffs, version));
    pack_i64(&m->rows, tariff_version(&m->self->tariffs, version)->price);
    pack_uid(&m->rows, id);
    pack_u64(&m->rows, billed);
    pack_u64(&m->rows, waiting);
    size_t size = pack_end(&m->rows);
    m->full = size == 0;
    if (m->full) {
        m->answer->next = m->request->skip + m->answer->count;
        return;
    }
    m->rows_size = size;
    m->answer->count++;
}

static void add_replica(minutes_t *m, const meter_t *meter, const replica_t *replica)
{
    fresh_t billed, waiting;
    // What lies after a deletion is called billed so that it never will be.
    mask_t lived = mask_below(m->hour, rows_resource(m->self, meter->resource)->deleted);
    fresh_billed(m->self, replica, m->hour, &billed);
    fresh_told_of_hour(m->self, replica, m->hour, m->now, &waiting);
    for (unsigned i = 0; i < billed.count; i++)
        add_row(m, meter, &replica->id, billed.of[i].version, billed.of[i].mask & lived,
                mask_under(&waiting, billed.of[i].version));
    for (unsigned i = 0; i < waiting.count; i++)
        if (!mask_under(&billed, waiting.of[i].version))
            add_row(m, meter, &replica->id, waiting.of[i].version, 0, waiting.of[i].mask);
}

// --- what is counted ---

// The requests of a row, the newest first: the newest of them wait.
static void add_requests(minutes_t *m, const meter_t *meter, const count_t *row)
{
    unsigned which = meter->kind == RESOURCE_OUTPUT;
    uint64_t waiting = counts_fresh(row);
    for (uint32_t n = row->requests; n;) {
        const counted_request_t *request = table_row(&m->self->counts.requests, n - 1);
        uint64_t tokens = request->tokens[which];
        bool waits = waiting > 0;
        add_row(m, meter, &request->id, row->version, waits ? 0 : tokens, waits ? tokens : 0);
        waiting -= waits ? tokens : 0;
        n = request->next[which];
    }
}

static void add_counts(minutes_t *m, const meter_t *meter)
{
    static const uid_t16 none;
    for (uint32_t n = meter->counts; n; n = rows_count(m->self, n)->next_of_meter) {
        const count_t *row = rows_count(m->self, n);
        if (row->hour != m->hour)
            continue;
        if (row->requests)
            add_requests(m, meter, row);
        else
            add_row(m, meter, &none, row->version, row->billed, counts_fresh(row));
    }
}

// --- lines ---

static void add_line(minutes_t *m, uint64_t sequence, const meter_t *meter, uint16_t version,
                     uint64_t left, kopecks_t given)
{
    pack_array(&m->lines, 5);
    pack_u64(&m->lines, sequence);
    pack_u64(&m->lines, meter->kind);
    pack_u64(&m->lines, version);
    pack_u64(&m->lines, left);
    pack_i64(&m->lines, given);
    size_t size = pack_end(&m->lines);
    if (!size)
        return; // more than 500 lines of one hour: of deletions told again and again
    m->lines_size = size;
    m->answer->lines_count++;
}

static void add_kept(minutes_t *m, uint32_t number, uint16_t version)
{
    const credits_t *credits = &m->self->credits;
    uint64_t n = credits_kept(credits, number, m->hour, version, 0) ? 0 : 1;
    for (const kept_t *kept; (kept = credits_kept(credits, number, m->hour, version, n)); n++)
        add_line(m, kept->sequence, rows_meter(m->self, number), version, kept->minutes,
                 kept->given);
}

static void add_meter(minutes_t *m, uint32_t number)
{
    const meter_t *meter = rows_meter(m->self, number);
    if (!meter->account || (m->request->kind && m->request->kind != meter->kind))
        return;
    for (uint32_t r = meter->replicas.first; r; r = rows_replica(m->self, r)->of_meter.after)
        add_replica(m, meter, rows_replica(m->self, r));
    add_counts(m, meter);
    for (uint32_t v = 1; v <= m->self->tariffs.versions_count && !m->request->skip; v++)
        if (is_asked(m, v))
            add_kept(m, number, (uint16_t)v);
}

// --- the line of the closing, which is recalled ---

// False if it is among the kept ones, or there is none.
static bool wants_closing(const minutes_t *m, const resource_t *resource, uint32_t *ret_meter,
                          recall_t *ret_wish)
{
    const request_minutes_t *asked = m->request;
    if (!asked->kind || !asked->version || asked->version > m->self->tariffs.versions_count ||
        asked->skip)
        return false;
    *ret_meter = rows_meter_of(m->self, resource, asked->kind);
    uint16_t version = (uint16_t)asked->version;
    return *ret_meter && rows_meter(m->self, *ret_meter)->account &&
           !credits_kept(&m->self->credits, *ret_meter, m->hour, version, 0) &&
           credits_closing(m->self, *ret_meter, m->hour, version, ret_wish);
}

static fail_t check(const metering_state_t *self, const request_minutes_t *request,
                    const resource_t **ret_resource)
{
    if (request->hour < 0 || request->hour > INSTANT_LAST || request->hour % HOUR_US)
        return FAIL_INVALID;
    if (hour_of(request->hour) < rows_oldest_hour(self))
        return FAIL_EXPIRED;
    uint32_t number = rows_find(&self->resources, &request->resource);
    if (!number)
        return FAIL_MISSING;
    *ret_resource = rows_resource(self, number);
    uint32_t account = (*ret_resource)->account;
    return account && uid_equal(&rows_account(self, account)->id, &request->account) ? FAIL_NONE
                                                                                     : FAIL_MISSING;
}

fail_t query_minutes(const metering_state_t *self, const request_minutes_t *request, query_t *out)
{
    const resource_t *resource;
    fail_t fail = check(self, request, &resource);
    if (fail)
        return fail;
    minutes_t m = {.self = self,
                   .request = request,
                   .hour = hour_of(request->hour),
                   .now = out->now < INSTANT_LAST ? out->now : INSTANT_LAST,
                   .answer = &out->answer->minutes};
    *m.answer = (answer_minutes_t){.closed = m.hour < self->closed};
    if (evidence_until(self, resource) < resource->deleted) {
        m.answer->vouched = evidence_until(self, resource);
        m.answer->producer = self->owners.rows[resource->owner].producer;
    }
    assert(out->scratch_size >= ROWS_BYTES + LINES_BYTES);
    pack_start(&m.rows, out->scratch, ROWS_BYTES);
    pack_start(&m.lines, out->scratch + ROWS_BYTES, LINES_BYTES);
    uint32_t number;
    recall_t wish;
    if (wants_closing(&m, resource, &number, &wish)) {
        if (!out->recalled) {
            out->recall = wish;
            return FAIL_LATER;
        }
        if (!out->recalled->fail)
            add_line(&m, out->recalled->sequence, rows_meter(self, number),
                     (uint16_t)request->version, out->recalled->event->usage_charged.minutes, 0);
    }
    for (uint32_t n = resource->meters; n; n = rows_meter(self, n)->next_of_resource)
        add_meter(&m, n);
    m.answer->rows = (bytes_t){out->scratch, (uint32_t)m.rows_size};
    m.answer->lines = (bytes_t){out->scratch + ROWS_BYTES, (uint32_t)m.lines_size};
    return FAIL_NONE;
}
