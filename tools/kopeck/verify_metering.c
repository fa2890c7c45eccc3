#include "tools/kopeck/verify_metering.h"
#include "services/metering/masks.h"
#include <assert.h>
#include <stdlib.h>

enum { HOUR_MINUTES = 60 };

typedef struct {
    uid_t16 key; // made of its number
    uid_t16 account, resource;
    int64_t carry;
    uint64_t kind, replicas;
    instant_t hour;        // the newest billed
    uint64_t hour_minutes; // billed of it
    uint64_t billed;       // minutes, of all hours
    uint64_t evidence;     // minutes of ended intervals and of ticks
    uint64_t running;      // replicas with an open interval
    int64_t running_from;  // sum of their first minutes
    instant_t reach;       // end of the newest hour billed: what runs counts up to it
    bool closed, unordered;
} meter_t;

typedef struct {
    uid_t16 key; // made of its number
    uint32_t meter;
    bool running;
    instant_t from; // of the open interval
} replica_t;

typedef struct {
    uid_t16 id;
    int64_t carry;
} carry_t;

void verify_metering_init(verify_metering_t *self, verify_report_t *report)
{
    *self = (verify_metering_t){.report = report, .hour = INT64_MIN};
    table_init(&self->meters, sizeof(meter_t));
    table_init(&self->accounts, sizeof(carry_t));
    table_init(&self->replicas, sizeof(replica_t));
}

void verify_metering_release(verify_metering_t *self)
{
    table_release(&self->meters);
    table_release(&self->accounts);
    table_release(&self->replicas);
    free(self->prices);
}

static bool equal(verify_metering_t *self, const char *rule, uint64_t sequence, int64_t expected,
                  int64_t found)
{
    return verify_equal(self->report, rule, STREAM_METERING, sequence, expected, found);
}

static bool that(verify_metering_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_METERING, sequence, holds, expected, found);
}

static void *find_or_insert(table_t *table, const uid_t16 *key)
{
    uint32_t row = table_find(table, key);
    if (row == TABLE_NONE)
        row = table_insert(table, key);
    return table_row(table, row);
}

// Meters and replicas are numbered densely from 1: number n is row n - 1.
static meter_t *find_meter(verify_metering_t *self, uint64_t sequence, uint64_t number)
{
    bool opened = number > 0 && number <= self->meters.count;
    return that(self, "metering: meters are opened before use", sequence, opened,
                "the number of an opened meter", (int64_t)number)
               ? table_row(&self->meters, (uint32_t)number - 1)
               : NULL;
}

static replica_t *find_replica(verify_metering_t *self, uint64_t sequence, uint64_t number)
{
    bool opened = number > 0 && number <= self->replicas.count;
    return that(self, "metering: replicas are opened before use", sequence, opened,
                "the number of an opened replica", (int64_t)number)
               ? table_row(&self->replicas, (uint32_t)number - 1)
               : NULL;
}

// --- what opens ---

static void check_tariff(verify_metering_t *self, uint64_t sequence, const event_t *event)
{
    const event_tariff_defined_t *tariff = &event->tariff_defined;
    if (!equal(self, "metering: tariff versions are dense", sequence,
               (int64_t)self->prices_count + 1, (int64_t)tariff->version) ||
        self->prices_count == VERIFY_TARIFFS_MAX)
        return;
    self->prices = realloc(self->prices, (self->prices_count + 1) * sizeof *self->prices);
    assert(self->prices);
    self->prices[self->prices_count++] = tariff->price;
}

static void check_meter_opened(verify_metering_t *self, uint64_t sequence,
                               const event_meter_opened_t *opened)
{
    if (!equal(self, "metering: meter numbers are dense", sequence, (int64_t)self->meters.count + 1,
               (int64_t)opened->meter))
        return;
    uid_t16 key = table_key(opened->meter, 1);
    meter_t *meter = find_or_insert(&self->meters, &key);
    meter->account = opened->account;
    meter->resource = opened->resource;
    meter->kind = opened->kind;
    meter->hour = INT64_MIN;
    meter->reach = INT64_MIN;
}

