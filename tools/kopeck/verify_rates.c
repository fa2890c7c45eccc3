#include "tools/kopeck/verify_rates.h"
#include "services/metering/metering_carry.h"
#include <assert.h>
#include <stdlib.h>

void verify_rates_release(verify_rates_t *self)
{
    free(self->of);
}

static void take(verify_rates_t *self, uint64_t sequence, uint64_t version, verify_rate_t rate)
{
    if (!verify_equal(self->report, "metering: tariff versions are dense", STREAM_METERING,
                      sequence, (int64_t)self->count + 1, (int64_t)version) ||
        self->count == VERIFY_TARIFFS_MAX)
        return;
    self->of = realloc(self->of, (self->count + 1) * sizeof *self->of);
    assert(self->of);
    self->of[self->count++] = rate;
}

static void take_tariff(verify_rates_t *self, uint64_t sequence,
                        const event_tariff_defined_t *tariff)
{
    take(self, sequence, tariff->version,
         (verify_rate_t){.price = tariff->price, .effective = tariff->effective});
}

static void take_rate(verify_rates_t *self, uint64_t sequence, const event_rate_defined_t *rate)
{
    verify_that(self->report, "metering: a rate prices files or tokens", STREAM_METERING, sequence,
                rate->kind >= RESOURCE_DISK && rate->kind <= RESOURCE_OUTPUT, "kind 3, 4 or 5",
                (int64_t)rate->kind);
    take(self, sequence, rate->version,
         (verify_rate_t){.price = rate->price,
                         .kind = rate->kind,
                         .included = rate->included,
                         .effective = rate->effective});
}

const verify_rate_t *verify_rates_find(const verify_rates_t *self, uint64_t version)
{
    return version > 0 && version <= self->count ? &self->of[version - 1] : NULL;
}

static bool that(const verify_rates_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, uint64_t found)
{
    return verify_that(self->report, rule, STREAM_METERING, sequence, holds, expected,
                       (int64_t)found);
}

static void check_withdrawn(verify_rates_t *self, uint64_t sequence, const event_t *event)
{
    uint64_t version = event->tariff_withdrawn.version;
    bool known = version > 0 && version <= self->count;
    that(self, "metering: what is withdrawn was defined", sequence, known, "a defined version",
         version);
    if (!known)
        return;
    verify_rate_t *rate = &self->of[version - 1];
    that(self, "metering: what is withdrawn had not begun", sequence,
         !rate->withdrawn && rate->effective > event->at, "a version that begins later", version);
    rate->withdrawn = true;
}

static void check_announced(const verify_rates_t *self, uint64_t sequence,
                            const event_tariff_announced_t *told)
{
    const verify_rate_t *rate = verify_rates_find(self, told->version);
    bool right = rate && rate->withdrawn == told->withdrawn && rate->kind == told->kind &&
                 rate->effective == told->effective && told->before != told->price &&
                 rate->price == (told->withdrawn ? told->before : told->price);
    that(self, "metering: a price is announced as it is defined or withdrawn", sequence, right,
         "the version's price and beginning", told->version);
}

void verify_rates_feed(verify_rates_t *self, uint64_t sequence, const event_t *event)
{
    if (event->type == EVENT_tariff_defined)
        take_tariff(self, sequence, &event->tariff_defined);
    else if (event->type == EVENT_rate_defined)
        take_rate(self, sequence, &event->rate_defined);
    else if (event->type == EVENT_tariff_withdrawn)
        check_withdrawn(self, sequence, event);
    else if (event->type == EVENT_tariff_announced)
        check_announced(self, sequence, &event->tariff_announced);
}

void verify_rates_line(const verify_rates_t *self, uint64_t sequence,
                       const event_usage_charged_t *line)
{
    const verify_rate_t *rate = verify_rates_find(self, line->version);
    that(self, "metering: tariff versions are defined before use", sequence, rate,
         "a defined version", line->version);
    if (!rate)
        return;
    that(self, "metering: what is withdrawn prices nothing", sequence, !rate->withdrawn,
         "a version that was not withdrawn", line->version);
    verify_equal(self->report, "metering: a line has its tariff's price", STREAM_METERING, sequence,
                 rate->price, line->price);
    that(self, "metering: a line has a tariff or rate of its kind", sequence,
         rate->kind == (line->kind >= RESOURCE_DISK ? line->kind : 0), "a version for that kind",
         line->version);
}

bool verify_rates_lost(const verify_rates_t *self, uint64_t sequence,
                       const event_usage_expired_t *lost)
{
    const verify_rate_t *rate = verify_rates_find(self, lost->version);
    bool sane = rate && lost->minutes <= MINUTES_MAX && lost->price <= PRICE_MAX;
    if (that(self, "metering: what is lost has a tariff's version", sequence, sane,
             "a defined version, minutes and a price in range", lost->version))
        verify_equal(self->report, "metering: what is lost has its tariff's price", STREAM_METERING,
                     sequence, rate->price, lost->price);
    return sane;
}
