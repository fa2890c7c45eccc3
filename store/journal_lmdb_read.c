#include "store/journal_lmdb_env.h"
#include "store/record.h"
#include <stdlib.h>

fail_t lmdb_reader_open(journal_t *base, journal_reader_t **ret_reader)
{
    lmdb_t *self = (lmdb_t *)base;
    lmdb_reader_t *reader = calloc(1, sizeof *reader);
    if (!reader)
        return FAIL_FULL;
    int rc =
        lmdb_view_begin(self, &reader->view); // takes the slot now, not in the middle of the work
    if (rc) {
        free(reader);
        return rc == MDB_READERS_FULL ? FAIL_FULL : lmdb_fail(rc);
    }
    lmdb_view_end(self, &reader->view);
    *ret_reader = &reader->base;
    return FAIL_NONE;
}

fail_t lmdb_reader_last(journal_reader_t *base, uint64_t *ret_last)
{
    lmdb_t *self = (lmdb_t *)base->journal;
    view_t *view = &((lmdb_reader_t *)base)->view;
    int rc = lmdb_view_begin(self, view);
    if (rc)
        return lmdb_fail(rc);
    rc = lmdb_last(self, view->txn, view->cursor, ret_last);
    lmdb_view_end(self, view);
    return lmdb_fail(rc);
}

// Moves the cursor to the live record that begins last at or before the sequence.
static int seek(MDB_cursor *cursor, uint64_t sequence, MDB_val *ret_key, MDB_val *ret_value)
{
    uint64_t wanted = htobe64(sequence);
    *ret_key = (MDB_val){sizeof wanted, &wanted};
    int rc = mdb_cursor_get(cursor, ret_key, ret_value, MDB_SET_RANGE);
    if (rc == MDB_NOTFOUND)
        return mdb_cursor_get(cursor, ret_key, ret_value, MDB_LAST);
    if (!rc && memcmp(ret_key->mv_data, &wanted, sizeof wanted) != 0)
        rc = mdb_cursor_get(cursor, ret_key, ret_value, MDB_PREV);
    return rc;
}

static bool record_at(const MDB_val *key, const MDB_val *value, journal_record_t *ret_record)
{
    uint64_t first;
    if (key->mv_size != sizeof first || record_check(value->mv_data, value->mv_size, ret_record))
        return false;
    memcpy(&first, key->mv_data, sizeof first);
    return be64toh(first) == ret_record->first;
}

// What is left of a read.
typedef struct {
    uint64_t from;
    size_t bytes, bytes_max;
    journal_visit_fn *visit;
    void *arg;
} range_t;

static fail_t visit_record(range_t *range, const journal_record_t *record)
{
    if (range->from - record->first >= record->count) // also where from < first: it wraps round
        return FAIL_CORRUPT;
    fail_t fail = range->visit(record, range->arg);
    if (!fail) {
        range->from = record->first + record->count;
        range->bytes += record->bytes.size;
    }
    return fail;
}

// Visits what of the range is live. *ret_done is false if its next record is not, in this view.
static fail_t read_live(view_t *view, range_t *range, bool *ret_done)
{
    MDB_val key, value;
    journal_record_t record;
    *ret_done = false;
    int rc = seek(view->cursor, range->from, &key, &value);
    if (rc == MDB_NOTFOUND)
        return FAIL_NONE;
    for (; !rc; rc = mdb_cursor_get(view->cursor, &key, &value, MDB_NEXT)) {
        if (!record_at(&key, &value, &record))
            return FAIL_CORRUPT;
        if (!*ret_done && range->from - record.first >= record.count)
            return FAIL_NONE; // beyond the last
        *ret_done = true;
        fail_t fail = visit_record(range, &record);
        if (fail || range->bytes >= range->bytes_max)
            return fail;
    }
    return rc == MDB_NOTFOUND ? FAIL_NONE : lmdb_fail(rc);
}

// The reader's map of a segment, from then on kept until another needs its place.
static fail_t use_segment(lmdb_reader_t *reader, uint64_t number, const segment_t **ret_segment)
{
    const lmdb_t *self = (const lmdb_t *)reader->base.journal;
    segment_t **place = &reader->segments[number % LMDB_READER_SEGMENTS_MAX];
    if (!*place || segment_number(*place) != number) {
        segment_destroy(place);
        fail_t fail = segment_open(self->segments, number, self->base.segment_events, place);
        if (fail)
            return fail == FAIL_MISSING ? FAIL_CORRUPT : fail; // the journal says it is there
    }
    *ret_segment = *place;
    return FAIL_NONE;
}

static fail_t read_sealed(lmdb_reader_t *reader, range_t *range)
{
    const segment_t *segment;
    journal_record_t record;
    fail_t fail =
        use_segment(reader, (range->from - 1) / reader->base.journal->segment_events, &segment);
    if (fail)
        return fail;
    for (size_t position = segment_find(segment, range->from);
         position < segment_records(segment) && range->bytes < range->bytes_max; position++) {
        fail = segment_record(segment, position, &record);
        if (!fail)
            fail = visit_record(range, &record);
        if (fail)
            return fail;
    }
    return FAIL_NONE;
}

// Live first, since most ask for what is new. What is not there may have been sealed meanwhile.
fail_t lmdb_read(journal_reader_t *base, uint64_t from, size_t bytes_max, journal_visit_fn *visit,
                 void *arg)
{
    lmdb_t *self = (lmdb_t *)base->journal;
    lmdb_reader_t *reader = (lmdb_reader_t *)base;
    range_t range = {from, 0, bytes_max, visit, arg};
    for (;;) {
        bool live = false;
        uint64_t sealed = 0;
        int rc = lmdb_view_begin(self, &reader->view);
        if (rc)
            return lmdb_fail(rc);
        fail_t fail = read_live(&reader->view, &range, &live);
        if (!fail && !live)
            fail = lmdb_fail(lmdb_get_number(self, reader->view.txn, "sealed", &sealed));
        lmdb_view_end(self, &reader->view);
        if (fail || live)
            return fail;
        if (range.from > sealed)
            return range.bytes ? FAIL_NONE : FAIL_MISSING;
        fail = read_sealed(reader, &range);
        if (fail || range.bytes >= range.bytes_max)
            return fail;
    }
}

void lmdb_reader_close(journal_reader_t *base)
{
    lmdb_reader_t *self = (lmdb_reader_t *)base;
    for (size_t i = 0; i < LMDB_READER_SEGMENTS_MAX; i++)
        segment_destroy(&self->segments[i]);
    lmdb_view_close(&self->view);
    free(self);
}