static void check_replica_opened(verify_metering_t *self, uint64_t sequence,
                                 const event_replica_opened_t *opened)
{
    // A replica whose stop came before its start is named once without a meter.
    uid_t16 key = table_key(opened->replica, 1);
    bool again = opened->replica > 0 && opened->replica <= self->replicas.count;
    if (!again && !equal(self, "metering: replica numbers are dense", sequence,
                         (int64_t)self->replicas.count + 1, (int64_t)opened->replica))
        return;
    replica_t *replica = find_or_insert(&self->replicas, &key);
    meter_t *meter = opened->meter ? find_meter(self, sequence, opened->meter) : NULL;
    if (!meter)
        return;
    that(self, "metering: a replica has one meter", sequence, !replica->meter, "a new replica",
         (int64_t)replica->meter);
    replica->meter = (uint32_t)opened->meter;
    meter->replicas++;
    meter->unordered |= again;
}

// --- evidence ---

static int64_t first_minute(instant_t from)
{
    return from / MINUTE_US + (from % MINUTE_US > 0);
}

static void end_interval(replica_t *replica, meter_t *meter, instant_t to)
{
    int64_t from = first_minute(replica->from), end = first_minute(to);
    meter->unordered |= to < replica->from;
    if (end > from)
        meter->evidence += (uint64_t)(end - from);
    meter->running--;
    meter->running_from -= from;
    replica->running = false;
}

static void take_interval(verify_metering_t *self, uint64_t sequence, uint64_t number, instant_t at,
                          bool opens)
{
    replica_t *replica = find_replica(self, sequence, number);
    if (!replica || !replica->meter)
        return;
    meter_t *meter = table_row(&self->meters, replica->meter - 1);
    if (replica->running)
        end_interval(replica, meter, at);
    else
        meter->unordered |= !opens;
    // An interval that begins behind what is known may cut another one short.
    meter->unordered |= opens && at < replica->from;
    if (!opens)
        return;
    replica->from = at;
    replica->running = true;
    meter->running++;
    meter->running_from += first_minute(at);
    // A replica that began after the newest hour billed must not count against the others.
    if (first_minute(at) * MINUTE_US > meter->reach)
        meter->reach = first_minute(at) * MINUTE_US;
}

static void take_masks(verify_metering_t *self, uint64_t sequence,
                       const event_usage_accepted_t *accepted)
{
    masks_reader_t reader;
    masks_entry_t entry;
    masks_start(&reader, accepted->masks, accepted->count);
    while (masks_next(&reader, &entry)) {
        replica_t *replica = find_replica(self, sequence, entry.replica);
        if (replica && replica->meter)
            ((meter_t *)table_row(&self->meters, replica->meter - 1))->evidence +=
                (uint64_t)__builtin_popcountll(entry.mask);
    }
    that(self, "metering: accepted masks decode", sequence, masks_end(&reader) == FAIL_NONE,
         "entries in order, as many as declared", (int64_t)accepted->count);
}

// --- charges ---

// carry before + units = amount x D + carry after, exactly, and 0 <= carry after < D.
static void check_carry(verify_metering_t *self, uint64_t sequence, int64_t before, __int128 units,
                        kopecks_t amount, int64_t after)
{
    __int128 expected = before + units - (__int128)amount * CARRY_DENOMINATOR;
    bool fits = expected >= INT64_MIN && expected <= INT64_MAX;
    equal(self, "metering: carry is exact", sequence, fits ? (int64_t)expected : -1, after);
    that(self, "metering: carry is below one kopeck", sequence,
         after >= 0 && after < CARRY_DENOMINATOR, "0 to 27647999999", after);
}

static void check_minutes(verify_metering_t *self, uint64_t sequence, meter_t *meter,
                          const event_usage_charged_t *line)
{
    if (line->hour > meter->hour) {
        meter->hour = line->hour;
        meter->hour_minutes = 0;
    }
    uint64_t billed = line->minutes;
    if (line->hour == meter->hour)
        billed = meter->hour_minutes += line->minutes;
    that(self, "metering: no minute of an hour is billed twice", sequence,
         billed <= meter->replicas * HOUR_MINUTES, "at most 60 minutes a replica", (int64_t)billed);
    meter->billed += line->minutes;
    if (line->hour + HOUR_US > meter->reach)
        meter->reach = line->hour + HOUR_US;
    int64_t running = (int64_t)meter->running * (meter->reach / MINUTE_US) - meter->running_from;
    that(self, "metering: billed minutes have evidence", sequence,
         meter->unordered || (int64_t)meter->billed <= (int64_t)meter->evidence + running,
         "at most the minutes of intervals and ticks", (int64_t)meter->billed);
}

