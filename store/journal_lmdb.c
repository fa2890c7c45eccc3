#include "store/journal_lmdb.h"
#include "store/journal_backend.h"
#include "store/record.h"
#include "store/sealer.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    LAYOUT_VERSION = 1,
    TABLES_MAX = 4,
    MAP_BYTES = 64 << 20,
    RESERVE_BYTES = 16 << 20,
    // Pages that a commit may write besides its records: two trees' paths, the head, the free list.
    COMMIT_PAGES = 128,
    READER_SEGMENTS_MAX = 8, // open in one reader
    // What one call removes of a sealed segment: a long list of free pages would be written again
    // with every commit until it is used up.
    REMOVE_BYTES = 1 << 20
};

typedef struct {
    uint64_t version;
    uint64_t segment_events;
} layout_t; // little-endian

// A read transaction that is kept between its uses, reset and so holding no page, with a cursor.
typedef struct {
    MDB_txn *txn;
    MDB_cursor *cursor;
} view_t;

typedef struct {
    journal_t base;
    MDB_env *env;
    MDB_dbi records, state;
    // Held shared by every view in use: the map moves when it grows, and nobody may stand on it.
    pthread_rwlock_t map_lock;
    view_t view; // of the journal's own thread
    int directory_fd, lock_fd;
    uint64_t term;
    uint64_t sealed; // events
    bool leftover;   // records below may still be live
    sealer_t *sealer;
    char segments[SEGMENT_PATH_MAX]; // directory
    uint64_t reserve_bytes;
    unsigned page_bytes;
} lmdb_t;

typedef struct {
    journal_reader_t base;
    view_t view;
    segment_t *segments[READER_SEGMENTS_MAX]; // segment n lies at n % READER_SEGMENTS_MAX
} lmdb_reader_t;

static fail_t translate(int rc)
{
    switch (rc) {
    case MDB_SUCCESS:
        return FAIL_NONE;
    case MDB_NOTFOUND:
    case ENOENT:
        return FAIL_MISSING;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_KEYEXIST:
        return FAIL_CORRUPT;
    case MDB_VERSION_MISMATCH:
        return FAIL_VERSION;
    default:
        return FAIL_STORE;
    }
}

static MDB_val text_key(const char *text)
{
    return (MDB_val){strlen(text), (void *)(uintptr_t)text};
}

// ---- Views

static int set_map(lmdb_t *self, size_t bytes)
{
    (void)pthread_rwlock_wrlock(&self->map_lock);
    int rc = mdb_env_set_mapsize(self->env, bytes);
    (void)pthread_rwlock_unlock(&self->map_lock);
    return rc;
}

static int start_view(lmdb_t *self, view_t *view)
{
    if (view->cursor) {
        int rc = mdb_txn_renew(view->txn);
        return rc ? rc : mdb_cursor_renew(view->txn, view->cursor);
    }
    int dead, rc = mdb_txn_begin(self->env, NULL, MDB_RDONLY, &view->txn);
    if (rc == MDB_READERS_FULL && !mdb_reader_check(self->env, &dead) && dead)
        rc = mdb_txn_begin(self->env, NULL, MDB_RDONLY, &view->txn);
    if (rc)
        return rc;
    rc = mdb_cursor_open(view->txn, self->records, &view->cursor);
    if (rc) {
        mdb_txn_abort(view->txn);
        *view = (view_t){0};
    }
    return rc;
}

// On success the map is locked until view_end.
static int view_begin(lmdb_t *self, view_t *view)
{
    (void)pthread_rwlock_rdlock(&self->map_lock);
    int rc = start_view(self, view);
    while (rc == MDB_MAP_RESIZED) { // another process made it grow; it doubles, so this ends
        (void)pthread_rwlock_unlock(&self->map_lock);
        rc = set_map(self, 0);
        (void)pthread_rwlock_rdlock(&self->map_lock);
        if (!rc)
            rc = start_view(self, view);
    }
    if (rc)
        (void)pthread_rwlock_unlock(&self->map_lock);
    return rc;
}

static void view_end(lmdb_t *self, view_t *view)
{
    mdb_txn_reset(view->txn);
    (void)pthread_rwlock_unlock(&self->map_lock);
}

