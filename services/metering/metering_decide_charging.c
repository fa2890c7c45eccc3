#include "services/metering/metering_decide_charging.h"
#include "services/metering/metering_carry.h"
#include "services/metering/metering_counts.h"
#include "services/metering/metering_credits.h"
#include "services/metering/metering_decide_credit.h"
#include "services/metering/metering_decide_silence.h"
#include "services/metering/metering_evidence.h"
#include "services/metering/metering_fresh.h"
#include "services/metering/metering_hours.h"
#include "services/metering/metering_late.h"
#include <stdlib.h>

enum {
    KINDS_MAX = CODES_COUNT_resource_kind,
    FORGOTTEN_MAX = 4096, // rows of one event: half of what an event may be
    PASSED_OVER_MAX = 16, // told of one hour
    // Room for the closings of meters, or of an hour.
    LINES_MAX = DECISION_EVENTS_MAX - KINDS_MAX - 1 - PASSED_OVER_MAX
};

typedef struct {
    uint32_t hour;
    uint16_t version;
    uint64_t minutes;
} line_t;

typedef struct {
    line_t of[LINES_MAX];
    uint32_t hours[LINES_MAX];
    size_t count, hours_count;
    bool cut; // there was more than fits
} lines_t;

static void lines_add(lines_t *self, uint32_t hour, uint16_t version, uint64_t minutes,
                      size_t first)
{
    for (size_t i = first; i < self->count; i++)
        if (self->of[i].version == version) {
            self->of[i].minutes += minutes;
            return;
        }
    if (self->count == LINES_MAX)
        self->cut = true;
    else
        self->of[self->count++] = (line_t){hour, version, minutes};
}

// What is counted has no minutes, so no deletion cuts it short.
static void lines_count(const metering_state_t *self, const meter_t *meter, uint32_t hour,
                        size_t first, lines_t *out)
{
    for (uint32_t n = meter->counts; n; n = rows_count(self, n)->next_of_meter) {
        const count_t *row = rows_count(self, n);
        if (row->hour == hour && counts_fresh(row))
            lines_add(out, hour, row->version, counts_fresh(row), first);
    }
}

// Adds a meter's lines of one hour. `told`: what is said now is the evidence of what runs.
static void lines_collect(const metering_state_t *self, const meter_t *meter, uint32_t hour,
                          instant_t before, bool told, lines_t *out)
{
    size_t first = out->count;
    fresh_t fresh;
    for (uint32_t r = rows_busy_first(self, meter); r; r = rows_busy_next(self, r)) {
        if (told)
            fresh_told_of_hour(self, rows_replica(self, r), hour, before, &fresh);
        else
            fresh_of_hour(self, rows_replica(self, r), hour, before, &fresh);
        for (unsigned i = 0; i < fresh.count; i++)
            lines_add(out, hour, fresh.of[i].version, mask_count(fresh.of[i].mask), first);
    }
    if (meter->counts)
        lines_count(self, meter, hour, first, out);
}

static int lines_compare(const void *a, const void *b)
{
    const line_t *x = a, *y = b;
    if (x->version != y->version)
        return x->version < y->version ? -1 : 1;
    return (x->hour > y->hour) - (x->hour < y->hour);
}

// Keeps the hours sorted and each but once.
static void hours_add(lines_t *self, uint32_t hour)
{
    size_t i = self->hours_count;
    while (i > 0 && self->hours[i - 1] > hour)
        i--;
    if (i > 0 && self->hours[i - 1] == hour)
        return;
    if (self->hours_count == LINES_MAX) {
        self->cut = true;
        return;
    }
    memmove(&self->hours[i + 1], &self->hours[i], (self->hours_count - i) * sizeof self->hours[0]);
    self->hours[i] = hour;
    self->hours_count++;
}

// The hours of a meter that hold something fresh: of late ones only, or of all.
static void hours_of_fresh(const metering_state_t *self, const meter_t *meter, bool all,
                           lines_t *out)
{
    fresh_t fresh;
    uint32_t hour;
    for (uint32_t r = rows_busy_first(self, meter); r; r = rows_busy_next(self, r)) {
        const replica_t *replica = rows_replica(self, r);
        uint32_t cell = replica->cells.first;
        while (fresh_next(self, replica, &cell, &hour, &fresh))
            if (all || meter->closed || hour < self->closed)
                hours_add(out, hour);
    }
    for (uint32_t n = meter->counts; n; n = rows_count(self, n)->next_of_meter)
        if (counts_fresh(rows_count(self, n)) &&
            (all || late_is(self, meter, rows_count(self, n)->hour)))
            hours_add(out, rows_count(self, n)->hour);
}

// Scratch memory holds what was there before.
static void lines_clear(lines_t *self)
{
    self->count = self->hours_count = 0;
    self->cut = false;
}

