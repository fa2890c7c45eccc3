#include "services/node/allowances.h"
#include "proto/month.h"
#include <string.h>

void allowances_init(allowances_t *self)
{
    *self = (allowances_t){.alone_max = ALLOWANCE_ALONE_MAX, .day_max = ALLOWANCE_DAY_MAX};
}

WALK_ROW(allowance_t)

void allowances_walk(allowances_t *self, walk_t *walk)
{
    WALK(walk, self->alone_max);
    WALK(walk, self->day_max);
    WALK(walk, self->rules);
    WALK(walk, self->count);
    if (walk_loads(walk) && self->count > ALLOWANCES_MAX)
        walk->fail = FAIL_CORRUPT;
    if (!walk->fail)
        walk_rows(walk, "rows", self->rows, sizeof *self->rows, self->count,
                  walk_clear_allowance_t);
    WALK_PASS(walk, self->rows); // those that are not used
    WALK_WHOLE(walk, allowances_t, self);
}

void certificate_name_copy(char out[CERTIFICATE_NAME_MAX + 1], text_t name)
{
    size_t size = name.size < CERTIFICATE_NAME_MAX ? name.size : CERTIFICATE_NAME_MAX;
    if (size) // an empty name may have no bytes at all
        memcpy(out, name.data, size);
    out[size] = '\0';
}

static int64_t day_of(instant_t at)
{
    int64_t local = at + MOSCOW_OFFSET_US;
    return local / DAY_US - (local % DAY_US < 0);
}

static bool is_whose(const allowance_t *row, text_t name)
{
    return row->size == name.size && memcmp(row->name, name.data, row->size) == 0;
}

static size_t find(const allowances_t *self, text_t name)
{
    size_t i = 0;
    while (i < self->count && !is_whose(&self->rows[i], name))
        i++;
    return i;
}

// A place for one who has none: the next one, or that of somebody who moved nothing on that day;
// ALLOWANCES_MAX if there is none.
static size_t place_for(const allowances_t *self, int64_t day)
{
    size_t i = self->count;
    if (i == ALLOWANCES_MAX)
        for (i = 0; i < ALLOWANCES_MAX && self->rows[i].day == day; i++)
            ;
    return i;
}

kopecks_t allowances_moved(const allowances_t *self, text_t name, instant_t at)
{
    size_t row = find(self, name);
    if (row < self->count)
        return self->rows[row].day == day_of(at) ? self->rows[row].moved : 0;
    bool counts = name.size && name.size <= CERTIFICATE_NAME_MAX &&
                  place_for(self, day_of(at)) < ALLOWANCES_MAX;
    return counts ? 0 : INT64_MAX;
}

bool allowances_allow(const allowances_t *self, kopecks_t before, kopecks_t amount)
{
    kopecks_t after;
    return amount <= self->alone_max && money_add(before, amount, &after) && after <= self->day_max;
}

static void add(allowances_t *self, text_t name, instant_t at, kopecks_t amount)
{
    int64_t day = day_of(at);
    if (amount <= 0 || !name.size || name.size > CERTIFICATE_NAME_MAX)
        return;
    size_t place = find(self, name);
    if (place == self->count)
        place = place_for(self, day);
    if (place == ALLOWANCES_MAX)
        return; // who could not be counted was allowed nothing
    allowance_t *row = &self->rows[place];
    if (place == self->count || row->day != day || !is_whose(row, name)) {
        *row = (allowance_t){.day = day, .size = name.size};
        memcpy(row->name, name.data, name.size);
        self->count += place == self->count;
    }
    if (!money_add(row->moved, amount, &row->moved))
        row->moved = INT64_MAX;
}

void allowances_note(allowances_t *self, const event_t *event)
{
    if (event->type == EVENT_command_sent_by)
        add(self, event->command_sent_by.certificate, event->at, event->command_sent_by.amount);
    else if (event->type == EVENT_feed_counted)
        add(self, event->feed_counted.certificate, event->at, event->feed_counted.amount);
    else if (event->type == EVENT_operators_policy_changed) {
        self->alone_max = event->operators_policy_changed.alone_max;
        self->day_max = event->operators_policy_changed.day_max;
        self->rules = event->operators_policy_changed.rules;
    }
}