static void view_close(view_t *view)
{
    if (view->cursor) {
        mdb_cursor_close(view->cursor);
        mdb_txn_abort(view->txn);
    }
    *view = (view_t){0};
}

// ---- State

// A number in the state table, 0 if it is not there.
static int get_number(lmdb_t *self, MDB_txn *txn, const char *name, uint64_t *ret_number)
{
    MDB_val key = text_key(name), value;
    int rc = mdb_get(txn, self->state, &key, &value);
    if (rc == MDB_NOTFOUND) {
        *ret_number = 0;
        return 0;
    }
    if (!rc && value.mv_size != sizeof *ret_number)
        rc = MDB_CORRUPTED;
    if (!rc) {
        memcpy(ret_number, value.mv_data, sizeof *ret_number);
        *ret_number = le64toh(*ret_number);
    }
    return rc;
}

static int put_number(lmdb_t *self, MDB_txn *txn, const char *name, uint64_t number)
{
    number = htole64(number);
    MDB_val key = text_key(name), value = {sizeof number, &number};
    return mdb_put(txn, self->state, &key, &value, 0);
}

// The transaction is over either way, and so is the journal if its commit failed.
static int finish(MDB_txn *txn, int rc)
{
    if (rc)
        mdb_txn_abort(txn);
    else
        rc = mdb_txn_commit(txn);
    return rc;
}

static int last_of(lmdb_t *self, MDB_txn *txn, MDB_cursor *cursor, uint64_t *ret_last)
{
    MDB_val key, value;
    journal_record_t record;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    if (rc == MDB_NOTFOUND)
        return get_number(self, txn, "sealed", ret_last);
    if (!rc && record_check(value.mv_data, value.mv_size, &record))
        rc = MDB_CORRUPTED;
    if (!rc)
        *ret_last = record.first + record.count - 1;
    return rc;
}

static fail_t lmdb_lead(journal_t *base, uint64_t *ret_term)
{
    lmdb_t *self = (lmdb_t *)base;
    MDB_txn *txn;
    uint64_t term = 0;
    int rc = mdb_txn_begin(self->env, NULL, 0, &txn);
    if (rc)
        return translate(rc);
    rc = get_number(self, txn, "term", &term);
    rc = finish(txn, rc ? rc : put_number(self, txn, "term", ++term));
    if (rc)
        return FAIL_STORE;
    *ret_term = self->term = term;
    return FAIL_NONE;
}

static fail_t lmdb_head(journal_t *base, void *out, size_t cap, size_t *ret_size,
                        uint64_t *ret_last)
{
    lmdb_t *self = (lmdb_t *)base;
    MDB_val key = text_key("head"), value = {0, NULL};
    uint64_t last = 0;
    int rc = view_begin(self, &self->view);
    if (rc)
        return translate(rc);
    rc = mdb_get(self->view.txn, self->state, &key, &value);
    if (rc == MDB_NOTFOUND)
        rc = 0;
    if (!rc)
        rc = last_of(self, self->view.txn, self->view.cursor, &last);
    fail_t fail = rc ? translate(rc) : value.mv_size > cap ? FAIL_FULL : FAIL_NONE;
    if (!fail) {
        if (value.mv_size)
            memcpy(out, value.mv_data, value.mv_size);
        *ret_size = value.mv_size;
        *ret_last = base->last = last;
    }
    view_end(self, &self->view);
    return fail;
}

// ---- Appending

static uint64_t used_bytes(const lmdb_t *self, uint64_t *ret_map_bytes)
{
    MDB_envinfo info;
    int rc = mdb_env_info(self->env, &info);
    assert(rc == 0); // fails for NULL arguments only
    *ret_map_bytes = info.me_mapsize;
    return (info.me_last_pgno + 1) * self->page_bytes;
}

static fail_t room_on_disk(const lmdb_t *self, uint64_t bytes)
{
    struct statvfs disk;
    if (fstatvfs(self->directory_fd, &disk))
        return FAIL_STORE;
    bool fits = (uint64_t)disk.f_bavail * disk.f_frsize >= bytes + self->reserve_bytes;
    return fits ? FAIL_NONE : FAIL_FULL;
}

