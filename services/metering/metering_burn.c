#include "services/metering/metering_burn.h"
#include "services/metering/metering_carry.h"
#include "services/metering/metering_coming.h"
#include "services/metering/metering_counts.h"
#include "services/metering/metering_fresh.h"
#include "proto/wire.h"

enum { RUNNING_BYTES = 16 * 16 };
enum { TABLE_ROWS = 500 }; // looked at for a page; 90 bytes each at most: below 56 KiB

typedef struct {
    uint64_t replicas; // that run now
    int64_t burn, carry, due, accrued;
    coming_t *coming; // of all meters together
} burn_t;

// Beyond all money there is, it does not matter by how much.
static void add(int64_t *sum, int64_t more)
{
    if (!money_add(*sum, more, sum))
        *sum = INT64_MAX;
}

static int64_t units(kopecks_t price, uint64_t minutes)
{
    int64_t product;
    if (__builtin_mul_overflow(price * CARRY_PER_PRICE_MINUTE, minutes, &product))
        return INT64_MAX;
    return product;
}

static int64_t units_of(uint64_t kind, kopecks_t price, uint64_t quantity)
{
    int64_t product;
    if (__builtin_mul_overflow(price * carry_unit(kind), quantity, &product))
        return INT64_MAX;
    return product;
}

// The version that a replica runs under now: by its points, or by a tick of this minute or the
// last.
static uint16_t running_under(const metering_state_t *self, const replica_t *replica, instant_t now)
{
    uint16_t version = fresh_version_running(self, replica, now);
    instant_t minute = minute_floor(now);
    for (unsigned back = 0; back < 2 && !version && minute >= 0; back++, minute -= MINUTE_US)
        version = fresh_version_ticked(self, replica, minute);
    return version;
}

static int64_t fresh_units(const metering_state_t *self, const replica_t *replica, uint32_t hour,
                           instant_t before)
{
    fresh_t fresh;
    int64_t sum = 0;
    fresh_of_hour(self, replica, hour, before, &fresh);
    for (unsigned i = 0; i < fresh.count; i++)
        add(&sum, units(tariff_version(&self->tariffs, fresh.of[i].version)->price,
                        mask_count(fresh.of[i].mask)));
    return sum;
}

static uint32_t first_open_hour(const metering_state_t *self, uint32_t running)
{
    uint32_t first = self->closed > self->low ? self->closed : self->low;
    return running > first + WINDOW_HOURS ? running - WINDOW_HOURS : first;
}

static void add_replica(const metering_state_t *self, const replica_t *replica, instant_t now,
                        burn_t *out)
{
    uint32_t running = hour_of(now);
    uint16_t version = running_under(self, replica, now);
    if (version) {
        out->replicas++;
        coming_note(out->coming, &self->tariffs, version);
        add(&out->burn, units(tariff_version(&self->tariffs, version)->price, 1));
    }
    for (uint32_t hour = first_open_hour(self, running); hour < running; hour++)
        add(&out->due, fresh_units(self, replica, hour, now));
    add(&out->accrued, fresh_units(self, replica, running, now + 1));
}

// Late minutes wait to be posted together.
static int64_t late_units(const metering_state_t *self, const replica_t *replica)
{
    fresh_t fresh;
    uint32_t hour,
        cell = self->closed ? cells_seek(&replica->cells, &self->cells, self->closed - 1) : 0;
    int64_t sum = 0;
    while (fresh_next(self, replica, &cell, &hour, &fresh))
        for (unsigned i = 0; i < fresh.count; i++)
            add(&sum, units(tariff_version(&self->tariffs, fresh.of[i].version)->price,
                            mask_count(fresh.of[i].mask)));
    return sum;
}

// Whether files go on to be sampled is seen by those of this hour or of the last one; tokens are
// foretold by nothing.
static void add_disk(const metering_state_t *self, const meter_t *meter, instant_t now, burn_t *out)
{
    uint32_t running = hour_of(now);
    uint32_t number = counts_find(self, meter, running, 0);
    if (!number && running > 0)
        number = counts_find(self, meter, running - 1, 0);
    if (!number)
        return;
    const count_t *row = rows_count(self, number);
    kopecks_t price = tariff_version(&self->tariffs, row->version)->price;
    int64_t minute = units_of(meter->kind, price, row->counted / HOUR_MINUTES);
    add(&out->burn, minute);
    coming_note(out->coming, &self->tariffs, row->version);
    for (instant_t at = hour_start(running); at <= now && row->hour == running; at += MINUTE_US)
        add(&out->accrued, minute);
}

// What is counted: of an hour that has ended it is due, of the one that runs it is accrued, but of
// files by the minute, as they are foretold.
static void add_counts(const metering_state_t *self, const meter_t *meter, instant_t now,
                       burn_t *out)
{
    uint32_t running = hour_of(now);
    for (uint32_t n = meter->counts; n; n = rows_count(self, n)->next_of_meter) {
        const count_t *row = rows_count(self, n);
        kopecks_t price = tariff_version(&self->tariffs, row->version)->price;
        int64_t fresh = units_of(meter->kind, price, counts_fresh(row));
        if (row->hour < running)
            add(&out->due, fresh);
        else if (meter->kind != RESOURCE_DISK)
            add(&out->accrued, fresh);
    }
    if (meter->kind == RESOURCE_DISK)
        add_disk(self, meter, now, out);
}