static void check_line(verify_metering_t *self, uint64_t sequence,
                       const event_usage_charged_t *line)
{
    meter_t *meter = find_meter(self, sequence, line->meter);
    bool priced = line->version > 0 && line->version <= self->prices_count;
    that(self, "metering: tariff versions are defined before use", sequence, priced,
         "a defined version", (int64_t)line->version);
    if (priced)
        equal(self, "metering: a line has its tariff's price", sequence,
              self->prices[line->version - 1], line->price);
    that(self, "metering: a line has minutes", sequence, line->minutes > 0, "1 or more",
         (int64_t)line->minutes);
    if (!meter)
        return;
    verify_same(self->report, "metering: a line has its meter's account", STREAM_METERING, sequence,
                &meter->account, &line->account);
    verify_same(self->report, "metering: a line has its meter's resource", STREAM_METERING,
                sequence, &meter->resource, &line->resource);
    carry_t *account = find_or_insert(&self->accounts, &meter->account);
    int64_t *carry = meter->closed ? &account->carry : &meter->carry;
    check_carry(self, sequence, *carry,
                (__int128)line->price * line->minutes * CARRY_PER_PRICE_MINUTE, line->amount,
                line->remainder);
    *carry = line->remainder;
    check_minutes(self, sequence, meter, line);
    self->hour_lines += line->reason == 1;
    self->lines++;
    self->minutes += line->minutes;
    self->charged = (kopecks_t)((uint64_t)self->charged + (uint64_t)line->amount);
}

static void check_meter_closed(verify_metering_t *self, uint64_t sequence,
                               const event_meter_closed_t *closed)
{
    // The deletion of a resource that was never used closes what was never opened for anybody.
    meter_t *meter = find_meter(self, sequence, closed->meter);
    if (!meter)
        return;
    verify_same(self->report, "metering: a closing has its meter's account", STREAM_METERING,
                sequence, &meter->account, &closed->account);
    equal(self, "metering: a closing moves the meter's carry", sequence, meter->carry,
          closed->moved);
    if (!uid_is_zero(&meter->account)) {
        carry_t *account = find_or_insert(&self->accounts, &meter->account);
        check_carry(self, sequence, account->carry, closed->moved, closed->amount,
                    closed->remainder);
        account->carry = closed->remainder;
    }
    self->charged = (kopecks_t)((uint64_t)self->charged + (uint64_t)closed->amount);
    meter->carry = 0;
    meter->closed = true;
}

static void check_hour_closed(verify_metering_t *self, uint64_t sequence,
                              const event_hour_closed_t *closed)
{
    that(self, "metering: hours close in order", sequence, closed->hour > self->hour,
         "an hour after the last closed", closed->hour);
    equal(self, "metering: an hour counts its lines", sequence, (int64_t)self->hour_lines,
          (int64_t)closed->lines);
    self->hour = closed->hour;
    self->hour_lines = 0;
}

void verify_metering_feed(verify_metering_t *self, uint64_t sequence, const event_t *event)
{
    switch (event->type) {
    case EVENT_tariff_defined:
        check_tariff(self, sequence, event);
        break;
    case EVENT_meter_opened:
        check_meter_opened(self, sequence, &event->meter_opened);
        break;
    case EVENT_replica_opened:
        check_replica_opened(self, sequence, &event->replica_opened);
        break;
    case EVENT_interval_opened:
        take_interval(self, sequence, event->interval_opened.replica, event->interval_opened.from,
                      true);
        break;
    case EVENT_interval_closed:
        take_interval(self, sequence, event->interval_closed.replica, event->interval_closed.to,
                      false);
        break;
    case EVENT_usage_accepted:
        take_masks(self, sequence, &event->usage_accepted);
        break;
    case EVENT_usage_charged:
        check_line(self, sequence, &event->usage_charged);
        break;
    case EVENT_meter_closed:
        check_meter_closed(self, sequence, &event->meter_closed);
        break;
    case EVENT_hour_closed:
        check_hour_closed(self, sequence, &event->hour_closed);
        break;
    default:
        break;
    }
}
