#include "services/metering/metering_owners.h"
#include <assert.h>

void owners_init(owners_t *self)
{
    memset(self, 0, sizeof *self);
    self->count = 1;
}

uint32_t owners_find(const owners_t *self, stream_t producer)
{
    for (uint32_t i = 1; i < self->count; i++)
        if (self->rows[i].producer == producer)
            return i;
    return 0;
}

// A row to be used anew, 0 if every producer holds something.
static uint32_t find_unheld(const owners_t *self)
{
    for (uint32_t i = 1; i < self->count; i++)
        if (!self->rows[i].resources && !self->rows[i].loose)
            return i;
    return 0;
}

bool owners_have_room(const owners_t *self, stream_t producer)
{
    return self->count < OWNERS_MAX || owners_find(self, producer) || find_unheld(self);
}

uint32_t owners_need(owners_t *self, stream_t producer)
{
    if (producer == STREAM_NONE)
        return 0;
    uint32_t row = owners_find(self, producer);
    if (row)
        return row;
    row = self->count < OWNERS_MAX ? self->count++ : find_unheld(self);
    assert(row);
    self->rows[row] = (owner_t){.producer = producer};
    return row;
}

void owners_name(owners_t *self, uint32_t row, text_t name)
{
    owner_t *owner = &self->rows[row];
    owner->size = (uint8_t)(name.size < OWNER_NAME_MAX ? name.size : OWNER_NAME_MAX);
    if (owner->size)
        memcpy(owner->name, name.data, owner->size);
}

bool owners_is_named(const owners_t *self, uint32_t row, text_t name)
{
    const owner_t *owner = &self->rows[row];
    return row && owner->size == name.size &&
           (!name.size || memcmp(owner->name, name.data, name.size) == 0);
}