static lines_t *lines_new(decision_t *out)
{
    lines_t *lines = decision_scratch(out, sizeof *lines);
    assert(lines); // a decision takes it once, and it is a fraction of the scratch
    return lines;
}

static void lines_post(const metering_state_t *self, uint32_t number, const lines_t *lines,
                       size_t count, uint64_t reason, int64_t *carry, decision_t *out)
{
    const meter_t *meter = rows_meter(self, number);
    for (size_t i = 0; i < count; i++) {
        const line_t *line = &lines->of[i];
        kopecks_t price = tariff_version(&self->tariffs, line->version)->price;
        kopecks_t amount = carry_count(price, line->minutes, carry_unit(meter->kind), carry);
        decision_add(out, EVENT_usage_charged)->usage_charged = (event_usage_charged_t){
            .account = rows_account(self, meter->account)->id,
            .resource = rows_resource(self, meter->resource)->id,
            .meter = number,
            .kind = meter->kind,
            .version = line->version,
            .hour = hour_start(line->hour),
            .minutes = line->minutes,
            .price = price,
            .amount = amount,
            .remainder = *carry,
            .reason = reason,
            .tariff = tariff_text(&self->tariffs, line->version),
        };
    }
}

// Lines of late minutes, as many as there is room for. The carries of an account's closed meters
// are one carry, handed on from meter to meter: meters of an account follow each other.
static void post_late(const metering_state_t *self, decision_t *out)
{
    lines_t *lines = lines_new(out);
    order_at_t at = {0};
    uint32_t number, account = 0;
    int64_t of_account = 0;
    while (order_next(&self->late, &at, &number)) {
        const meter_t *meter = rows_meter(self, number);
        lines_clear(lines);
        hours_of_fresh(self, meter, false, lines);
        for (size_t i = 0; i < lines->hours_count; i++)
            lines_collect(self, meter, lines->hours[i], DELETED_NEVER, false, lines);
        if (out->count && out->count + lines->count > LINES_MAX)
            return;
        qsort(lines->of, lines->count, sizeof lines->of[0], lines_compare);
        if (meter->account != account) {
            account = meter->account;
            of_account = rows_account(self, account)->carry;
        }
        int64_t of_meter = meter->carry;
        lines_post(self, number, lines, lines->count, CHARGED_LATE,
                   meter->closed ? &of_account : &of_meter, out);
    }
}

// Whom the hour was closed without.
static void tell_passed_over(const metering_state_t *self, uint32_t hour, decision_t *out)
{
    size_t told = 0;
    for (size_t i = 0; i < self->producers_count && told < PASSED_OVER_MAX; i++) {
        const producer_t *producer = &self->producers[i];
        if (producer->through >= hour_start(hour) + HOUR_US)
            continue;
        decision_add(out, EVENT_producer_passed_over)->producer_passed_over =
            (event_producer_passed_over_t){producer->producer, producer->through, hour_start(hour)};
        told++;
    }
}

// The lines of an hour from the last meter posted on, then the hour's closing.
static void post_hour(const metering_state_t *self, uint32_t hour, decision_t *out)
{
    lines_t *lines = lines_new(out);
    order_at_t at = {0};
    if (self->cursor)
        at = order_seek(&self->live, self->cursor);
    uint32_t number;
    while (order_next(&self->live, &at, &number)) {
        const meter_t *meter = rows_meter(self, number);
        lines_clear(lines);
        lines_collect(self, meter, hour, DELETED_NEVER, false, lines);
        if (out->count + lines->count > LINES_MAX)
            return;
        qsort(lines->of, lines->count, sizeof lines->of[0], lines_compare);
        int64_t carry = meter->carry;
        lines_post(self, number, lines, lines->count, CHARGED_HOUR, &carry, out);
    }
    uint64_t count = self->lines + out->count;
    tell_passed_over(self, hour, out);
    event_hour_closed_t *closed = &decision_add(out, EVENT_hour_closed)->hour_closed;
    closed->hour = hour_start(hour);
    closed->lines = count;
}

static uint8_t *put_number(uint8_t *at, uint32_t number)
{
    for (unsigned i = 0; i < sizeof number; i++)
        *at++ = (uint8_t)(number >> 8 * i);
    return at;
}

// Rows that nothing can concern any more, as many as one event holds.
static void post_forgotten(const metering_state_t *self, decision_t *out)
{
    uint64_t replicas = 0, meters = 0;
    uint8_t *numbers = decision_scratch(out, FORGOTTEN_MAX * sizeof(uint32_t)), *at = numbers;
    assert(numbers);
    for (uint32_t r = self->idle.first; rows_replica_is_old(self, r) && replicas < FORGOTTEN_MAX;
         r = rows_replica(self, r)->link.after, replicas++)
        at = put_number(at, r);
    for (uint32_t m = self->spent.first; m && replicas + meters < FORGOTTEN_MAX;
         m = rows_meter(self, m)->link.after, meters++)
        at = put_number(at, m);
    decision_add(out, EVENT_usage_forgotten)->usage_forgotten =
        (event_usage_forgotten_t){replicas, meters, {numbers, (uint32_t)(at - numbers)}};
}

