#include "tools/kopeck/verify_lines.h"
#include <assert.h>
#include <stdlib.h>

typedef struct {
    uid_t16 key; // made of the line's sequence
    uint64_t line;
    uint64_t credit; // the first that named it
    uint64_t credits;
    uint64_t minutes; // given back
    kopecks_t amount;
    event_usage_charged_t says; // what the first credit says of the line
} claim_t;

void verify_lines_init(verify_lines_t *self, verify_report_t *report)
{
    *self = (verify_lines_t){.report = report};
    table_init(&self->claims, sizeof(claim_t));
}

void verify_lines_release(verify_lines_t *self)
{
    table_release(&self->claims);
    free(self->sorted);
    self->sorted = NULL;
}

static bool equal(verify_lines_t *self, const char *rule, uint64_t sequence, int64_t expected,
                  int64_t found)
{
    return verify_equal(self->report, rule, STREAM_METERING, sequence, expected, found);
}

static bool that(verify_lines_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_METERING, sequence, holds, expected, found);
}

// --- what credits say ---

static event_usage_charged_t said_by(const event_usage_credited_t *credit)
{
    return (event_usage_charged_t){.account = credit->account,
                                   .resource = credit->resource,
                                   .meter = credit->meter,
                                   .kind = credit->kind,
                                   .version = credit->version,
                                   .hour = credit->hour,
                                   .minutes = credit->charged_minutes,
                                   .price = credit->price,
                                   .amount = credit->charged};
}

static bool is_line(const event_usage_charged_t *a, const event_usage_charged_t *b)
{
    return a->meter == b->meter && a->kind == b->kind && a->version == b->version &&
           a->hour == b->hour && a->price == b->price && uid_equal(&a->account, &b->account) &&
           uid_equal(&a->resource, &b->resource);
}

void verify_lines_claim(verify_lines_t *self, uint64_t sequence,
                        const event_usage_credited_t *credit)
{
    uid_t16 key = table_key(credit->original, 1);
    uint32_t row = table_find(&self->claims, &key);
    event_usage_charged_t says = said_by(credit);
    if (row == TABLE_NONE) {
        row = table_insert(&self->claims, &key);
        claim_t *made = table_row(&self->claims, row);
        made->line = credit->original;
        made->credit = sequence;
        made->says = says;
    }
    claim_t *claim = table_row(&self->claims, row);
    equal(self, "metering: a credit says what was given back before", sequence, claim->amount,
          credit->before);
    that(self, "metering: credits of a line say the same of it", sequence,
         is_line(&claim->says, &says) && claim->says.minutes == says.minutes &&
             claim->says.amount == says.amount,
         "what the first credit of the line says", (int64_t)credit->original);
    claim->credits++;
    claim->minutes += credit->minutes;
    claim->amount = (kopecks_t)((uint64_t)claim->amount + (uint64_t)credit->amount);
    that(self, "metering: a line gives back no more than it charged", sequence,
         claim->minutes <= credit->charged_minutes, "at most the line's minutes",
         (int64_t)claim->minutes);
}

// --- the lines ---

static int by_line(const void *a, const void *b)
{
    const verify_line_t *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

void verify_lines_begin(verify_lines_t *self)
{
    uint32_t count = self->claims.count;
    self->sorted = realloc(self->sorted, (count + 1) * sizeof *self->sorted);
    assert(self->sorted);
    for (uint32_t i = 0; i < count; i++)
        self->sorted[i] = (verify_line_t){((const claim_t *)table_row(&self->claims, i))->line, i};
    qsort(self->sorted, count, sizeof *self->sorted, by_line);
    self->next = 0;
}

uint64_t verify_lines_wanted(const verify_lines_t *self)
{
    return self->next < self->claims.count ? self->sorted[self->next].line : 0;
}

void verify_lines_take(verify_lines_t *self, const event_t *event)
{
    const claim_t *claim = table_row(&self->claims, self->sorted[self->next++].row);
    if (!that(self, "metering: what a credit names is a line", claim->credit,
              event && event->type == EVENT_usage_charged, "the sequence of a charge",
              (int64_t)claim->line))
        return;
    const event_usage_charged_t *line = &event->usage_charged;
    that(self, "metering: a credit is of its line's meter, hour and price", claim->credit,
         is_line(&claim->says, line), "as in the line that it names", (int64_t)claim->line);
    equal(self, "metering: a credit says how many minutes its line charged", claim->credit,
          (int64_t)line->minutes, (int64_t)claim->says.minutes);
    equal(self, "metering: a credit says how much its line charged", claim->credit, line->amount,
          claim->says.amount);
    // By the carry each credit may be one kopeck more than its minutes' share of the line.
    that(self, "metering: a line gives back no more kopecks than it took", claim->credit,
         claim->minutes <= line->minutes &&
             (__int128)claim->amount <= (__int128)line->amount + (__int128)claim->credits,
         "at most the line's, and a kopeck a credit", claim->amount);
}
