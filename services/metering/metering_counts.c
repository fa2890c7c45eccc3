#include "services/metering/metering_counts.h"
#include <assert.h>
#include "services/metering/metering_late.h"

void counts_init(counts_t *self)
{
    pool_init(&self->rows, sizeof(count_t));
    table_init(&self->requests, sizeof(counted_request_t));
}

void counts_release(counts_t *self)
{
    pool_release(&self->rows);
    table_release(&self->requests);
}

WALK_ROW(count_t)
WALK_ROW(counted_request_t)

void counts_walk(counts_t *self, walk_t *walk)
{
    pool_walk(&self->rows, walk, walk_clear_count_t);
    table_walk(&self->requests, walk, walk_clear_counted_request_t);
    WALK(walk, self->of_hour);
    WALK(walk, self->requests_of_hour);
    WALK_WHOLE(walk, counts_t, self);
}

static chain_links_t rows_links(const metering_state_t *self)
{
    return (chain_links_t){self->counts.rows.rows + offsetof(count_t, link), sizeof(count_t)};
}

static chain_links_t requests_links(const metering_state_t *self)
{
    return (chain_links_t){self->counts.requests.rows + offsetof(counted_request_t, link),
                           sizeof(counted_request_t)};
}

uint32_t counts_find(const metering_state_t *self, const meter_t *meter, uint32_t hour,
                     uint16_t version)
{
    uint32_t n = meter->counts;
    while (n && (rows_count(self, n)->hour != hour ||
                 (version && rows_count(self, n)->version != version)))
        n = rows_count(self, n)->next_of_meter;
    return n;
}

const counted_request_t *counts_request(const metering_state_t *self, const uid_t16 *id)
{
    uint32_t row = table_find(&self->counts.requests, id);
    return row == TABLE_NONE ? NULL : table_row(&self->counts.requests, row);
}

// --- what is counted ---

static uint32_t need_row(metering_state_t *self, uint32_t meter, uint32_t hour, uint16_t version)
{
    uint32_t number = counts_find(self, rows_meter(self, meter), hour, version);
    if (number)
        return number;
    number = pool_take(&self->counts.rows);
    count_t *row = rows_count(self, number);
    row->meter = meter;
    row->hour = hour;
    row->version = version;
    row->next_of_meter = rows_meter(self, meter)->counts;
    rows_meter(self, meter)->counts = number;
    chain_append(&self->counts.of_hour[hour % CELLS_RING_HOURS], rows_links(self), number);
    return number;
}

static void note_request(metering_state_t *self, const event_usage_counted_t *event, count_t *row)
{
    counts_t *counts = &self->counts;
    uint32_t number = table_find(&counts->requests, &event->request);
    if (number == TABLE_NONE) {
        number = table_insert(&counts->requests, &event->request);
        chain_append(&counts->requests_of_hour[row->hour % CELLS_RING_HOURS], requests_links(self),
                     number + 1);
    }
    counted_request_t *request = table_row(&counts->requests, number);
    unsigned which = rows_meter(self, row->meter)->kind == RESOURCE_OUTPUT;
    request->hour = row->hour;
    request->meters[which] = row->meter;
    request->tokens[which] = event->quantity;
    request->next[which] = row->requests;
    row->requests = number + 1;
}

void counts_apply(metering_state_t *self, const event_usage_counted_t *event)
{
    uint32_t number = (uint32_t)event->meter, hour = hour_of(event->instant);
    count_t *row = rows_count(self, need_row(self, number, hour, (uint16_t)event->version));
    row->counted += event->quantity;
    if (!uid_is_zero(&event->request))
        note_request(self, event, row);
    if (late_is(self, rows_meter(self, number), hour))
        late_settle(self, number);
    else
        late_note_hour(self, hour);
}

void counts_bill(metering_state_t *self, const meter_t *meter, uint32_t hour, uint16_t version)
{
    uint32_t number = counts_find(self, meter, hour, version);
    if (number)
        rows_count(self, number)->billed = rows_count(self, number)->counted;
}

// --- what is over ---

static void forget_row(metering_state_t *self, chain_t *chain, uint32_t number)
{
    uint32_t *link = &rows_meter(self, rows_count(self, number)->meter)->counts;
    while (*link != number)
        link = &rows_count(self, *link)->next_of_meter;
    *link = rows_count(self, number)->next_of_meter;
    chain_remove(chain, rows_links(self), number);
    pool_give(&self->counts.rows, number);
}

// The requests of an hour go before its row does, whose list they are.
static void forget_requests(metering_state_t *self, chain_t *chain, uint32_t oldest)
{
    counts_t *counts = &self->counts;
    for (uint32_t first; (first = chain->first);) {
        const counted_request_t *request = table_row(&counts->requests, first - 1);
        if (request->hour >= oldest)
            return;
        chain_remove(chain, requests_links(self), first);
        table_remove(&counts->requests, first - 1);
    }
}

static bool is_billed_before(const metering_state_t *self, uint32_t first, uint32_t oldest)
{
    for (uint32_t n = first; n && rows_count(self, n)->hour < oldest;
         n = rows_count(self, n)->link.after)
        if (counts_fresh(rows_count(self, n)))
            return false;
    return true;
}

// Later hours of the same place stand behind earlier ones.
static void forget_before(metering_state_t *self, uint32_t oldest)
{
    counts_t *counts = &self->counts;
    for (unsigned i = 0; i < CELLS_RING_HOURS; i++) {
        if (!is_billed_before(self, counts->of_hour[i].first, oldest))
            continue;
        forget_requests(self, &counts->requests_of_hour[i], oldest);
        for (uint32_t n; (n = counts->of_hour[i].first) && rows_count(self, n)->hour < oldest;)
            forget_row(self, &counts->of_hour[i], n);
    }
}

void counts_close(metering_state_t *self, uint32_t hour)
{
    uint32_t next;
    for (uint32_t n = self->counts.of_hour[hour % CELLS_RING_HOURS].first; n; n = next) {
        next = rows_count(self, n)->link.after;
        if (rows_count(self, n)->hour == hour && counts_fresh(rows_count(self, n)))
            late_settle(self, rows_count(self, n)->meter);
    }
    forget_before(self, rows_oldest_hour(self));
}
