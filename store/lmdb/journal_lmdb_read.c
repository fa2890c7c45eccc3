#include "store/lmdb/journal_lmdb_env.h"
#include "store/record.h"
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_BYTES = 4 + JOURNAL_RECORD_MAX }; // one record behind its size

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
    (void)lmdb_view_end(self, &reader->view);
    *ret_reader = &reader->base;
    return FAIL_NONE;
}

static fail_t last_once(lmdb_t *self, view_t *view, uint64_t *ret_last)
{
    int rc = lmdb_view_begin(self, view);
    if (rc)
        return lmdb_fail(rc);
    rc = lmdb_last(self, view->txn, view->cursor, ret_last);
    return lmdb_view_end(self, view) ? lmdb_fail(rc) : FAIL_LATER;
}

fail_t lmdb_reader_last(journal_reader_t *base, uint64_t *ret_last)
{
    fail_t fail = FAIL_LATER;
    for (unsigned tries = 0; fail == FAIL_LATER && tries < LMDB_TRIES_MAX; tries++)
        fail = last_once((lmdb_t *)base->journal, &((lmdb_reader_t *)base)->view, ret_last);
    return fail;
}

fail_t lmdb_head_once(lmdb_t *self, view_t *view, void *out, size_t cap, size_t *ret_size,
                      uint64_t *ret_last)
{
    MDB_val key = lmdb_key("head"), value = {0, NULL};
    uint64_t last = 0;
    int rc = lmdb_view_begin(self, view);
    if (rc)
        return lmdb_fail(rc);
    rc = mdb_get(view->txn, self->state, &key, &value);
    if (rc == MDB_NOTFOUND)
        rc = 0;
    if (!rc)
        rc = lmdb_last(self, view->txn, view->cursor, &last);
    fail_t fail = rc ? lmdb_fail(rc) : value.mv_size > cap ? FAIL_FULL : FAIL_NONE;
    if (!fail) {
        if (value.mv_size)
            memcpy(out, value.mv_data, value.mv_size);
        *ret_size = value.mv_size;
        *ret_last = last;
    }
    return lmdb_view_end(self, view) ? fail : FAIL_LATER;
}

fail_t lmdb_reader_head(journal_reader_t *base, void *out, size_t cap, size_t *ret_size,
                        uint64_t *ret_last)
{
    fail_t fail = FAIL_LATER;
    for (unsigned tries = 0; fail == FAIL_LATER && tries < LMDB_TRIES_MAX; tries++)
        fail = lmdb_head_once((lmdb_t *)base->journal, &((lmdb_reader_t *)base)->view, out, cap,
                              ret_size, ret_last);
    return fail;
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
        fail_t fail = segment_places_open(&self->places, number, self->base.segment_events,
                                          reader->why, place);
        if (fail)
            return fail;
    }
    *ret_segment = *place;
    return FAIL_NONE;
}

// What a damaged segment holds may still be live: then it must stay there, for whoever repairs it.
static fail_t damaged(lmdb_t *self, fail_t fail)
{
    if (fail == FAIL_CORRUPT)
        atomic_store(&self->damaged, true);
    return fail;
}

static fail_t read_sealed(lmdb_reader_t *reader, range_t *range)
{
    lmdb_t *self = (lmdb_t *)reader->base.journal;
    const segment_t *segment;
    journal_record_t record;
    fail_t fail =
        damaged(self, use_segment(reader, (range->from - 1) / self->base.segment_events, &segment));
    if (fail)
        return fail;
    for (size_t position = segment_find(segment, range->from);
         position < segment_records(segment) && range->bytes < range->bytes_max; position++) {
        fail = damaged(self, segment_record(segment, position, &record));
        if (!fail)
            fail = visit_record(range, &record);
        if (fail)
            return fail;
    }
    return FAIL_NONE;
}

// One view's part of a read: what of it is live, if its next event is not sealed.
static fail_t read_view(lmdb_t *self, view_t *view, range_t *range, bool *ret_live,
                        uint64_t *ret_sealed)
{
    int rc = lmdb_view_begin(self, view);
    if (rc)
        return lmdb_fail(rc);
    fail_t fail = lmdb_fail(lmdb_get_number(self, view->txn, "sealed", ret_sealed));
    if (!fail && range->from > *ret_sealed)
        fail = read_live(view, range, ret_live);
    return lmdb_view_end(self, view) ? fail : FAIL_LATER;
}

