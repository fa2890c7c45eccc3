#include "tools/kopeck/verify_metering.h"
#include "services/metering/metering_carry.h"
#include "services/metering/metering_masks.h"
#include "services/metering/metering_minutes.h"
#include <assert.h>
#include <endian.h>
#include <stdlib.h>

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
    instant_t newest;      // start of them all
    instant_t reach;       // end of the newest hour billed: what runs counts up to it
    uint64_t owed;         // taken back and not given back yet, minutes
    bool closed, unordered;
    bool forgotten; // its number is free
} meter_t;

typedef struct {
    uid_t16 key; // made of its number
    uint32_t meter;
    bool running;
    bool forgotten; // its number is free
    instant_t from; // of the open interval
} replica_t;

typedef struct {
    uid_t16 id;
    int64_t carry;
} carry_t;

void verify_metering_init(verify_metering_t *self, verify_report_t *report)
{
    *self = (verify_metering_t){.report = report, .rates.report = report, .hour = INT64_MIN};
    table_init(&self->meters, sizeof(meter_t));
    table_init(&self->accounts, sizeof(carry_t));
    table_init(&self->replicas, sizeof(replica_t));
    verify_lines_init(&self->credits, report);
    verify_counts_init(&self->counts, report);
}

void verify_metering_release(verify_metering_t *self)
{
    table_release(&self->meters);
    table_release(&self->accounts);
    table_release(&self->replicas);
    verify_lines_release(&self->credits);
    verify_rates_release(&self->rates);
    verify_counts_release(&self->counts);
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

// Of instants within it every sum of minutes fits.
static bool is_instant(verify_metering_t *self, uint64_t sequence, instant_t at)
{
    return that(self, "metering: instants are of our time", sequence, at >= 0 && at <= INSTANT_LAST,
                "1970 to 2255", at);
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
    bool opened = number > 0 && number <= self->meters.count &&
                  !((meter_t *)table_row(&self->meters, (uint32_t)number - 1))->forgotten;
    return that(self, "metering: meters are opened before use", sequence, opened,
                "the number of an opened meter", (int64_t)number)
               ? table_row(&self->meters, (uint32_t)number - 1)
               : NULL;
}

static replica_t *find_replica(verify_metering_t *self, uint64_t sequence, uint64_t number)
{
    bool opened = number > 0 && number <= self->replicas.count &&
                  !((replica_t *)table_row(&self->replicas, (uint32_t)number - 1))->forgotten;
    return that(self, "metering: replicas are opened before use", sequence, opened,
                "the number of an opened replica", (int64_t)number)
               ? table_row(&self->replicas, (uint32_t)number - 1)
               : NULL;
}

// --- what opens ---

static void check_meter_opened(verify_metering_t *self, uint64_t sequence,
                               const event_meter_opened_t *opened)
{
    uid_t16 key = table_key(opened->meter, 1);
    uint32_t row = table_find(&self->meters, &key);
    bool freed = row != TABLE_NONE && ((meter_t *)table_row(&self->meters, row))->forgotten;
    if (!freed && !equal(self, "metering: meter numbers are dense", sequence,
                         (int64_t)self->meters.count + 1, (int64_t)opened->meter))
        return;
    meter_t *meter = find_or_insert(&self->meters, &key);
    *meter = (meter_t){.key = key,
                       .account = opened->account,
                       .resource = opened->resource,
                       .kind = opened->kind,
                       .hour = INT64_MIN,
                       .reach = INT64_MIN};
}

static void check_replica_opened(verify_metering_t *self, uint64_t sequence,
                                 const event_replica_opened_t *opened)
{
    // A replica whose stop came before its start is named once without a meter.
    uid_t16 key = table_key(opened->replica, 1);
    bool again = table_find(&self->replicas, &key) != TABLE_NONE;
    if (!again && !equal(self, "metering: replica numbers are dense", sequence,
                         (int64_t)self->replicas.count + 1, (int64_t)opened->replica))
        return;
    replica_t *replica = find_or_insert(&self->replicas, &key);
    if (replica->forgotten) {
        *replica = (replica_t){.key = key};
        again = false;
    }
    meter_t *meter = opened->meter ? find_meter(self, sequence, opened->meter) : NULL;
    if (!meter)
        return;
    that(self, "metering: a replica has one meter", sequence, !replica->meter, "a new replica",
         (int64_t)replica->meter);
    replica->meter = (uint32_t)opened->meter;
    meter->replicas++;
    meter->unordered |= again;
}

// --- what is forgotten ---

static void forget_replica(verify_metering_t *self, uint64_t sequence, uint64_t number)
{
    replica_t *replica = find_replica(self, sequence, number);
    if (!replica)
        return;
    meter_t *meter = replica->meter ? table_row(&self->meters, replica->meter - 1) : NULL;
    bool runs = replica->running && meter && !meter->closed && !meter->unordered;
    that(self, "metering: what may still be billed is not forgotten", sequence, !runs,
         "a replica that stands", (int64_t)number);
    if (meter && meter->replicas)
        meter->replicas--;
    replica->forgotten = true;
}

static void forget_meter(verify_metering_t *self, uint64_t sequence, uint64_t number)
{
    meter_t *meter = find_meter(self, sequence, number);
    if (!meter)
        return;
    that(self, "metering: what may still be billed is not forgotten", sequence, meter->closed,
         "a meter that is closed", (int64_t)number);
    meter->forgotten = true;
}

static void check_forgotten(verify_metering_t *self, uint64_t sequence,
                            const event_usage_forgotten_t *forgotten)
{
    uint64_t count = forgotten->numbers.size / sizeof(uint32_t);
    bool whole = forgotten->numbers.size % sizeof(uint32_t) == 0 && forgotten->replicas <= count &&
                 forgotten->meters == count - forgotten->replicas;
    if (!that(self, "metering: forgotten numbers are as many as declared", sequence, whole,
              "4 bytes a number", (int64_t)forgotten->numbers.size))
        return;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t number;
        memcpy(&number, forgotten->numbers.data + i * sizeof number, sizeof number);
        if (i < forgotten->replicas)
            forget_replica(self, sequence, le32toh(number));
        else
            forget_meter(self, sequence, le32toh(number));
    }
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

// A deletion ends what runs. Where it lies before a start, how much each ran is not summed up here.
static void end_all(meter_t *meter, instant_t at)
{
    int64_t minutes = (int64_t)meter->running * first_minute(at) - meter->running_from;
    meter->evidence += minutes > 0 ? (uint64_t)minutes : 0;
    meter->unordered |= meter->running && at < meter->newest;
    meter->running = 0;
    meter->running_from = 0;
}

static void take_interval(verify_metering_t *self, uint64_t sequence, uint64_t number, instant_t at,
                          bool opens)
{
    replica_t *replica = find_replica(self, sequence, number);
    if (!is_instant(self, sequence, at) || !replica || !replica->meter)
        return;
    meter_t *meter = table_row(&self->meters, replica->meter - 1);
    meter->unordered |= meter->closed; // its intervals had ended
    if (meter->unordered)
        return;
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
    if (at > meter->newest)
        meter->newest = at;
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

// --- what was billed and is not billable ---

static int64_t running_minutes(const meter_t *meter)
{
    // What runs counts up to the newest hour billed, or to its own start where that is later.
    instant_t until = meter->reach > meter->newest ? meter->reach : meter->newest;
    return (int64_t)meter->running * first_minute(until) - meter->running_from;
}

// A stop or deletion that was told late must be followed by what takes the minutes behind it back.
static void suspect(verify_metering_t *self, uint64_t number, instant_t told, instant_t at)
{
    meter_t *meter = table_row(&self->meters, (uint32_t)number - 1);
    meter->unordered |= at < told - VERIFY_LATE_US; // what lies further back was forgotten
    if (self->suspects_count < VERIFY_SUSPECTS_MAX)
        self->suspects[self->suspects_count++] = (uint32_t)number;
}

static void check_suspects(verify_metering_t *self, uint64_t sequence)
{
    for (size_t i = 0; i < self->suspects_count; i++) {
        const meter_t *meter = table_row(&self->meters, self->suspects[i] - 1);
        that(self, "metering: what was billed after a stop is taken back", sequence,
             meter->unordered ||
                 (int64_t)meter->billed <= (int64_t)meter->evidence + running_minutes(meter),
             "at most the minutes of intervals and ticks", (int64_t)meter->billed);
    }
    self->suspects_count = 0;
}

static void take_back(meter_t *meter, instant_t hour, uint64_t minutes)
{
    meter->billed -= minutes < meter->billed ? minutes : meter->billed;
    if (hour == meter->hour)
        meter->hour_minutes -= minutes < meter->hour_minutes ? minutes : meter->hour_minutes;
}

static void check_overbilled(verify_metering_t *self, uint64_t sequence,
                             const event_usage_overbilled_t *overbilled)
{
    masks_reader_t reader;
    masks_entry_t entry;
    masks_start(&reader, overbilled->masks, overbilled->count);
    while (masks_next(&reader, &entry)) {
        replica_t *replica = find_replica(self, sequence, entry.replica);
        if (!replica || !replica->meter)
            continue;
        meter_t *meter = table_row(&self->meters, replica->meter - 1);
        uint64_t minutes = (uint64_t)__builtin_popcountll(entry.mask);
        that(self, "metering: only what was billed is taken back", sequence,
             minutes <= meter->billed, "at most the minutes billed", (int64_t)minutes);
        take_back(meter, hour_start(entry.hour), minutes);
        meter->owed += minutes;
    }
    that(self, "metering: masks taken back decode", sequence, masks_end(&reader) == FAIL_NONE,
         "entries in order, as many as declared", (int64_t)overbilled->count);
}

// What is owed is given back, or it is said why not.
static void settle_owed(verify_metering_t *self, uint64_t sequence, meter_t *meter,
                        uint64_t minutes)
{
    that(self, "metering: no more is given back than was taken back", sequence,
         minutes > 0 && minutes <= meter->owed, "at most the minutes owed", (int64_t)minutes);
    meter->owed -= minutes < meter->owed ? minutes : meter->owed;
}

static void check_uncredited(verify_metering_t *self, uint64_t sequence,
                             const event_usage_uncredited_t *uncredited)
{
    meter_t *meter = find_meter(self, sequence, uncredited->meter);
    if (!meter)
        return;
    if (uncredited->failure == FAIL_EXPIRED)
        take_back(meter, uncredited->hour, uncredited->minutes);
    else
        settle_owed(self, sequence, meter, uncredited->minutes);
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
    that(self, "metering: billed minutes have evidence", sequence,
         meter->unordered ||
             (int64_t)meter->billed <= (int64_t)meter->evidence + running_minutes(meter),
         "at most the minutes of intervals and ticks", (int64_t)meter->billed);
}

static void check_counted(verify_metering_t *self, uint64_t sequence,
                          const event_usage_counted_t *counted)
{
    const meter_t *meter = find_meter(self, sequence, counted->meter);
    if (meter)
        verify_counts_feed(&self->counts, sequence, counted, meter->kind,
                           verify_rates_find(&self->rates, counted->version));
}

static void check_line(verify_metering_t *self, uint64_t sequence,
                       const event_usage_charged_t *line)
{
    meter_t *meter = find_meter(self, sequence, line->meter);
    verify_rates_line(&self->rates, sequence, line);
    bool sane = that(self, "metering: a line has minutes and a price", sequence,
                     line->minutes > 0 && line->minutes <= MINUTES_MAX && line->price >= 0 &&
                         line->price <= PRICE_MAX,
                     "minutes and a price in range", (int64_t)line->minutes);
    if (!is_instant(self, sequence, line->hour) || !sane || !meter)
        return;
    verify_same(self->report, "metering: a line has its meter's account", STREAM_METERING, sequence,
                &meter->account, &line->account);
    verify_same(self->report, "metering: a line has its meter's resource", STREAM_METERING,
                sequence, &meter->resource, &line->resource);
    carry_t *account = find_or_insert(&self->accounts, &meter->account);
    int64_t *carry = meter->closed ? &account->carry : &meter->carry;
    check_carry(self, sequence, *carry,
                (__int128)line->price * line->minutes * verify_counts_unit(line->kind),
                line->amount, line->remainder);
    *carry = line->remainder;
    equal(self, "metering: a line has its meter's kind", sequence, (int64_t)meter->kind,
          (int64_t)line->kind);
    if (line->kind >= RESOURCE_DISK)
        verify_counts_line(&self->counts, sequence, line);
    else
        check_minutes(self, sequence, meter, line);
    self->hour_lines += line->reason == CHARGED_HOUR;
    self->lines++;
    self->minutes += line->minutes;
    self->charged = (kopecks_t)((uint64_t)self->charged + (uint64_t)line->amount);
}

// A record without a price is of before there was the loss account.
static void check_expired(verify_metering_t *self, uint64_t sequence,
                          const event_usage_expired_t *expired)
{
    if (!expired->price)
        return;
    if (!verify_rates_lost(&self->rates, sequence, expired))
        return;
    check_carry(self, sequence, self->lost_carry,
                (__int128)expired->price * expired->minutes * verify_counts_unit(expired->kind),
                expired->amount, expired->remainder);
    self->lost_carry = expired->remainder;
}

static void check_credited(verify_metering_t *self, uint64_t sequence,
                           const event_usage_credited_t *credit)
{
    meter_t *meter = find_meter(self, sequence, credit->meter);
    bool sane = that(self, "metering: a credit is of a line", sequence,
                     credit->original > 0 && credit->original < sequence &&
                         credit->minutes <= credit->charged_minutes &&
                         credit->charged_minutes <= MINUTES_MAX && credit->version > 0 &&
                         credit->version <= self->rates.count && credit->before >= 0,
                     "a line before it, and no more minutes than that", (int64_t)credit->original);
    if (!meter || !sane || !is_instant(self, sequence, credit->hour))
        return;
    equal(self, "metering: a credit has its tariff's price", sequence,
          self->rates.of[credit->version - 1].price, credit->price);
    verify_same(self->report, "metering: a credit has its meter's account", STREAM_METERING,
                sequence, &meter->account, &credit->account);
    verify_same(self->report, "metering: a credit has its meter's resource", STREAM_METERING,
                sequence, &meter->resource, &credit->resource);
    carry_t *account = find_or_insert(&self->accounts, &meter->account);
    int64_t *carry = meter->closed ? &account->carry : &meter->carry;
    check_carry(self, sequence, *carry,
                -(__int128)credit->price * credit->minutes * verify_counts_unit(1), -credit->amount,
                credit->remainder);
    *carry = credit->remainder;
    settle_owed(self, sequence, meter, credit->minutes);
    verify_lines_claim(&self->credits, sequence, credit);
    self->credited = (kopecks_t)((uint64_t)self->credited + (uint64_t)credit->amount);
}

static void check_meter_closed(verify_metering_t *self, uint64_t sequence,
                               const event_meter_closed_t *closed)
{
    // The deletion of a resource that was never used closes what was never opened for anybody.
    meter_t *meter = find_meter(self, sequence, closed->meter);
    if (!is_instant(self, sequence, closed->at) || !meter)
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
    end_all(meter, closed->at);
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
    verify_counts_pass(&self->counts, closed->hour);
}

// A stop that is told for the first time, and the closing of a meter.
static void suspect_meter(verify_metering_t *self, const event_t *event)
{
    uint64_t number = 0;
    instant_t at = 0;
    if (event->type == EVENT_meter_closed) {
        number = event->meter_closed.meter;
        at = event->meter_closed.at;
    } else if (event->type == EVENT_interval_closed) {
        uint64_t replica = event->interval_closed.replica;
        at = event->interval_closed.to;
        if (replica > 0 && replica <= self->replicas.count)
            number = ((const replica_t *)table_row(&self->replicas, (uint32_t)replica - 1))->meter;
    }
    if (number > 0 && number <= self->meters.count)
        suspect(self, number, event->at, at);
}

// A deletion that takes back more than one decision holds is looked at when it has done so.
static void take_taking_back(verify_metering_t *self, const event_t *event)
{
    const event_usage_taking_back_t *taking = &event->usage_taking_back;
    self->suspects_count = 0;
    for (uint32_t i = 0; i < self->meters.count; i++) {
        meter_t *meter = table_row(&self->meters, i);
        if (meter->forgotten || !uid_equal(&meter->resource, &taking->resource))
            continue;
        meter->unordered |= taking->untold > 0;
        if (!taking->more)
            suspect(self, i + 1, event->at, event->at);
    }
}

void verify_metering_feed(verify_metering_t *self, uint64_t sequence, const event_t *event)
{
    if (event->type != EVENT_usage_overbilled && event->type != EVENT_usage_uncredited &&
        event->type != EVENT_meter_closed && event->type != EVENT_usage_taking_back)
        check_suspects(self, sequence);
    switch (event->type) {
    case EVENT_usage_overbilled:
        check_overbilled(self, sequence, &event->usage_overbilled);
        break;
    case EVENT_usage_taking_back:
        take_taking_back(self, event);
        break;
    case EVENT_usage_expired:
        check_expired(self, sequence, &event->usage_expired);
        break;
    case EVENT_usage_credited:
        check_credited(self, sequence, &event->usage_credited);
        break;
    case EVENT_usage_uncredited:
        check_uncredited(self, sequence, &event->usage_uncredited);
        break;
    case EVENT_tariff_defined:
    case EVENT_rate_defined:
    case EVENT_tariff_withdrawn:
    case EVENT_tariff_announced:
        verify_rates_feed(&self->rates, sequence, event);
        break;
    case EVENT_usage_counted:
        check_counted(self, sequence, &event->usage_counted);
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
    case EVENT_usage_forgotten:
        check_forgotten(self, sequence, &event->usage_forgotten);
        break;
    case EVENT_hour_closed:
        check_hour_closed(self, sequence, &event->hour_closed);
        break;
    default:
        break;
    }
    suspect_meter(self, event);
}
