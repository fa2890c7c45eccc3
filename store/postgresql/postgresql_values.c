// Parameters and answers in PostgreSQL's binary form: big-endian numbers, and arrays of
// {dimensions, has nulls, type, size, lower bound} with each element behind its size.
#include "store/postgresql/postgresql_link.h"
#include <assert.h>
#include <endian.h>
#include <stdlib.h>

enum { WORD = 4, ARRAY_HEAD = 5 * WORD, ARRAY_COUNT_AT = 3 * WORD };

void postgresql_give_bytes(postgresql_parameters_t *self, const void *data, size_t size)
{
    assert(self->count < POSTGRESQL_PARAMETERS_MAX);
    self->values[self->count] = size ? data : ""; // without bytes it would be null
    self->sizes[self->count++] = (int)size;
}

void postgresql_give_number(postgresql_parameters_t *self, uint64_t number)
{
    uint64_t *place = &self->numbers[self->count];
    *place = htobe64(number);
    postgresql_give_bytes(self, place, sizeof *place);
}

uint64_t postgresql_number(const PGresult *result, int row, int column)
{
    uint64_t number = 0;
    if (PQgetlength(result, row, column) == (int)sizeof number)
        memcpy(&number, PQgetvalue(result, row, column), sizeof number);
    return be64toh(number);
}

bytes_t postgresql_bytes(const PGresult *result, int row, int column)
{
    return (bytes_t){(const uint8_t *)PQgetvalue(result, row, column),
                     (uint32_t)PQgetlength(result, row, column)};
}

// Room for `more` bytes.
static bool reserve(postgresql_array_t *self, size_t more)
{
    if (self->cap - self->size >= more)
        return true;
    size_t cap = 2 * self->cap > self->size + more ? 2 * self->cap : self->size + more;
    uint8_t *bytes = realloc(self->bytes, cap);
    if (!bytes)
        return false;
    self->bytes = bytes;
    self->cap = cap;
    return true;
}

static void put_word(uint8_t *at, uint32_t word)
{
    word = htobe32(word);
    memcpy(at, &word, sizeof word);
}

bool postgresql_array_begin(postgresql_array_t *self, postgresql_type_t type)
{
    self->size = self->count = 0;
    if (!reserve(self, ARRAY_HEAD))
        return false;
    const uint32_t head[] = {1, 0, (uint32_t)type, 0, 1};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        put_word(self->bytes + i * WORD, head[i]);
    self->size = ARRAY_HEAD;
    return true;
}

bool postgresql_array_add(postgresql_array_t *self, const void *data, size_t size)
{
    if (!reserve(self, WORD + size))
        return false;
    put_word(self->bytes + self->size, (uint32_t)size);
    if (size)
        memcpy(self->bytes + self->size + WORD, data, size);
    self->size += WORD + size;
    put_word(self->bytes + ARRAY_COUNT_AT, ++self->count);
    return true;
}

bool postgresql_array_add_number(postgresql_array_t *self, uint64_t number, size_t size)
{
    uint64_t wide = htobe64(number);
    return postgresql_array_add(self, (const uint8_t *)&wide + sizeof wide - size, size);
}

void postgresql_array_release(postgresql_array_t *self)
{
    free(self->bytes);
    *self = (postgresql_array_t){0};
}

void postgresql_give_array(postgresql_parameters_t *self, postgresql_array_t *array)
{
    postgresql_give_bytes(self, array->bytes, array->size);
}