static burn_t burn_of(const metering_state_t *self, const meter_t *meter, instant_t now,
                      coming_t *coming)
{
    burn_t burn = {.carry = meter->carry, .coming = coming};
    for (uint32_t r = rows_busy_first(self, meter); r; r = rows_busy_next(self, r)) {
        add_replica(self, rows_replica(self, r), now, &burn);
        if (meter->late)
            add(&burn.due, late_units(self, rows_replica(self, r)));
    }
    if (meter->counts)
        add_counts(self, meter, now, &burn);
    return burn;
}

static void pack_burn(const burn_t *burn, pack_t *rows)
{
    pack_array(rows, 4);
    pack_i64(rows, burn->burn);
    pack_i64(rows, burn->carry);
    pack_i64(rows, burn->due);
    pack_i64(rows, burn->accrued);
}

static void add_up(burn_t *sum, const burn_t *more)
{
    add(&sum->burn, more->burn);
    add(&sum->carry, more->carry);
    add(&sum->due, more->due);
    add(&sum->accrued, more->accrued);
}

void burn_note_line(metering_account_t *account, const event_usage_charged_t *line,
                    uint64_t sequence)
{
    uint32_t hour = hour_of(line->hour);
    if (hour != account->hour)
        account->units = 0;
    account->hour = hour;
    add(&account->units, units_of(line->kind, line->price, line->minutes));
    account->line = sequence;
    if (line->amount > 0)
        account->paid = sequence;
}

static void pack_hour(const metering_state_t *self, uint32_t number, pack_t *rows)
{
    const metering_account_t *account = rows_account(self, number);
    pack_array(rows, 7);
    pack_u64(rows, number);
    pack_uid(rows, &account->id);
    pack_i64(rows, hour_start(account->hour));
    pack_i64(rows, account->units);
    pack_u64(rows, account->line);
    pack_u64(rows, account->paid);
    pack_i64(rows, self->closed ? hour_start(self->closed - 1) : 0);
}

uint64_t burn_table(const void *state, uint64_t from, pack_t *rows, size_t *ret_count)
{
    const metering_state_t *self = state;
    uint64_t count = self->accounts.count, number = from;
    *ret_count = 0;
    for (; number < count && number - from < TABLE_ROWS; number++)
        if (table_holds(&self->accounts, (uint32_t)number) &&
            rows_account(self, (uint32_t)number + 1)->line) {
            pack_hour(self, (uint32_t)number + 1, rows);
            ++*ret_count;
        }
    return number < count ? number : 0;
}

// The resource of a meter that burns, once, among the first of its account.
static void name_running(const metering_state_t *self, const meter_t *meter, uint8_t *ids,
                         uint32_t *size)
{
    const uid_t16 *id = &rows_resource(self, meter->resource)->id;
    for (uint32_t at = 0; at < *size; at += sizeof *id)
        if (!memcmp(ids + at, id, sizeof *id))
            return;
    if (*size == RUNNING_BYTES)
        return;
    memcpy(ids + *size, id, sizeof *id);
    *size += (uint32_t)sizeof *id;
}

fail_t burn_query(const metering_state_t *self, const uid_t16 *id, query_t *out)
{
    uint32_t number = rows_find(&self->accounts, id);
    if (!number)
        return FAIL_UNKNOWN_ACCOUNT;
    const metering_account_t *account = rows_account(self, number);
    answer_meters_t *answer = &out->answer->meters;
    *answer = (answer_meters_t){
        .remainder = account->carry, .now = out->now, .settle_us = self->policy.settle_us};
    pack_t rows;
    size_t room = out->scratch_size > RUNNING_BYTES ? out->scratch_size - RUNNING_BYTES : 0;
    uint8_t *running = room ? out->scratch + room : NULL; // behind the rows
    pack_start(&rows, out->scratch, room);
    burn_t rest = {0};
    coming_t coming = {.count = 0};
    for (uint32_t m = account->meters.first; m; m = rows_meter(self, m)->link.after) {
        burn_t burn = burn_of(self, rows_meter(self, m), out->now, &coming);
        answer->meters++;
        answer->replicas += burn.replicas;
        if (burn.burn && running)
            name_running(self, rows_meter(self, m), running, &answer->running.size);
        add(&answer->burn, burn.burn);
        if (!burn.burn && !burn.due && !burn.accrued)
            continue;
        if (answer->count < BURN_ROWS) {
            pack_burn(&burn, &rows);
            answer->count++;
        } else
            add_up(&rest, &burn);
    }
    if (answer->meters > BURN_ROWS && (rest.burn || rest.due || rest.accrued)) {
        pack_burn(&rest, &rows);
        answer->count++;
    }
    size_t size = pack_end(&rows);
    answer->rows = (bytes_t){out->scratch, (uint32_t)size};
    answer->running.data = running;
    pack_start(&rows, out->scratch + size, room - size);
    (void)coming_pack(&coming, &self->tariffs, out->now, &rows);
    answer->coming = (bytes_t){out->scratch + size, (uint32_t)pack_end(&rows)};
    return FAIL_NONE;
}
