#include "store/journal_transfer.h"
#include "store/record.h"
#include <stdlib.h>

enum {
    PAGE_BYTES = 1 << 20, // appended at once
    PAGE_CAP = PAGE_BYTES + JOURNAL_RECORD_MAX,
    ROWS_AT_ONCE = JOURNAL_ROWS_MAX - JOURNAL_ROW_KINDS
};

typedef struct {
    journal_t *to;
    journal_reader_t *reader; // of what is copied
    uint64_t next, last, term, segment_events;
    size_t size, count, rows_count; // of the page
    journal_record_t records[JOURNAL_APPEND_MAX];
    journal_row_t rows[JOURNAL_ROWS_MAX];
    uint8_t page[PAGE_CAP];
} transfer_t;

// --- records ---

// A record's events from the next to the last one that is wanted, as a record of their own.
static bool cut(const transfer_t *self, const journal_record_t *record, uint8_t *out,
                journal_record_t *ret_record)
{
    record_walk_t walk;
    record_builder_t builder;
    if (!record_walk_from(record, self->next, &walk))
        return false;
    record_builder_begin(&builder, out, JOURNAL_RECORD_MAX, self->next, self->segment_events);
    while (record_walk_next(&walk) && walk.sequence <= self->last)
        if (!record_builder_add(&builder, walk.event.data, walk.event.size))
            return false;
    *ret_record = record_builder_end(&builder);
    return true;
}

static fail_t keep_record(const journal_record_t *record, void *arg)
{
    transfer_t *self = arg;
    journal_record_t *kept = &self->records[self->count];
    uint8_t *place = self->page + self->size;
    if (self->count == JOURNAL_APPEND_MAX || self->size > PAGE_BYTES || self->next > self->last)
        return FAIL_LATER; // the page is full, or all is there
    if (record->first == self->next && record->first + record->count - 1 <= self->last) {
        *kept = *record;
        kept->bytes.data = memcpy(place, record->bytes.data, record->bytes.size);
    } else if (!cut(self, record, place, kept)) {
        return FAIL_CORRUPT;
    }
    self->next = kept->first + kept->count;
    self->size += kept->bytes.size;
    self->count++;
    return FAIL_NONE;
}

static fail_t append(transfer_t *self, const void *head, size_t head_size)
{
    bool sealed;
    fail_t fail = journal_append_rows(self->to, journal_last(self->to), self->term, self->records,
                                      self->count, head, head_size, self->rows, self->rows_count);
    self->count = self->rows_count = self->size = 0;
    return fail ? fail : journal_seal(self->to, true, &sealed);
}

static fail_t transfer_records(transfer_t *self, const journal_copy_t *copy)
{
    fail_t fail = FAIL_NONE;
    while (!fail && self->next <= self->last) {
        fail = journal_read(self->reader, self->next, PAGE_BYTES, keep_record, self);
        if (fail == FAIL_LATER && self->count)
            fail = FAIL_NONE;
        if (!fail)
            fail = append(self, NULL, 0);
        if (!fail && copy->progress)
            copy->progress(copy->arg, self->next - 1, self->last);
    }
    return fail;
}

// --- rows of the side store ---

static fail_t keep_row(const journal_row_t *row, void *arg)
{
    transfer_t *self = arg;
    if (self->rows_count == JOURNAL_ROWS_MAX || self->size + row->bytes.size > PAGE_CAP)
        return FAIL_FULL; // an owner has no more rows than kinds
    journal_row_t *kept = &self->rows[self->rows_count++];
    *kept = *row;
    kept->bytes.data = memcpy(self->page + self->size, row->bytes.data, row->bytes.size);
    self->size += row->bytes.size;
    return FAIL_NONE;
}

// The same, but to be taken out.
static fail_t drop_row(const journal_row_t *row, void *arg)
{
    transfer_t *self = arg;
    if (self->rows_count == JOURNAL_ROWS_MAX)
        return FAIL_FULL;
    self->rows[self->rows_count++] = (journal_row_t){row->owner, row->kind, {NULL, 0}};
    return FAIL_NONE;
}

