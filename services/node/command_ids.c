#include "services/node/command_ids.h"

enum { COMPACT_FIRST = 4096 };
#define KEPT_MS (UINT64_C(86400000) * COMMAND_IDS_KEPT_DAYS)
#define AHEAD_MS (UINT64_C(60000) * COMMAND_IDS_AHEAD_MINUTES)

static uint64_t made_ms(const uid_t16 *id)
{
    uint64_t ms = 0;
    for (size_t i = 0; i < 6; i++)
        ms = ms << 8 | id->bytes[i];
    return ms;
}

void command_ids_init(command_ids_t *self)
{
    *self = (command_ids_t){.compact_at = COMPACT_FIRST};
    table_init(&self->table, sizeof(command_id_t));
}

void command_ids_release(command_ids_t *self)
{
    table_release(&self->table);
}

WALK_ROW(command_id_t)

void command_ids_walk(command_ids_t *self, walk_t *walk)
{
    table_walk(&self->table, walk, walk_clear_command_id_t);
    WALK(walk, self->newest_ms);
    WALK(walk, self->compact_at);
    WALK_WHOLE(walk, command_ids_t, self);
}

fail_t command_ids_check(const command_ids_t *self, const uid_t16 *id, const uid_t16 *content,
                         instant_t wall, uint64_t *ret_sequence)
{
    if (id->bytes[6] >> 4 != 7 || id->bytes[8] >> 6 != 2)
        return FAIL_INVALID;
    uint64_t ms = made_ms(id);
    if (ms > (uint64_t)(wall > 0 ? wall : 0) / 1000 + AHEAD_MS)
        return FAIL_FUTURE;
    if (ms + KEPT_MS < self->newest_ms)
        return FAIL_EXPIRED;
    uint32_t number = table_find(&self->table, id);
    if (number == TABLE_NONE) {
        *ret_sequence = 0;
        return FAIL_NONE;
    }
    const command_id_t *known = table_row(&self->table, number);
    if (!uid_equal(&known->content, content))
        return FAIL_CONFLICT;
    *ret_sequence = known->sequence;
    return FAIL_NONE;
}

// Rebuilds the table without the ids that a check refuses as expired anyway.
static void compact(command_ids_t *self)
{
    table_t old = self->table;
    table_init(&self->table, sizeof(command_id_t));
    for (uint32_t i = 0; i < old.count; i++) {
        const command_id_t *row = table_row(&old, i);
        if (made_ms(&row->id) + KEPT_MS >= self->newest_ms)
            memcpy(table_row(&self->table, table_insert(&self->table, &row->id)), row, sizeof *row);
    }
    table_release(&old);
    self->compact_at =
        self->table.count * 2 > COMPACT_FIRST ? self->table.count * 2 : COMPACT_FIRST;
}

void command_ids_add(command_ids_t *self, const uid_t16 *id, const uid_t16 *content,
                     uint64_t sequence)
{
    if (table_find(&self->table, id) != TABLE_NONE)
        return;
    uint64_t ms = made_ms(id);
    if (ms > self->newest_ms)
        self->newest_ms = ms;
    command_id_t *row = table_row(&self->table, table_insert(&self->table, id));
    row->content = *content;
    row->sequence = sequence;
    if (self->table.count >= self->compact_at)
        compact(self);
}
