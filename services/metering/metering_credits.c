#include "services/metering/metering_credits.h"
#include <assert.h>
#include <stddef.h>

// A key packs meter (32 bits), hour (22) and version - 1 (10).
static uint64_t pack(uint32_t meter, uint32_t hour, uint16_t version)
{
    return (uint64_t)meter << 32 | (uint64_t)hour << CELLS_VERSION_BITS | (version - 1u);
}

uint32_t credits_meter(uint64_t key)
{
    return (uint32_t)(key >> 32);
}

uint32_t credits_hour(uint64_t key)
{
    return (uint32_t)key >> CELLS_VERSION_BITS;
}

uint16_t credits_version(uint64_t key)
{
    return (uint16_t)((key & ((1u << CELLS_VERSION_BITS) - 1)) + 1);
}

void credits_init(credits_t *self)
{
    table_init(&self->owed, sizeof(owed_t));
    table_init(&self->kept, sizeof(kept_t));
    table_init(&self->taking, sizeof(taking_back_t));
}

void credits_release(credits_t *self)
{
    table_release(&self->owed);
    table_release(&self->kept);
    table_release(&self->taking);
}

WALK_ROW(owed_t)
WALK_ROW(kept_t)
WALK_ROW(taking_back_t)
WALK_ROW(credits_hour_t)

void credits_walk(credits_t *self, walk_t *walk)
{
    table_walk(&self->owed, walk, walk_clear_owed_t);
    table_walk(&self->kept, walk, walk_clear_kept_t);
    table_walk(&self->taking, walk, walk_clear_taking_back_t);
    WALK(walk, self->owed_order);
    WALK(walk, self->kept_order);
    WALK(walk, self->taking_order);
    walk_rows(walk, "hours", self->hours, sizeof self->hours[0], CELLS_RING_HOURS,
              walk_clear_credits_hour_t);
    WALK(walk, self->given);
    WALK(walk, self->refused);
    WALK_WHOLE(walk, credits_t, self);
}

static chain_links_t owed_links(const credits_t *self)
{
    return (chain_links_t){self->owed.rows + offsetof(owed_t, link), sizeof(owed_t)};
}

static chain_links_t kept_links(const credits_t *self)
{
    return (chain_links_t){self->kept.rows + offsetof(kept_t, link), sizeof(kept_t)};
}

// --- what is still to be taken back ---

static chain_links_t taking_links(const credits_t *self)
{
    return (chain_links_t){self->taking.rows + offsetof(taking_back_t, link),
                           sizeof(taking_back_t)};
}

void credits_take_back(credits_t *self, const event_usage_taking_back_t *event)
{
    uint32_t row = table_find(&self->taking, &event->resource);
    self->refused += event->untold;
    if (row == TABLE_NONE && event->more) {
        row = table_insert(&self->taking, &event->resource);
        chain_append(&self->taking_order, taking_links(self), row + 1);
        ((taking_back_t *)table_row(&self->taking, row))->oldest = event->oldest;
    } else if (row != TABLE_NONE && !event->more) {
        chain_remove(&self->taking_order, taking_links(self), row + 1);
        table_remove(&self->taking, row);
    }
}

const taking_back_t *credits_taking_back(const credits_t *self)
{
    uint32_t first = self->taking_order.first;
    return first ? table_row(&self->taking, first - 1) : NULL;
}

// --- what is owed ---

static owed_t *find_owed(const credits_t *self, uint64_t key, uint32_t *ret_row)
{
    uid_t16 name = table_key(key, 0);
    *ret_row = table_find(&self->owed, &name);
    return *ret_row == TABLE_NONE ? NULL : table_row(&self->owed, *ret_row);
}

const owed_t *credits_owed(const credits_t *self, uint64_t key)
{
    uint32_t row;
    return find_owed(self, key, &row);
}

void credits_owe(credits_t *self, uint32_t meter, uint32_t hour, uint16_t version, uint64_t minutes)
{
    uint32_t row;
    owed_t *owed = find_owed(self, pack(meter, hour, version), &row);
    if (!owed) {
        uid_t16 name = table_key(pack(meter, hour, version), 0);
        row = table_insert(&self->owed, &name);
        chain_append(&self->owed_order, owed_links(self), row + 1);
        owed = table_row(&self->owed, row);
    }
    owed->minutes += minutes;
}

void credits_settle(credits_t *self, uint32_t meter, uint32_t hour, uint16_t version,
                    uint64_t minutes)
{
    uint32_t row;
    owed_t *owed = find_owed(self, pack(meter, hour, version), &row);
    assert(owed && owed->minutes >= minutes);
    owed->minutes -= minutes;
    if (owed->minutes)
        return;
    chain_remove(&self->owed_order, owed_links(self), row + 1);
    table_remove(&self->owed, row);
}

// --- lines ---

// The n-th kept line of a meter, hour and version: 0 is that of the hour's closing.
static kept_t *kept_at(const credits_t *self, uint64_t key, uint64_t n)
{
    uid_t16 name = table_key(key, n);
    uint32_t row = table_find(&self->kept, &name);
    return row == TABLE_NONE ? NULL : table_row(&self->kept, row);
}

static kept_t *keep(credits_t *self, uint64_t key, uint64_t n, uint32_t since)
{
    uid_t16 name = table_key(key, n);
    uint32_t row = table_insert(&self->kept, &name);
    chain_append(&self->kept_order, kept_links(self), row + 1);
    kept_t *kept = table_row(&self->kept, row);
    kept->since = since > credits_hour(key) ? since : credits_hour(key);
    return kept;
}