// The owner behind this one; false behind the last there can be.
static bool next_owner(uid_t16 *owner)
{
    for (size_t i = sizeof owner->bytes; i-- > 0;)
        if (++owner->bytes[i])
            return true;
    return false;
}

// All of a journal's rows, in pieces of whole owners.
static fail_t change_rows(transfer_t *self, journal_reader_t *of, journal_row_fn *change)
{
    // Rows are at least 17 bytes to journal_rows.
    enum { PIECE = ROWS_AT_ONCE * (sizeof(uid_t16) + 1) };
    uid_t16 owner = {{0}};
    fail_t fail;
    bool more;
    do {
        fail = journal_rows(of, &owner, PIECE, change, self);
        more = self->rows_count > 0;
        if (more)
            owner = self->rows[self->rows_count - 1].owner;
        if (!fail && more)
            fail = append(self, NULL, 0);
    } while (!fail && more && next_owner(&owner));
    return fail;
}

static fail_t drop_rows(transfer_t *self)
{
    journal_reader_t *reader = NULL;
    fail_t fail = journal_reader_open(self->to, &reader);
    if (!fail)
        fail = change_rows(self, reader, drop_row);
    journal_reader_destroy(&reader);
    return fail;
}

// --- all of it ---

// Whether what is there already is a beginning of what is copied.
static fail_t check_beginning(transfer_t *self)
{
    static _Thread_local uint8_t ours[JOURNAL_EVENT_MAX], theirs[JOURNAL_EVENT_MAX];
    size_t our_size, their_size;
    uint64_t last = journal_last(self->to);
    journal_reader_t *reader = NULL;
    if (last == 0)
        return FAIL_NONE;
    if (last > self->last)
        return FAIL_CONFLICT;
    fail_t fail = journal_reader_open(self->to, &reader);
    if (!fail)
        fail = journal_find(reader, last, ours, sizeof ours, &our_size);
    if (!fail)
        fail = journal_find(self->reader, last, theirs, sizeof theirs, &their_size);
    journal_reader_destroy(&reader);
    if (!fail && (our_size != their_size || memcmp(ours, theirs, our_size) != 0))
        fail = FAIL_CONFLICT;
    return fail;
}

static fail_t transfer_beginning(transfer_t *self, const journal_copy_t *copy)
{
    fail_t fail = journal_lead(self->to, &self->term);
    if (!fail)
        fail = check_beginning(self);
    self->next = journal_last(self->to) + 1;
    if (!fail)
        fail = append(self, NULL, 0); // from here on it is no whole journal
    return fail ? fail : transfer_records(self, copy);
}

static fail_t transfer_rest(transfer_t *self, const journal_moment_t *moment)
{
    fail_t fail = drop_rows(self);
    if (!fail)
        fail = change_rows(self, self->reader, keep_row);
    return fail ? fail : append(self, moment->head, moment->head_size);
}

static fail_t transfer(journal_t *from, const journal_moment_t *moment, journal_t *to,
                       const journal_copy_t *copy, bool whole)
{
    if (journal_segment_events(from) != journal_segment_events(to))
        return FAIL_CONFLICT;
    transfer_t *self = calloc(1, sizeof *self);
    if (!self)
        return FAIL_FULL;
    self->to = to;
    self->last = moment->last;
    self->segment_events = journal_segment_events(from);
    fail_t fail = journal_reader_open(from, &self->reader);
    if (!fail)
        fail = transfer_beginning(self, copy);
    if (!fail && whole)
        fail = transfer_rest(self, moment);
    journal_reader_destroy(&self->reader);
    free(self);
    return fail;
}

fail_t journal_transfer(journal_t *from, const journal_moment_t *moment, journal_t *to,
                        const journal_copy_t *copy)
{
    return transfer(from, moment, to, copy, true);
}

fail_t journal_transfer_beginning(journal_t *from, const journal_moment_t *moment, journal_t *to,
                                  const journal_copy_t *copy)
{
    return transfer(from, moment, to, copy, false);
}
