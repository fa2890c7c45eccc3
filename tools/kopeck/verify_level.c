#include "tools/kopeck/verify_level.h"
#include "proto/month.h"
#include "proto/posting.h"

typedef struct {
    uid_t16 key; // the account
    kopecks_t sum;
} granted_t;

void verify_level_init(verify_level_t *self, verify_report_t *report)
{
    *self = (verify_level_t){.report = report};
    level_sums_init(&self->sums);
    table_init(&self->granted, sizeof(granted_t));
}

void verify_level_release(verify_level_t *self)
{
    level_sums_release(&self->sums);
    table_release(&self->granted);
}

static bool that(verify_level_t *self, const char *rule, uint64_t sequence, bool holds,
                 const char *expected, int64_t found)
{
    return verify_that(self->report, rule, STREAM_LEDGER, sequence, holds, expected, found);
}

static void equal(verify_level_t *self, const char *rule, uint64_t sequence, int64_t expected,
                  int64_t found)
{
    verify_equal(self->report, rule, STREAM_LEDGER, sequence, expected, found);
}

static kopecks_t *granted_of(verify_level_t *self, const uid_t16 *account)
{
    uint32_t row = table_find(&self->granted, account);
    row = row == TABLE_NONE ? table_insert(&self->granted, account) : row;
    return &((granted_t *)table_row(&self->granted, row))->sum;
}

// 50 % where data was lost, 20 % below 99.5 %.
static uint64_t percent_of(const event_level_granted_t *e)
{
    bool missed = (unsigned __int128)e->up * 1000 < (unsigned __int128)e->all * 995;
    return e->lost ? 50 : missed ? 20 : 0;
}

static kopecks_t due_of(const event_level_granted_t *e)
{
    __int128 part = (__int128)e->use * (__int128)e->percent / 100;
    __int128 left = (__int128)e->topups - e->granted;
    __int128 due = part < left ? part : left;
    return due > 0 && due <= INT64_MAX ? (kopecks_t)due : 0;
}

static void check_granted(verify_level_t *self, uint64_t sequence, const event_t *event)
{
    const event_level_granted_t *e = &event->level_granted;
    const event_bonus_given_t *given = &self->before.bonus_given;
    uid_t16 reference = posting_level_reference(&e->account, e->month);
    kopecks_t *granted = granted_of(self, &e->account);
    bool told = self->before.type == EVENT_bonus_given && given->source == BONUS_OF_LEVEL &&
                given->amount == e->amount && uid_equal(&given->account, &e->account) &&
                uid_equal(&given->reference, &e->reference);
    that(self, "grant: the bonus before is the one that is told of", sequence, told,
         "a bonus for a missed level", e->amount);
    that(self, "grant: it is known by its account and month", sequence,
         uid_equal(&reference, &e->reference), "the reference of both", (int64_t)e->month);
    that(self, "grant: the month is over", sequence, month_of(event->at) > e->month,
         "an earlier month", (int64_t)e->month);
    that(self, "grant: no more minutes are up than there are", sequence, e->up <= e->all,
         "at most all", (int64_t)e->up);
    equal(self, "grant: the percent is the level's", sequence, (int64_t)percent_of(e),
          (int64_t)e->percent);
    equal(self, "grant: what was given before is counted", sequence, *granted, e->granted);
    equal(self, "grant: the bonus is what the rule comes to", sequence, due_of(e), e->amount);
    that(self, "grant: the resources are a list", sequence,
         level_sums_add(&self->sums, sequence, e), "at most 32 ids", (int64_t)e->resources.size);
    *granted = (kopecks_t)((uint64_t)*granted + (uint64_t)e->amount);
}

void verify_level_feed(verify_level_t *self, uint64_t sequence, const event_t *event)
{
    bool level =
        self->before.type == EVENT_bonus_given && self->before.bonus_given.source == BONUS_OF_LEVEL;
    if (level)
        that(self, "grant: it says what it was computed from", sequence,
             event->type == EVENT_level_granted, "level.granted", event->type);
    if (event->type == EVENT_level_granted)
        check_granted(self, sequence, event);
    self->before = *event;
}

void verify_level_finish(verify_level_t *self, bool metering)
{
    for (size_t i = 0; i < self->sums.count; i++) {
        const level_sum_t *row = &self->sums.rows[i];
        if (metering)
            equal(self, "grant: the use is what metering charged", row->sequence, row->use,
                  row->level.use);
        equal(self, "grant: the top-ups are what was posted before the month", row->sequence,
              row->topups, row->level.topups);
    }
}
