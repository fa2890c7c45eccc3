#include "store/journal_backend.h"
#include "store/record.h"
#include <assert.h>

void journal_destroy(journal_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        if ((*self_p)->backend->stop)
            (*self_p)->backend->stop(*self_p);
        assert(atomic_load(&(*self_p)->readers) == 0);
        (*self_p)->backend->close(*self_p);
        *self_p = NULL;
    }
}

// What a failure leaves behind: these are found before anything is written, and change nothing.
static bool harmless(fail_t fail)
{
    return fail == FAIL_NONE || fail == FAIL_INVALID || fail == FAIL_FENCED ||
           fail == FAIL_CONFLICT || fail == FAIL_FULL;
}

static fail_t check_unbroken(const journal_t *self)
{
    return atomic_load(&self->broken) ? FAIL_STORE : FAIL_NONE;
}

static fail_t check_writable(const journal_t *self)
{
    return self->read_only ? FAIL_FENCED : check_unbroken(self);
}

// A failed write leaves unknown what is on the disk, and the kernel reports it once only.
static fail_t written(journal_t *self, fail_t fail)
{
    if (!harmless(fail))
        atomic_store(&self->broken, true);
    return fail;
}

fail_t journal_lead(journal_t *self, uint64_t *ret_term)
{
    fail_t fail = check_writable(self);
    return fail ? fail : written(self, self->backend->lead(self, ret_term));
}

fail_t journal_head(journal_t *self, void *out, size_t cap, size_t *ret_size, uint64_t *ret_last)
{
    fail_t fail = check_unbroken(self);
    return fail ? fail : self->backend->head(self, out, cap, ret_size, ret_last);
}

// Whether `record` is what its bytes say, follows `last` and stays inside one segment.
static bool record_follows(const journal_t *self, uint64_t last, const journal_record_t *record)
{
    journal_record_t checked;
    if (record_check(record->bytes.data, record->bytes.size, &checked) ||
        checked.first != record->first || checked.count != record->count ||
        checked.first != last + 1)
        return false;
    uint64_t end = last + checked.count - 1;
    return last / self->segment_events == end / self->segment_events;
}

static bool rows_are_good(const journal_row_t *rows, size_t count)
{
    bool good = count <= JOURNAL_ROWS_MAX;
    for (size_t i = 0; good && i < count; i++)
        good = rows[i].bytes.size <= JOURNAL_ROW_MAX &&
               (rows[i].kind < JOURNAL_ROW_KINDS ||
                (rows[i].kind == JOURNAL_ROW_ALL && rows[i].bytes.size == 0));
    return good;
}

fail_t journal_append(journal_t *self, uint64_t expected, uint64_t term,
                      const journal_record_t *records, size_t count, const void *head,
                      size_t head_size)
{
    return journal_append_rows(self, expected, term, records, count, head, head_size, NULL, 0);
}

fail_t journal_append_rows(journal_t *self, uint64_t expected, uint64_t term,
                           const journal_record_t *records, size_t count, const void *head,
                           size_t head_size, const journal_row_t *rows, size_t rows_count)
{
    fail_t fail = check_writable(self);
    if (fail)
        return fail;
    if (count > JOURNAL_APPEND_MAX || head_size > JOURNAL_HEAD_MAX ||
        !rows_are_good(rows, rows_count))
        return FAIL_INVALID;
    uint64_t last = expected;
    for (size_t i = 0; i < count; i++) {
        if (!record_follows(self, last, &records[i]))
            return FAIL_INVALID;
        last += records[i].count;
    }
    return written(self, self->backend->append(self, expected, term, records, count, head,
                                               head_size, rows, rows_count));
}

bool journal_is_broken(const journal_t *self)
{
    return atomic_load(&self->broken);
}

const char *journal_why(const journal_t *self)
{
    return self->backend->why ? self->backend->why(self) : "";
}

uint64_t journal_last(const journal_t *self)
{
    return self->last;
}

uint64_t journal_segment_events(const journal_t *self)
{
    return self->segment_events;
}

enum { PIECE_BYTES_MAX = 1 << 20, PIECE_BYTES_AN_EVENT = 16 };

size_t journal_piece_bytes(const journal_t *self)
{
    uint64_t bytes = self->segment_events * PIECE_BYTES_AN_EVENT;
    return bytes < PIECE_BYTES_MAX ? (size_t)bytes : PIECE_BYTES_MAX;
}

fail_t journal_room(journal_t *self, journal_room_t *ret_room)
{
    fail_t fail = check_unbroken(self);
    return fail ? fail : self->backend->room(self, ret_room);
}

fail_t journal_is_vacant(journal_t *self, bool *ret_vacant)
{
    fail_t fail = check_writable(self);
    if (fail)
        return fail;
    return self->backend->vacant ? self->backend->vacant(self, ret_vacant) : FAIL_INVALID;
}

fail_t journal_look_at_readers(journal_t *self, journal_readers_t *ret_readers)
{
    fail_t fail = check_writable(self);
    *ret_readers = (journal_readers_t){0};
    return fail || !self->backend->look_at_readers
               ? fail
               : self->backend->look_at_readers(self, ret_readers);
}

