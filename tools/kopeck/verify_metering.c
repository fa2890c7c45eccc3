#include "tools/kopeck/verify_metering.h"
#include "services/metering/metering_carry.h"
#include "services/metering/metering_masks.h"
#include "services/metering/metering_minutes.h"
#include <assert.h>
#include <stdlib.h>

typedef struct {
    uid_t16 id;
    int64_t carry;
} carry_t;

void verify_metering_init(verify_metering_t *self, verify_report_t *report)
{
    *self = (verify_metering_t){.report = report, .rates.report = report, .hour = INT64_MIN};
    verify_runs_init(&self->runs, report);
    table_init(&self->accounts, sizeof(carry_t));
    verify_lines_init(&self->credits, report);
    verify_counts_init(&self->counts, report);
}

void verify_metering_release(verify_metering_t *self)
{
    verify_runs_release(&self->runs);
    table_release(&self->accounts);
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

static void *find_or_insert(table_t *table, const uid_t16 *key)
{
    uint32_t row = table_find(table, key);
    if (row == TABLE_NONE)
        row = table_insert(table, key);
    return table_row(table, row);
}

// --- what was billed and is not billable ---

// A stop or deletion that was told late must be followed by what takes the minutes behind it back.
static void suspect(verify_metering_t *self, uint64_t number, instant_t told, instant_t at)
{
    verify_meter_t *meter = table_row(&self->runs.meters, (uint32_t)number - 1);
    meter->unordered |= at < told - VERIFY_LATE_US; // what lies further back was forgotten
    if (self->suspects_count < VERIFY_SUSPECTS_MAX)
        self->suspects[self->suspects_count++] = (uint32_t)number;
}

static void check_suspects(verify_metering_t *self, uint64_t sequence)
{
    for (size_t i = 0; i < self->suspects_count; i++) {
        const verify_meter_t *meter = table_row(&self->runs.meters, self->suspects[i] - 1);
        that(self, "metering: what was billed after a stop is taken back", sequence,
             verify_runs_has_evidence(&self->runs, meter, false),
             "at most the minutes of intervals and ticks", (int64_t)meter->billed);
    }
    self->suspects_count = 0;
}

static void take_back(verify_meter_t *meter, instant_t hour, uint64_t minutes)
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
        verify_replica_t *replica = verify_runs_replica(&self->runs, sequence, entry.replica);
        if (!replica || !replica->meter)
            continue;
        verify_meter_t *meter = table_row(&self->runs.meters, replica->meter - 1);
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
static void settle_owed(verify_metering_t *self, uint64_t sequence, verify_meter_t *meter,
                        uint64_t minutes)
{
    that(self, "metering: no more is given back than was taken back", sequence,
         minutes > 0 && minutes <= meter->owed, "at most the minutes owed", (int64_t)minutes);
    meter->owed -= minutes < meter->owed ? minutes : meter->owed;
}

static void check_uncredited(verify_metering_t *self, uint64_t sequence,
                             const event_usage_uncredited_t *uncredited)
{
    verify_meter_t *meter = verify_runs_meter(&self->runs, sequence, uncredited->meter);
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

static void check_minutes(verify_metering_t *self, uint64_t sequence, verify_meter_t *meter,
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
         verify_runs_has_evidence(&self->runs, meter, line->reason == CHARGED_DELETION),
         "at most the minutes of intervals and ticks", (int64_t)meter->billed);
}

static void check_counted(verify_metering_t *self, uint64_t sequence,
                          const event_usage_counted_t *counted)
{
    const verify_meter_t *meter = verify_runs_meter(&self->runs, sequence, counted->meter);
    if (meter)
        verify_counts_feed(&self->counts, sequence, counted, meter->kind,
                           verify_rates_find(&self->rates, counted->version));
}

static void check_line(verify_metering_t *self, uint64_t sequence,
                       const event_usage_charged_t *line)
{
    verify_meter_t *meter = verify_runs_meter(&self->runs, sequence, line->meter);
    verify_rates_line(&self->rates, sequence, line);
    bool sane = that(self, "metering: a line has minutes and a price", sequence,
                     line->minutes > 0 && line->minutes <= MINUTES_MAX && line->price >= 0 &&
                         line->price <= PRICE_MAX,
                     "minutes and a price in range", (int64_t)line->minutes);
    if (!verify_runs_is_instant(&self->runs, sequence, line->hour) || !sane || !meter)
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
    verify_meter_t *meter = verify_runs_meter(&self->runs, sequence, credit->meter);
    bool sane = that(self, "metering: a credit is of a line", sequence,
                     credit->original > 0 && credit->original < sequence &&
                         credit->minutes <= credit->charged_minutes &&
                         credit->charged_minutes <= MINUTES_MAX && credit->version > 0 &&
                         credit->version <= self->rates.count && credit->before >= 0,
                     "a line before it, and no more minutes than that", (int64_t)credit->original);
    if (!meter || !sane || !verify_runs_is_instant(&self->runs, sequence, credit->hour))
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
    verify_meter_t *meter = verify_runs_meter(&self->runs, sequence, closed->meter);
    if (!verify_runs_is_instant(&self->runs, sequence, closed->at) || !meter)
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
    verify_runs_end_all(meter, closed->at);
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
        if (replica == 0 || replica > self->runs.replicas.count)
            return;
        const verify_replica_t *row = table_row(&self->runs.replicas, (uint32_t)replica - 1);
        number = row->meter;
        // All is given back that is remembered of a run that was over before any of it was billed.
        at = verify_runs_stopped(row, event->interval_closed.to);
        if (at != event->interval_closed.to)
            at += VERIFY_REMEMBERED_US - VERIFY_LATE_US;
    }
    if (number > 0 && number <= self->runs.meters.count)
        suspect(self, number, event->at, at);
}

// A deletion that takes back more than one decision holds is looked at when it has done so.
static void take_taking_back(verify_metering_t *self, const event_t *event)
{
    const event_usage_taking_back_t *taking = &event->usage_taking_back;
    self->suspects_count = 0;
    for (uint32_t i = 0; i < self->runs.meters.count; i++) {
        verify_meter_t *meter = table_row(&self->runs.meters, i);
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
    verify_runs_feed(&self->runs, sequence, event);
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
    suspect_meter(self, event);
}
