#include "services/node/parcel.h"
#include "proto/stream.h"
#include "services/node/head.h"
#include "store/record.h"
#include <assert.h>
#include <stdlib.h>

enum { OUTPUTS_FIRST = 256 };

void parcel_init(parcel_t *self)
{
    *self = (parcel_t){.head = malloc(HEAD_BYTES_MAX)};
    assert(self->head);
}

void parcel_release(parcel_t *self)
{
    for (size_t i = 0; i < PARCEL_RECORDS_MAX; i++)
        free(self->buffers[i]);
    parcel_forget_rows(self);
    free(self->head);
    free(self->rows);
    free(self->rows_bytes);
    free(self->arena);
    free(self->outputs);
}

void parcel_empty(parcel_t *self)
{
    parcel_forget_rows(self);
    self->records_count = self->arena_used = 0;
    self->outputs_count = self->outputs_given = 0;
}

// --- for the journal ---

uint8_t *parcel_buffer(parcel_t *self)
{
    assert(self->records_count < PARCEL_RECORDS_MAX);
    uint8_t **buffer = &self->buffers[self->records_count];
    if (!*buffer)
        *buffer = malloc(RECORD_TARGET);
    assert(*buffer);
    return *buffer;
}

const journal_record_t *parcel_record(const parcel_t *self, uint64_t sequence)
{
    for (size_t i = 0; i < self->records_count; i++) {
        const journal_record_t *record = &self->records[i];
        if (sequence >= record->first && sequence - record->first < record->count)
            return record;
    }
    return NULL;
}

void parcel_add_row(parcel_t *self, const side_row_t *row)
{
    assert(self->rows_count < NODE_ROWS_MAX);
    if (!self->rows) {
        self->rows = calloc(NODE_ROWS_MAX, sizeof *self->rows);
        self->rows_bytes = calloc(NODE_ROWS_MAX, SIDE_ROW_MAX);
        assert(self->rows && self->rows_bytes);
    }
    side_row_t *kept = &self->rows[self->rows_count++];
    *kept = *row;
    kept->bytes.data = self->rows_bytes + self->rows_used;
    if (row->bytes.size)
        memcpy(self->rows_bytes + self->rows_used, row->bytes.data, row->bytes.size);
    self->rows_used += row->bytes.size;
}

void parcel_forget_rows(parcel_t *self)
{
    if (self->rows_used)
        explicit_bzero(self->rows_bytes, self->rows_used);
    self->rows_count = self->rows_used = 0;
}

// --- for after the commit ---

stored_output_t *parcel_add(parcel_t *self, output_kind_t kind)
{
    if (self->outputs_count == self->outputs_cap) {
        self->outputs_cap = self->outputs_cap ? self->outputs_cap * 2 : OUTPUTS_FIRST;
        self->outputs = realloc(self->outputs, self->outputs_cap * sizeof *self->outputs);
        assert(self->outputs);
    }
    stored_output_t *output = &self->outputs[self->outputs_count++];
    *output = (stored_output_t){.kind = kind};
    return output;
}

slice_t parcel_make(parcel_t *self, size_t size)
{
    if (self->arena_cap - self->arena_used < size) {
        size_t cap = self->arena_cap ? self->arena_cap : FRAME_LARGE_MAX;
        while (cap - self->arena_used < size)
            cap *= 2;
        self->arena = realloc(self->arena, cap);
        assert(self->arena);
        self->arena_cap = cap;
    }
    slice_t slice = {(uint32_t)self->arena_used, (uint32_t)size};
    self->arena_used += size;
    return slice;
}

slice_t parcel_put(parcel_t *self, const void *data, size_t size)
{
    slice_t slice = parcel_make(self, size);
    if (size)
        memcpy(self->arena + slice.at, data, size);
    return slice;
}

bool parcel_give(parcel_t *self, output_t *ret_output)
{
    if (self->outputs_given >= self->outputs_count)
        return false;
    const stored_output_t *output = &self->outputs[self->outputs_given++];
    bytes_t body = {self->arena + output->body.at, output->body.size};
    *ret_output = (output_t){.kind = output->kind,
                             .door = output->door,
                             .peer = output->peer,
                             .stream = output->stream,
                             .head = {self->arena + output->head.at, output->head.size},
                             .body = output->record.size ? output->record : body};
    return true;
}