void credits_keep(credits_t *self, const event_usage_charged_t *line, uint64_t sequence,
                  uint32_t closed)
{
    uint64_t key = pack((uint32_t)line->meter, hour_of(line->hour), (uint16_t)line->version), n = 1;
    while (kept_at(self, key, n))
        n++;
    kept_t *kept = keep(self, key, n, closed);
    kept->sequence = sequence;
    kept->minutes = line->minutes;
}

static kept_t *kept_of(const credits_t *self, uint64_t key, uint64_t sequence)
{
    kept_t *kept = kept_at(self, key, 0);
    for (uint64_t n = 1; !kept || kept->sequence != sequence; n++)
        if (!(kept = kept_at(self, key, n)))
            return NULL;
    return kept;
}

void credits_give(credits_t *self, const event_usage_credited_t *credit, uint32_t closed)
{
    uint32_t meter = (uint32_t)credit->meter, hour = hour_of(credit->hour);
    uint16_t version = (uint16_t)credit->version;
    kept_t *kept = kept_of(self, pack(meter, hour, version), credit->original);
    if (!kept) {
        kept = keep(self, pack(meter, hour, version), 0, closed);
        kept->sequence = credit->original;
        kept->minutes = credit->charged_minutes;
    }
    assert(kept->minutes >= credit->minutes);
    kept->minutes -= credit->minutes;
    kept->given += credit->amount;
    credits_settle(self, meter, hour, version, credit->minutes);
}

void credits_left(const credits_t *self, uint64_t key, uint64_t sequence,
                  const event_usage_charged_t *line, uint64_t *ret_minutes, kopecks_t *ret_given)
{
    const kept_t *kept = kept_of(self, key, sequence);
    *ret_minutes = kept ? kept->minutes : line->minutes;
    *ret_given = kept ? kept->given : 0;
}

void credits_note_line(credits_t *self, uint32_t hour, uint64_t sequence, bool first)
{
    if (first)
        self->hours[hour % CELLS_RING_HOURS] = (credits_hour_t){hour, sequence, UINT64_MAX};
}

void credits_note_closing(credits_t *self, uint32_t hour, uint64_t sequence)
{
    credits_hour_t *closed = &self->hours[hour % CELLS_RING_HOURS];
    if (closed->hour == hour)
        closed->last = sequence;
}

void credits_forget_before(credits_t *self, uint32_t oldest)
{
    for (uint32_t n; (n = self->kept_order.first) &&
                     ((const kept_t *)table_row(&self->kept, n - 1))->since < oldest;) {
        chain_remove(&self->kept_order, kept_links(self), n);
        table_remove(&self->kept, n - 1);
    }
}

// --- the next line of what is owed ---

// The last kept line that has minutes left; NULL if none has. Is the line of the closing among
// them?
static const kept_t *last_left(const credits_t *self, uint64_t key, bool *ret_closing)
{
    const kept_t *kept = kept_at(self, key, 0), *last = kept && kept->minutes ? kept : NULL;
    *ret_closing = kept != NULL;
    for (uint64_t n = 1; (kept = kept_at(self, key, n)); n++)
        if (kept->minutes)
            last = kept;
    return last;
}

const kept_t *credits_kept(const credits_t *self, uint32_t meter, uint32_t hour, uint16_t version,
                           uint64_t n)
{
    return kept_at(self, pack(meter, hour, version), n);
}

bool credits_closing(const metering_state_t *self, uint32_t number, uint32_t hour, uint16_t version,
                     recall_t *ret_wish)
{
    const credits_hour_t *lines = &self->credits.hours[hour % CELLS_RING_HOURS];
    const meter_t *meter = rows_meter(self, number);
    if (!lines->first || lines->hour != hour)
        return false;
    *ret_wish = (recall_t){.key = pack(number, hour, version),
                           .by = RECALL_ORDER,
                           .number = lines->first,
                           .to = lines->last,
                           .sought = {rows_account(self, meter->account)->id,
                                      rows_resource(self, meter->resource)->id},
                           .detail = (uint64_t)meter->kind << 32 | version};
    return true;
}

static recall_t wish_of(const metering_state_t *self, uint64_t key)
{
    recall_t wish;
    bool closing;
    const kept_t *kept = last_left(&self->credits, key, &closing);
    if (!kept && !closing &&
        credits_closing(self, credits_meter(key), credits_hour(key), credits_version(key), &wish))
        return wish;
    return (recall_t){.key = key, // of event 0 there is none
                      .by = RECALL_SEQUENCE,
                      .number = kept ? kept->sequence : 0};
}

void credits_due(const metering_state_t *self, due_t *out)
{
    const credits_t *credits = &self->credits;
    for (uint32_t n = credits->owed_order.first; n && out->recalls_count < DUE_RECALLS_MAX;) {
        const owed_t *owed = table_row(&credits->owed, n - 1);
        uint64_t key;
        memcpy(&key, owed->key.bytes, sizeof key);
        out->recalls[out->recalls_count++] = wish_of(self, key);
        n = owed->link.after;
    }
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

bool credits_order(const event_t *event, const recall_t *wish, int *ret_order)
{
    const event_usage_charged_t *line = &event->usage_charged;
    if (event->type != EVENT_usage_charged || line->reason != CHARGED_HOUR)
        return false;
    *ret_order = memcmp(line->account.bytes, wish->sought[0].bytes, sizeof line->account);
    if (!*ret_order)
        *ret_order = memcmp(line->resource.bytes, wish->sought[1].bytes, sizeof line->resource);
    if (!*ret_order)
        *ret_order = compare(line->kind << 32 | line->version, wish->detail);
    return true;
}
