#include "store/memory/memory_rows.h"
#include <assert.h>
#include <stdlib.h>

static void free_bytes(const journal_row_t *row)
{
    free((void *)(uintptr_t)row->bytes.data);
}

static int compare_rows(const journal_row_t *a, const journal_row_t *b)
{
    int order = memcmp(a->owner.bytes, b->owner.bytes, sizeof a->owner.bytes);
    return order ? order : (a->kind > b->kind) - (a->kind < b->kind);
}

// Where the row is, or belongs.
static size_t place_of(const memory_list_t *rows, const journal_row_t *row)
{
    size_t low = 0;
    for (size_t high = rows->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (compare_rows(&rows->rows[middle], row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert_row(memory_list_t *rows, size_t at, const journal_row_t *row)
{
    if (rows->count == rows->cap) {
        rows->cap = rows->cap ? 2 * rows->cap : 16;
        rows->rows = realloc(rows->rows, rows->cap * sizeof *rows->rows);
        assert(rows->rows);
    }
    memmove(&rows->rows[at + 1], &rows->rows[at], (rows->count++ - at) * sizeof *rows->rows);
    rows->rows[at] = *row;
}

static journal_row_t take_row(memory_list_t *rows, size_t at)
{
    journal_row_t taken = rows->rows[at];
    memmove(&rows->rows[at], &rows->rows[at + 1], (--rows->count - at) * sizeof *rows->rows);
    return taken;
}

// Takes the bytes over. What was there before is returned.
static journal_row_t swap_row(memory_list_t *rows, const journal_row_t *row)
{
    size_t at = place_of(rows, row);
    bool there = at < rows->count && compare_rows(&rows->rows[at], row) == 0;
    journal_row_t before = {row->owner, row->kind, {NULL, 0}};
    if (there)
        before = take_row(rows, at);
    if (row->bytes.size)
        insert_row(rows, at, row);
    return before;
}

static void change_row(memory_rows_t *self, const journal_row_t *row)
{
    journal_row_t copy = *row;
    uint8_t *bytes = row->bytes.size ? malloc(row->bytes.size) : NULL;
    assert(bytes || !row->bytes.size);
    if (bytes)
        memcpy(bytes, row->bytes.data, row->bytes.size);
    copy.bytes.data = bytes;
    journal_row_t before = swap_row(&self->now, &copy);
    insert_row(&self->before, self->before.count, &before);
}

void memory_rows_change(memory_rows_t *self, const journal_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        journal_row_t row = rows[i];
        for (unsigned kind = 0; row.kind == JOURNAL_ROW_ALL && kind < JOURNAL_ROW_KINDS; kind++)
            change_row(self, &(journal_row_t){row.owner, (uint8_t)kind, {NULL, 0}});
        if (row.kind != JOURNAL_ROW_ALL)
            change_row(self, &row);
    }
}

void memory_rows_settle(memory_rows_t *self)
{
    while (self->before.count)
        free_bytes(&self->before.rows[--self->before.count]);
}

void memory_rows_undo(memory_rows_t *self)
{
    while (self->before.count) {
        journal_row_t now = swap_row(&self->now, &self->before.rows[--self->before.count]);
        free_bytes(&now);
    }
}

void memory_rows_release(memory_rows_t *self)
{
    memory_rows_settle(self);
    for (size_t i = 0; i < self->now.count; i++)
        free_bytes(&self->now.rows[i]);
    free(self->now.rows);
    free(self->before.rows);
}

fail_t memory_rows_visit(const memory_rows_t *self, const uid_t16 *from, size_t bytes_max,
                         journal_row_fn *visit, void *arg)
{
    const journal_row_t first = {.owner = *from};
    uid_t16 owner = *from;
    size_t bytes = 0;
    fail_t fail = FAIL_NONE;
    for (size_t i = place_of(&self->now, &first); i < self->now.count && !fail; i++) {
        const journal_row_t *row = &self->now.rows[i];
        if (bytes >= (bytes_max ? bytes_max : 1) && !uid_equal(&row->owner, &owner))
            break;
        owner = row->owner;
        bytes += row->bytes.size + sizeof row->owner + sizeof row->kind;
        fail = visit(row, arg);
    }
    return fail;
}