static bool may_forget(const metering_state_t *self)
{
    bool owes = table_used(&self->credits.owed) > 0; // its rows name meters
    return !owes && (self->spent.first || rows_replica_is_old(self, self->idle.first));
}

instant_t charging_wake(const metering_state_t *self, instant_t now)
{
    if (may_forget(self) || credits_taking_back(&self->credits))
        return now;
    uint32_t hour = hours_next(self);
    instant_t late = hours_late_at(self);
    instant_t closes = hour == HOUR_NONE ? INT64_MAX : hours_closes_at(self, hour);
    instant_t ends = silence_ends_at(self);
    closes = ends < closes ? ends : closes;
    return late < closes ? late : closes;
}

// That a producer is waited for no longer takes something from him: not while our clock is doubted.
static bool may_close(const metering_state_t *self, const input_t *input)
{
    uint32_t hour = hours_next(self);
    return hour != HOUR_NONE && hours_closes_at(self, hour) <= input->now &&
           (input->current || hours_through(self) >= hour_start(hour) + HOUR_US);
}

// What an hour is closed without is said before its first line.
static void close_hour(const metering_state_t *self, decision_t *out)
{
    if (!self->cursor)
        silence_bound(self, hours_next(self), out);
    if (!out->count)
        post_hour(self, hours_next(self), out);
}

void charging_tick(const metering_state_t *self, const input_t *input, decision_t *out)
{
    if (charging_wake(self, input->now) > input->now)
        return;
    if (credits_taking_back(&self->credits))
        credit_deletion_more(self, out); // before anything that it names is forgotten
    else if (hours_late_at(self) <= input->now)
        post_late(self, out);
    else if (may_forget(self))
        post_forgotten(self, out);
    else if (input->current && silence_ends_at(self) <= input->now)
        silence_end(self, input->now, out);
    else if (may_close(self, input))
        close_hour(self, out);
    out->more = out->count > 0; // another hour may be over too; asking again costs little
}

void charging_deletion(const metering_state_t *self, const resource_t *resource, instant_t at,
                       decision_t *out)
{
    uint32_t meters[KINDS_MAX];
    int64_t carries[KINDS_MAX];
    size_t count = 0;
    lines_t *lines = lines_new(out);
    const codes_info_t *kinds = codes_info(CODES_resource_kind);
    for (size_t k = 0; k < kinds->count; k++) {
        uint32_t number = rows_meter_of(self, resource, kinds->codes[k].number);
        if (!number)
            continue;
        const meter_t *meter = rows_meter(self, number);
        lines_clear(lines);
        hours_of_fresh(self, meter, true, lines);
        if (hours_next(self) != HOUR_NONE)
            for (uint32_t h = late_first_hour(self, resource); hour_start(h) < at && !lines->cut;
                 h++)
                hours_add(lines, h);
        for (size_t i = 0; i < lines->hours_count; i++)
            lines_collect(self, meter, lines->hours[i], at, true, lines);
        qsort(lines->of, lines->count, sizeof lines->of[0], lines_compare);
        size_t room = LINES_MAX - out->count;
        meters[count] = number;
        carries[count] = meter->carry;
        lines_post(self, number, lines, lines->count < room ? lines->count : room, CHARGED_DELETION,
                   &carries[count], out);
        count++;
    }
    int64_t of_account = count ? rows_account(self, resource->account)->carry : 0;
    for (size_t i = 0; i < count; i++) {
        kopecks_t amount = carry_move(carries[i], &of_account);
        decision_add(out, EVENT_meter_closed)->meter_closed = (event_meter_closed_t){
            .meter = meters[i],
            .account = rows_account(self, resource->account)->id,
            .at = at,
            .moved = carries[i],
            .amount = amount,
            .remainder = of_account,
        };
    }
}

void charging_deletion_earlier(const metering_state_t *self, const resource_t *resource,
                               instant_t at, decision_t *out)
{
    for (uint32_t m = resource->meters; m; m = rows_meter(self, m)->next_of_resource) {
        const meter_t *meter = rows_meter(self, m);
        event_meter_closed_t *closed = &decision_add(out, EVENT_meter_closed)->meter_closed;
        *closed = (event_meter_closed_t){.meter = m, .at = at};
        if (!meter->account)
            continue; // only its deletion was heard of
        closed->account = rows_account(self, meter->account)->id;
        closed->remainder = rows_account(self, meter->account)->carry;
    }
}