static fail_t keep_record(const journal_record_t *record, void *arg)
{
    bytes_t *page = arg;
    size_t size = record_page_add((uint8_t *)(uintptr_t)page->data, page->size, PAGE_BYTES, record);
    page->size = (uint32_t)size;
    return size ? FAIL_NONE : FAIL_CORRUPT; // the page has room for the largest
}

// The same without a slot: a short piece is copied first, and visited once it is known to be what
// was written.
static fail_t read_piece(lmdb_t *self, view_t *view, range_t *range, bool *ret_live,
                         uint64_t *ret_sealed)
{
    uint8_t *bytes = malloc(PAGE_BYTES);
    if (!bytes)
        return FAIL_FULL;
    bytes_t page;
    fail_t fail = FAIL_LATER;
    for (unsigned tries = 0; fail == FAIL_LATER && tries < LMDB_TRIES_MAX; tries++) {
        page = (bytes_t){bytes, 0};
        range_t piece = {range->from, 0, 1, keep_record, &page}; // one record
        fail = read_view(self, view, &piece, ret_live, ret_sealed);
    }
    journal_record_t record;
    while (!fail && record_page_next(&page, &record))
        fail = visit_record(range, &record);
    free(bytes);
    return fail;
}

// What is sealed is read from its segment, also while it is still live: what a reader finds does
// not hang on how far the clearing has come, and a damaged segment is noticed at once.
fail_t lmdb_read(journal_reader_t *base, uint64_t from, size_t bytes_max, journal_visit_fn *visit,
                 void *arg)
{
    lmdb_t *self = (lmdb_t *)base->journal;
    lmdb_reader_t *reader = (lmdb_reader_t *)base;
    range_t range = {from, 0, bytes_max, visit, arg};
    for (;;) {
        bool live = false;
        uint64_t sealed = 0, next = range.from;
        fail_t fail = self->unregistered ? read_piece(self, &reader->view, &range, &live, &sealed)
                                         : read_view(self, &reader->view, &range, &live, &sealed);
        if (!fail && next > sealed)
            return live || range.bytes ? FAIL_NONE : FAIL_MISSING;
        if (!fail)
            fail = read_sealed(reader, &range);
        if (fail || range.bytes >= range.bytes_max)
            return fail;
    }
}

const char *lmdb_reader_why(const journal_reader_t *base)
{
    return ((const lmdb_reader_t *)base)->why;
}

void lmdb_reader_close(journal_reader_t *base)
{
    lmdb_reader_t *self = (lmdb_reader_t *)base;
    for (size_t i = 0; i < LMDB_READER_SEGMENTS_MAX; i++)
        segment_destroy(&self->segments[i]);
    lmdb_view_close(&self->view);
    free(self);
}

// ---- Readers of other processes

typedef struct {
    uint64_t view;
    int pid;
} oldest_t;

// LMDB tells of its readers in lines for people: process, thread, and the commit that is seen, or a
// dash for one that reads nothing now. The first line is a heading.
static int note_reader(const char *line, void *arg)
{
    oldest_t *oldest = arg;
    int pid;
    unsigned long long view;
    if (sscanf(line, "%d %*s %llu", &pid, &view) == 2 && (!oldest->pid || view < oldest->view))
        *oldest = (oldest_t){view, pid};
    return 0;
}

fail_t lmdb_look_at_readers(journal_t *base, journal_readers_t *ret_readers)
{
    lmdb_t *self = (lmdb_t *)base;
    MDB_envinfo info;
    oldest_t oldest = {0};
    int dead = 0, rc = mdb_reader_check(self->env, &dead);
    if (!rc)
        rc = mdb_env_info(self->env, &info);
    if (!rc && mdb_reader_list(self->env, note_reader, &oldest) < 0)
        rc = MDB_PANIC;
    if (rc)
        return lmdb_fail(rc);
    *ret_readers =
        (journal_readers_t){.dead = (uint32_t)dead, .view = oldest.view, .pid = oldest.pid};
    if (oldest.pid && info.me_last_txnid > oldest.view)
        ret_readers->behind = info.me_last_txnid - oldest.view;
    return FAIL_NONE;
}