// Lets the map grow long before it is full: a full one fails the commit that finds it so.
static fail_t room_in_map(lmdb_t *self, uint64_t bytes)
{
    uint64_t map_bytes, used = used_bytes(self, &map_bytes), wanted = map_bytes;
    while (used + 2 * bytes > wanted / 4 * 3)
        wanted *= 2;
    return wanted == map_bytes ? FAIL_NONE : translate(set_map(self, wanted));
}

static int put_records(lmdb_t *self, MDB_txn *txn, const journal_record_t *records, size_t count)
{
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(txn, self->records, &cursor);
    if (rc)
        return rc;
    for (size_t i = 0; i < count && !rc; i++) {
        uint64_t first = htobe64(records[i].first);
        MDB_val key = {sizeof first, &first};
        MDB_val value = {records[i].bytes.size, (void *)(uintptr_t)records[i].bytes.data};
        rc = mdb_cursor_put(cursor, &key, &value, MDB_APPEND); // refuses a key that does not grow
    }
    mdb_cursor_close(cursor);
    return rc;
}

static fail_t lmdb_append(journal_t *base, uint64_t expected, uint64_t term,
                          const journal_record_t *records, size_t count, const void *head,
                          size_t head_size)
{
    lmdb_t *self = (lmdb_t *)base;
    if (term == 0 || term != self->term)
        return FAIL_FENCED;
    if (expected != base->last)
        return FAIL_CONFLICT;

    uint64_t last = expected, bytes = (uint64_t)COMMIT_PAGES * self->page_bytes + head_size;
    for (size_t i = 0; i < count; i++) {
        last += records[i].count;
        bytes += records[i].bytes.size + 2 * self->page_bytes;
    }
    fail_t fail = room_on_disk(self, bytes);
    if (!fail)
        fail = room_in_map(self, bytes);
    if (fail)
        return fail;

    MDB_txn *txn;
    MDB_val key = text_key("head"), value = {head_size, (void *)(uintptr_t)head};
    int rc = mdb_txn_begin(self->env, NULL, 0, &txn);
    if (rc)
        return FAIL_STORE;
    rc = put_records(self, txn, records, count);
    rc = finish(txn, rc ? rc : mdb_put(txn, self->state, &key, &value, 0));
    if (rc)
        return rc == MDB_KEYEXIST ? FAIL_CORRUPT : FAIL_STORE;
    base->last = last;
    return FAIL_NONE;
}

static fail_t lmdb_room(journal_t *base, journal_room_t *ret_room)
{
    lmdb_t *self = (lmdb_t *)base;
    struct statvfs disk;
    if (fstatvfs(self->directory_fd, &disk))
        return FAIL_STORE;
    uint64_t map_bytes;
    *ret_room = (journal_room_t){.used_bytes = used_bytes(self, &map_bytes),
                                 .disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize,
                                 .disk_total_bytes = (uint64_t)disk.f_blocks * disk.f_frsize,
                                 .sealed_events = self->sealed};
    return FAIL_NONE;
}

// ---- Reading

static fail_t lmdb_reader_open(journal_t *base, journal_reader_t **ret_reader)
{
    lmdb_t *self = (lmdb_t *)base;
    lmdb_reader_t *reader = calloc(1, sizeof *reader);
    if (!reader)
        return FAIL_FULL;
    int rc = view_begin(self, &reader->view); // takes the slot now, not in the middle of the work
    if (rc) {
        free(reader);
        return rc == MDB_READERS_FULL ? FAIL_FULL : translate(rc);
    }
    view_end(self, &reader->view);
    *ret_reader = &reader->base;
    return FAIL_NONE;
}

static fail_t lmdb_reader_last(journal_reader_t *base, uint64_t *ret_last)
{
    lmdb_t *self = (lmdb_t *)base->journal;
    view_t *view = &((lmdb_reader_t *)base)->view;
    int rc = view_begin(self, view);
    if (rc)
        return translate(rc);
    rc = last_of(self, view->txn, view->cursor, ret_last);
    view_end(self, view);
    return translate(rc);
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
    return rc == MDB_NOTFOUND ? FAIL_NONE : translate(rc);
}