fail_t journal_seal(journal_t *self, bool idle, bool *ret_sealed)
{
    fail_t fail = check_writable(self);
    return fail ? fail : self->backend->seal(self, idle, ret_sealed);
}

fail_t journal_moment(journal_t *self, journal_moment_t *ret_moment)
{
    fail_t fail = check_unbroken(self);
    if (!fail && !self->backend->moment)
        fail = FAIL_INVALID;
    return fail ? fail : self->backend->moment(self, ret_moment);
}

fail_t journal_copy(journal_t *self, const journal_moment_t *moment, const journal_copy_t *copy,
                    journal_copied_t *ret_copied)
{
    fail_t fail = check_unbroken(self);
    if (!fail && !self->backend->copy)
        fail = FAIL_INVALID;
    return fail ? fail : self->backend->copy(self, moment, copy, ret_copied);
}

fail_t journal_leave(journal_t *self, const char *place)
{
    fail_t fail = check_unbroken(self);
    if (!fail &&
        (!self->backend->leave || !self->leaves || !*place || strlen(place) >= JOURNAL_PLACE_MAX))
        fail = FAIL_INVALID;
    return fail ? fail : written(self, self->backend->leave(self, place));
}

fail_t journal_left_for(journal_t *self, char ret_place[JOURNAL_PLACE_MAX])
{
    fail_t fail = check_unbroken(self);
    *ret_place = '\0';
    return fail || !self->backend->left_for ? fail : self->backend->left_for(self, ret_place);
}

void journal_look_whether_left(journal_t *self)
{
    char place[JOURNAL_PLACE_MAX];
    if (self->read_only || journal_left_for(self, place) || !*place)
        return;
    self->left = true;
    atomic_store(&self->broken, true);
}

bool journal_was_left(const journal_t *self)
{
    return self->left;
}

fail_t journal_archive(journal_t *self, const journal_archive_t *archive,
                       journal_archived_t *ret_archived)
{
    fail_t fail = check_unbroken(self);
    if (!fail && !self->backend->archive)
        fail = FAIL_INVALID;
    return fail ? fail : self->backend->archive(self, archive, ret_archived);
}

fail_t journal_reader_open(journal_t *self, journal_reader_t **ret_reader)
{
    fail_t fail = check_unbroken(self);
    if (!fail)
        fail = self->backend->reader_open(self, ret_reader);
    if (!fail) {
        (*ret_reader)->journal = self;
        atomic_fetch_add(&self->readers, 1);
    }
    return fail;
}

void journal_reader_destroy(journal_reader_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        journal_t *journal = (*self_p)->journal;
        journal->backend->reader_close(*self_p);
        atomic_fetch_sub(&journal->readers, 1);
        *self_p = NULL;
    }
}

fail_t journal_reader_last(journal_reader_t *self, uint64_t *ret_last)
{
    fail_t fail = check_unbroken(self->journal);
    return fail ? fail : self->journal->backend->reader_last(self, ret_last);
}

const char *journal_reader_why(const journal_reader_t *self)
{
    const journal_backend_t *backend = self->journal->backend;
    return backend->reader_why ? backend->reader_why(self) : "";
}

fail_t journal_reader_head(journal_reader_t *self, void *out, size_t cap, size_t *ret_size,
                           uint64_t *ret_last)
{
    fail_t fail = check_unbroken(self->journal);
    return fail ? fail : self->journal->backend->reader_head(self, out, cap, ret_size, ret_last);
}

fail_t journal_read(journal_reader_t *self, uint64_t from, size_t bytes_max,
                    journal_visit_fn *visit, void *arg)
{
    fail_t fail = check_unbroken(self->journal);
    if (fail)
        return fail;
    if (from == 0)
        return FAIL_MISSING;
    return self->journal->backend->read(self, from, bytes_max, visit, arg);
}

fail_t journal_rows(journal_reader_t *self, const uid_t16 *from, size_t bytes_max,
                    journal_row_fn *visit, void *arg)
{
    fail_t fail = check_unbroken(self->journal);
    return fail ? fail : self->journal->backend->rows(self, from, bytes_max, visit, arg);
}

typedef struct {
    uint64_t sequence;
    void *out;
    size_t cap, size;
} wanted_t;

static fail_t copy_event(const journal_record_t *record, void *arg)
{
    wanted_t *wanted = arg;
    bytes_t event = record_event(record, (uint32_t)(wanted->sequence - record->first));
    if (event.size > wanted->cap)
        return FAIL_FULL;
    memcpy(wanted->out, event.data, event.size);
    wanted->size = event.size;
    return FAIL_NONE;
}

fail_t journal_find(journal_reader_t *self, uint64_t sequence, void *out, size_t cap,
                    size_t *ret_size)
{
    wanted_t wanted = {.sequence = sequence, .out = out, .cap = cap};
    fail_t fail = journal_read(self, sequence, 1, copy_event, &wanted); // one byte: one record
    if (!fail)
        *ret_size = wanted.size;
    return fail;
}
