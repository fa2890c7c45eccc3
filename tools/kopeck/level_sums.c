#include "tools/kopeck/level_sums.h"
#include "proto/month.h"
#include "proto/posting.h"
#include "proto/wire.h"
#include <assert.h>
#include <stdlib.h>

typedef struct {
    uid_t16 key;
    uint32_t first; // of its wishes: number + 1
} account_t;

void level_sums_init(level_sums_t *self)
{
    *self = (level_sums_t){0};
    table_init(&self->accounts, sizeof(account_t));
}

void level_sums_release(level_sums_t *self)
{
    free(self->rows);
    table_release(&self->accounts);
    *self = (level_sums_t){0};
}

static bool read_list(bytes_t bytes, level_sum_t *row)
{
    wire_t wire;
    if (!bytes.size)
        return true;
    wire_start(&wire, bytes.data, bytes.size);
    uint32_t count = wire_array(&wire, LEVEL_RESOURCES_MAX);
    for (row->count = 0; row->count < count; row->count++)
        wire_uid(&wire, &row->resources[row->count]);
    return wire_end(&wire) == FAIL_NONE && count > 0;
}

bool level_sums_add(level_sums_t *self, uint64_t sequence, const event_level_granted_t *level)
{
    level_sum_t row = {.level = *level, .sequence = sequence};
    row.level.resources = (bytes_t){0};
    if (!read_list(level->resources, &row))
        return false;
    if (self->count == self->cap) {
        self->cap = self->cap ? self->cap * 2 : 4;
        self->rows = realloc(self->rows, self->cap * sizeof *self->rows);
        assert(self->rows);
    }
    uint32_t number = table_find(&self->accounts, &level->account);
    number = number == TABLE_NONE ? table_insert(&self->accounts, &level->account) : number;
    account_t *account = table_row(&self->accounts, number);
    row.next = account->first;
    self->rows[self->count++] = row;
    account->first = (uint32_t)self->count;
    return true;
}

static uint32_t first_of(const level_sums_t *self, const uid_t16 *account)
{
    uint32_t number = table_find(&self->accounts, account);
    return number == TABLE_NONE ? 0
                                : ((const account_t *)table_row(&self->accounts, number))->first;
}

static bool affects(const level_sum_t *row, const uid_t16 *resource)
{
    for (size_t i = 0; i < row->count; i++)
        if (uid_equal(&row->resources[i], resource))
            return true;
    return row->count == 0;
}

// Modulo 2^64: no journal can make it overflow.
static kopecks_t plus(kopecks_t a, kopecks_t b)
{
    return (kopecks_t)((uint64_t)a + (uint64_t)b);
}

static void add_use(level_sums_t *self, uint64_t sequence, const uid_t16 *account,
                    const uid_t16 *resource, instant_t hour, kopecks_t amount)
{
    for (uint32_t n = first_of(self, account); n; n = self->rows[n - 1].next) {
        level_sum_t *row = &self->rows[n - 1];
        if (sequence <= row->level.metering && month_of(hour) == row->level.month &&
            affects(row, resource))
            row->use = plus(row->use, amount);
    }
}

void level_sums_metering(level_sums_t *self, uint64_t sequence, const event_t *event)
{
    const event_usage_charged_t *charged = &event->usage_charged;
    const event_usage_credited_t *credited = &event->usage_credited;
    if (event->type == EVENT_usage_charged)
        add_use(self, sequence, &charged->account, &charged->resource, charged->hour,
                charged->amount);
    else if (event->type == EVENT_usage_credited)
        add_use(self, sequence, &credited->account, &credited->resource, credited->hour,
                (kopecks_t)(0 - (uint64_t)credited->amount));
}

static bool is_paid_in(const event_posted_t *posted)
{
    return posted->credit >= SYSTEM_END &&
           (posted->kind == POSTING_TOPUP || posted->kind == POSTING_AUTOPAY ||
            posted->kind == POSTING_BANK);
}

void level_sums_ledger(level_sums_t *self, uint64_t sequence, const event_t *event)
{
    if (event->type != EVENT_posted || !is_paid_in(&event->posted))
        return;
    for (uint32_t n = first_of(self, &event->posted.account); n; n = self->rows[n - 1].next) {
        level_sum_t *row = &self->rows[n - 1];
        if (sequence < row->sequence && month_of(event->at) < row->level.month)
            row->topups = plus(row->topups, event->posted.amount);
    }
}