// The reader's map of a segment, from then on kept until another needs its place.
static fail_t use_segment(lmdb_reader_t *reader, uint64_t number, const segment_t **ret_segment)
{
    const lmdb_t *self = (const lmdb_t *)reader->base.journal;
    segment_t **place = &reader->segments[number % READER_SEGMENTS_MAX];
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
static fail_t lmdb_read(journal_reader_t *base, uint64_t from, size_t bytes_max,
                        journal_visit_fn *visit, void *arg)
{
    lmdb_t *self = (lmdb_t *)base->journal;
    lmdb_reader_t *reader = (lmdb_reader_t *)base;
    range_t range = {from, 0, bytes_max, visit, arg};
    for (;;) {
        bool live = false;
        uint64_t sealed = 0;
        int rc = view_begin(self, &reader->view);
        if (rc)
            return translate(rc);
        fail_t fail = read_live(&reader->view, &range, &live);
        if (!fail && !live)
            fail = translate(get_number(self, reader->view.txn, "sealed", &sealed));
        view_end(self, &reader->view);
        if (fail || live)
            return fail;
        if (range.from > sealed)
            return range.bytes ? FAIL_NONE : FAIL_MISSING;
        fail = read_sealed(reader, &range);
        if (fail || range.bytes >= range.bytes_max)
            return fail;
    }
}

static void lmdb_reader_close(journal_reader_t *base)
{
    lmdb_reader_t *self = (lmdb_reader_t *)base;
    for (size_t i = 0; i < READER_SEGMENTS_MAX; i++)
        segment_destroy(&self->segments[i]);
    view_close(&self->view);
    free(self);
}

// ---- Sealing

// Removes records that lie in a segment file, about REMOVE_BYTES of them.
static int remove_sealed(lmdb_t *self, MDB_txn *txn)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int rc = mdb_cursor_open(txn, self->records, &cursor);
    if (rc)
        return rc;
    for (size_t bytes = 0; bytes < REMOVE_BYTES; bytes += value.mv_size) {
        uint64_t first;
        rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
        if (rc)
            break;
        memcpy(&first, key.mv_data, sizeof first);
        if (be64toh(first) > self->sealed)
            break;
        rc = mdb_cursor_del(cursor, 0);
        if (rc)
            break;
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

// Whether records that lie in a segment file are still live.
static fail_t find_leftover(lmdb_t *self, bool *ret_leftover)
{
    MDB_val key, value;
    uint64_t first = UINT64_MAX;
    int rc = view_begin(self, &self->view);
    if (rc)
        return translate(rc);
    rc = mdb_cursor_get(self->view.cursor, &key, &value, MDB_FIRST);
    if (!rc)
        memcpy(&first, key.mv_data, sizeof first);
    view_end(self, &self->view);
    *ret_leftover = be64toh(first) <= self->sealed;
    return rc == MDB_NOTFOUND ? FAIL_NONE : translate(rc);
}

// One commit: the file counts from here on, and the first of its records leave.
static fail_t commit_sealed(lmdb_t *self, uint64_t sealed)
{
    MDB_txn *txn;
    fail_t fail = room_in_map(self, (uint64_t)COMMIT_PAGES * self->page_bytes);
    if (fail)
        return fail;
    int rc = mdb_txn_begin(self->env, NULL, 0, &txn);
    if (rc)
        return FAIL_STORE;
    self->sealed = sealed;
    self->leftover = true;
    rc = put_number(self, txn, "sealed", sealed);
    rc = finish(txn, rc ? rc : remove_sealed(self, txn));
    return rc ? FAIL_STORE : FAIL_NONE;
}

static fail_t start_sealer(lmdb_t *self)
{
    uint64_t map_bytes, events = self->base.segment_events;
    journal_reader_t *reader = NULL;
    fail_t fail = room_on_disk(self, used_bytes(self, &map_bytes)); // more than it can need
    if (!fail && mkdirat(self->directory_fd, "segments", 0700) && errno != EEXIST)
        fail = FAIL_STORE;
    if (!fail && fsync(self->directory_fd))
        fail = FAIL_STORE;
    if (!fail)
        fail = journal_reader_open(&self->base, &reader);
    if (!fail)
        fail = sealer_start(&reader, self->segments, self->sealed / events, events, &self->sealer);
    journal_reader_destroy(&reader);
    return fail;
}

static fail_t lmdb_seal(journal_t *base, bool *ret_sealed)
{
    lmdb_t *self = (lmdb_t *)base;
    fail_t fail;
    *ret_sealed = false;
    if (self->sealer) {
        if (!sealer_done(self->sealer, &fail))
            return FAIL_NONE;
        sealer_destroy(&self->sealer);
        if (!fail)
            fail = commit_sealed(self, self->sealed + base->segment_events);
        *ret_sealed = !fail;
        return fail;
    }
    bool leftover = false;
    if (self->leftover) {
        fail = find_leftover(self, &leftover);
        self->leftover = leftover;
        if (fail || leftover)
            return fail ? fail : commit_sealed(self, self->sealed);
    }
    return base->last - self->sealed >= base->segment_events ? start_sealer(self) : FAIL_NONE;
}

// ---- Opening

static void lmdb_stop(journal_t *base)
{
    sealer_destroy(&((lmdb_t *)base)->sealer);
}

static void lmdb_close(journal_t *base)
{
    lmdb_t *self = (lmdb_t *)base;
    view_close(&self->view);
    if (self->env)
        mdb_env_close(self->env);
    if (self->lock_fd >= 0)
        (void)close(self->lock_fd);
    if (self->directory_fd >= 0)
        (void)close(self->directory_fd);
    (void)pthread_rwlock_destroy(&self->map_lock);
    free(self);
}

static const journal_backend_t BACKEND = {.lead = lmdb_lead,
                                          .head = lmdb_head,
                                          .append = lmdb_append,
                                          .room = lmdb_room,
                                          .seal = lmdb_seal,
                                          .stop = lmdb_stop,
                                          .close = lmdb_close,
                                          .reader_open = lmdb_reader_open,
                                          .reader_last = lmdb_reader_last,
                                          .read = lmdb_read,
                                          .reader_close = lmdb_reader_close};

// Makes a name in a directory durable: neither LMDB nor mkdir does.
static fail_t sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return FAIL_STORE;
    int failed = fsync(fd);
    (void)close(fd);
    return failed ? FAIL_STORE : FAIL_NONE;
}

static fail_t make_directory(const char *path)
{
    if (mkdir(path, 0700))
        return errno == EEXIST ? FAIL_NONE : FAIL_STORE;
    char *parent;
    if (asprintf(&parent, "%s/..", path) < 0)
        return FAIL_FULL;
    fail_t fail = sync_directory(parent);
    free(parent);
    return fail;
}

static fail_t open_directory(lmdb_t *self, const journal_lmdb_options_t *options)
{
    self->directory_fd = open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->directory_fd < 0)
        return errno == ENOENT ? FAIL_MISSING : FAIL_STORE;
    if (faccessat(self->directory_fd, "data.mdb", F_OK, 0) && !options->create)
        return errno == ENOENT ? FAIL_MISSING : FAIL_STORE;
    if (options->read_only)
        return FAIL_NONE;
    self->lock_fd = openat(self->directory_fd, "writer.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (self->lock_fd < 0)
        return FAIL_STORE;
    if (flock(self->lock_fd, LOCK_EX | LOCK_NB))
        return errno == EWOULDBLOCK ? FAIL_FENCED : FAIL_STORE;
    return FAIL_NONE;
}

// Reads the layout, or writes that of a new journal.
static fail_t load_layout(lmdb_t *self, MDB_txn *txn, uint64_t segment_events)
{
    layout_t layout;
    MDB_val key = text_key("layout"), value;
    int rc = mdb_get(txn, self->state, &key, &value);
    if (rc == MDB_NOTFOUND && !self->base.read_only) {
        self->base.segment_events = segment_events ? segment_events : JOURNAL_SEGMENT_EVENTS;
        layout = (layout_t){htole64(LAYOUT_VERSION), htole64(self->base.segment_events)};
        value = (MDB_val){sizeof layout, &layout};
        return translate(mdb_put(txn, self->state, &key, &value, 0));
    }
    if (rc)
        return translate(rc);
    if (value.mv_size != sizeof layout)
        return FAIL_CORRUPT;
    memcpy(&layout, value.mv_data, sizeof layout);
    self->base.segment_events = le64toh(layout.segment_events);
    if (le64toh(layout.version) != LAYOUT_VERSION)
        return FAIL_VERSION;
    if (__builtin_popcountll(self->base.segment_events) != 1)
        return FAIL_CORRUPT;
    return segment_events && segment_events != self->base.segment_events ? FAIL_CONFIG : FAIL_NONE;
}

static fail_t load_tables(lmdb_t *self, MDB_txn *txn, uint64_t segment_events)
{
    unsigned flags = self->base.read_only ? 0 : MDB_CREATE;
    MDB_cursor *cursor;
    int rc = mdb_dbi_open(txn, "records", flags, &self->records);
    if (!rc)
        rc = mdb_dbi_open(txn, "state", flags, &self->state);
    if (rc)
        return translate(rc);
    fail_t fail = load_layout(self, txn, segment_events);
    if (fail)
        return fail;
    rc = mdb_cursor_open(txn, self->records, &cursor);
    if (rc)
        return translate(rc);
    rc = last_of(self, txn, cursor, &self->base.last);
    mdb_cursor_close(cursor);
    if (!rc)
        rc = get_number(self, txn, "sealed", &self->sealed);
    self->leftover = self->sealed > 0;
    return translate(rc);
}

static fail_t open_environment(lmdb_t *self, const journal_lmdb_options_t *options)
{
    int dead, rc = mdb_env_create(&self->env);
    unsigned flags = options->read_only ? MDB_RDONLY : 0;
    MDB_txn *txn;
    MDB_stat stat;
    if (!rc)
        rc = mdb_env_set_maxdbs(self->env, TABLES_MAX);
    if (!rc)
        rc = mdb_env_set_mapsize(self->env, options->map_bytes ? options->map_bytes : MAP_BYTES);
    if (!rc)
        rc = mdb_env_open(self->env, options->directory, MDB_NOTLS | flags, 0600);
    if (!rc)
        rc = mdb_reader_check(self->env, &dead);
    if (!rc)
        rc = mdb_env_stat(self->env, &stat);
    if (!rc)
        rc = mdb_txn_begin(self->env, NULL, flags, &txn);
    if (rc == MDB_MAP_RESIZED && !(rc = mdb_env_set_mapsize(self->env, 0)))
        rc = mdb_txn_begin(self->env, NULL, flags, &txn);
    if (rc)
        return translate(rc);
    self->page_bytes = stat.ms_psize;
    fail_t fail = load_tables(self, txn, options->segment_events);
    if (fail) {
        mdb_txn_abort(txn);
        return fail;
    }
    return translate(mdb_txn_commit(txn));
}

fail_t journal_open_lmdb(const journal_lmdb_options_t *options, journal_t **ret_journal)
{
    assert((options->segment_events & (options->segment_events - 1)) == 0);
    assert(!(options->create && options->read_only));
    lmdb_t *self = calloc(1, sizeof *self);
    if (!self)
        return FAIL_FULL;
    self->base.backend = &BACKEND;
    self->base.read_only = options->read_only;
    self->reserve_bytes = options->reserve_bytes ? options->reserve_bytes : RESERVE_BYTES;
    self->directory_fd = self->lock_fd = -1;
    int size = snprintf(self->segments, sizeof self->segments, "%s/segments", options->directory);
    if (size >= (int)sizeof self->segments) {
        free(self);
        return FAIL_INVALID;
    }

    pthread_rwlockattr_t attributes; // or readers without a pause would keep the map from growing
    (void)pthread_rwlockattr_init(&attributes);
    (void)pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void)pthread_rwlock_init(&self->map_lock, &attributes);
    (void)pthread_rwlockattr_destroy(&attributes);

    fail_t fail = options->create ? make_directory(options->directory) : FAIL_NONE;
    if (!fail)
        fail = open_directory(self, options);
    if (!fail)
        fail = open_environment(self, options);
    if (!fail && !options->read_only)
        fail = sync_directory(options->directory);
    if (fail) {
        lmdb_close(&self->base);
        return fail;
    }
    *ret_journal = &self->base;
    return FAIL_NONE;
}
