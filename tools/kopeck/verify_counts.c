#include "tools/kopeck/verify_counts.h"
#include "services/metering/metering_minutes.h"

#define KEPT_US (96 * HOUR_US)

typedef struct {
    uid_t16 key; // made of meter, version, hour
    uint64_t counted, billed;
    uint64_t mib; // the most that was sampled
} row_t;

typedef struct {
    uid_t16 key; // the request's id and which of its two counts it is
} request_row_t;

void verify_counts_init(verify_counts_t *self, verify_report_t *report)
{
    *self = (verify_counts_t){.report = report};
    for (int i = 0; i < 2; i++) {
        table_init(&self->rows[i], sizeof(row_t));
        table_init(&self->requests[i], sizeof(request_row_t));
    }
}

void verify_counts_release(verify_counts_t *self)
{
    for (int i = 0; i < 2; i++) {
        table_release(&self->rows[i]);
        table_release(&self->requests[i]);
    }
}

static bool that(verify_counts_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, uint64_t found)
{
    return verify_that(self->report, rule, STREAM_METERING, sequence, holds, expected,
                       (int64_t)found);
}

static row_t *find_row(verify_counts_t *self, uint64_t meter, uint64_t version, instant_t at)
{
    uid_t16 key = table_key(meter << 32 | version, (uint64_t)(at / HOUR_US));
    for (int i = 0; i < 2; i++) {
        uint32_t row = table_find(&self->rows[i], &key);
        if (row != TABLE_NONE)
            return table_row(&self->rows[i], row);
    }
    return table_row(&self->rows[0], table_insert(&self->rows[0], &key));
}

int64_t verify_counts_unit(uint64_t kind)
{
    switch (kind) {
    case RESOURCE_DISK:
        return CARRY_DENOMINATOR / (INT64_C(1024) * 720 * 60);
    case RESOURCE_INPUT:
    case RESOURCE_OUTPUT:
        return CARRY_DENOMINATOR / 1000000;
    default:
        return CARRY_DENOMINATOR / (INT64_C(720) * 60);
    }
}

static void take_sample(verify_counts_t *self, uint64_t sequence,
                        const event_usage_counted_t *counted, row_t *row, const verify_rate_t *rate)
{
    that(self, "metering: a sample is written down where it is more", sequence,
         counted->mib > rate->included && counted->mib > row->mib, "more than quota and known",
         counted->mib);
    row->mib = counted->mib;
    row->counted += counted->quantity;
    verify_equal(self->report, "metering: a disk's hour is what it has beyond the quota",
                 STREAM_METERING, sequence, (int64_t)((counted->mib - rate->included) * 60),
                 (int64_t)row->counted);
}

static void take_tokens(verify_counts_t *self, uint64_t sequence,
                        const event_usage_counted_t *counted, uint64_t kind, row_t *row)
{
    uid_t16 key = counted->request;
    key.bytes[0] ^= (uint8_t)kind;
    bool known = false;
    for (int i = 0; i < 2; i++)
        known |= table_find(&self->requests[i], &key) != TABLE_NONE;
    that(self, "metering: a request counts once", sequence,
         !known && !uid_is_zero(&counted->request), "a request that was not counted yet",
         counted->quantity);
    if (!known)
        (void)table_insert(&self->requests[0], &key);
    row->counted += counted->quantity;
}

void verify_counts_feed(verify_counts_t *self, uint64_t sequence,
                        const event_usage_counted_t *counted, uint64_t kind,
                        const verify_rate_t *rate)
{
    bool sane = that(self, "metering: what is counted has a rate of its kind", sequence,
                     rate && rate->kind == kind && kind >= RESOURCE_DISK && kind <= RESOURCE_OUTPUT,
                     "a rate of that kind", counted->version);
    sane = that(self, "metering: what is counted is more than nothing", sequence,
                counted->quantity > 0 && counted->quantity <= UINT32_MAX, "1 to 4294967295",
                counted->quantity) &&
           sane;
    if (!sane || !that(self, "metering: instants are of our time", sequence,
                       counted->instant >= 0 && counted->instant <= INSTANT_LAST, "1970 to 2255",
                       (uint64_t)counted->instant))
        return;
    instant_t priced =
        kind == RESOURCE_DISK ? counted->instant - counted->instant % HOUR_US : counted->instant;
    that(self, "metering: a rate is valid when it prices", sequence, rate->effective <= priced,
         "a version that is valid", counted->version);
    row_t *row = find_row(self, counted->meter, counted->version, counted->instant);
    if (kind == RESOURCE_DISK)
        take_sample(self, sequence, counted, row, rate);
    else
        take_tokens(self, sequence, counted, kind, row);
}

void verify_counts_line(verify_counts_t *self, uint64_t sequence, const event_usage_charged_t *line)
{
    row_t *row = find_row(self, line->meter, line->version, line->hour);
    row->billed += line->minutes;
    that(self, "metering: a line takes no more of its hour than was counted", sequence,
         row->billed <= row->counted, "at most what was counted", row->billed);
}

void verify_counts_pass(verify_counts_t *self, instant_t hour)
{
    if (hour < self->since + KEPT_US)
        return;
    table_release(&self->rows[1]);
    table_release(&self->requests[1]);
    self->rows[1] = self->rows[0];
    self->requests[1] = self->requests[0];
    table_init(&self->rows[0], sizeof(row_t));
    table_init(&self->requests[0], sizeof(request_row_t));
    self->since = hour;
}
