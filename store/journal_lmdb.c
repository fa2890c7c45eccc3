#include "store/journal_lmdb.h"
#include "store/journal_lmdb_env.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { MAP_BYTES = 64 << 20, RESERVE_BYTES = 16 << 20 };

static fail_t lmdb_lead(journal_t *base, uint64_t *ret_term)
{
    lmdb_t *self = (lmdb_t *)base;
    MDB_txn *txn;
    uint64_t term = 0;
    int rc = mdb_txn_begin(self->env, NULL, 0, &txn);
    if (rc)
        return lmdb_fail(rc);
    rc = lmdb_get_number(self, txn, "term", &term);
    term = term + 1 > self->term_min ? term + 1 : self->term_min;
    rc = lmdb_finish(txn, rc ? rc : lmdb_put_number(self, txn, "term", term));
    if (rc)
        return FAIL_STORE;
    *ret_term = self->term = term;
    return FAIL_NONE;
}

static fail_t lmdb_head(journal_t *base, void *out, size_t cap, size_t *ret_size,
                        uint64_t *ret_last)
{
    lmdb_t *self = (lmdb_t *)base;
    MDB_val key = lmdb_key("head"), value = {0, NULL};
    uint64_t last = 0;
    int rc = lmdb_view_begin(self, &self->view);
    if (rc)
        return lmdb_fail(rc);
    rc = mdb_get(self->view.txn, self->state, &key, &value);
    if (rc == MDB_NOTFOUND)
        rc = 0;
    if (!rc)
        rc = lmdb_last(self, self->view.txn, self->view.cursor, &last);
    fail_t fail = rc ? lmdb_fail(rc) : value.mv_size > cap ? FAIL_FULL : FAIL_NONE;
    if (!fail) {
        if (value.mv_size)
            memcpy(out, value.mv_data, value.mv_size);
        *ret_size = value.mv_size;
        *ret_last = base->last = last;
    }
    lmdb_view_end(self, &self->view);
    return fail;
}

// ---- Appending

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

    uint64_t last = expected, bytes = (uint64_t)LMDB_COMMIT_PAGES * self->page_bytes + head_size;
    for (size_t i = 0; i < count; i++) {
        last += records[i].count;
        bytes += records[i].bytes.size + 2 * self->page_bytes;
    }
    fail_t fail = lmdb_room_on_disk(self, bytes);
    if (!fail)
        fail = lmdb_room_in_map(self, bytes);
    if (fail)
        return fail;

    MDB_txn *txn;
    MDB_val key = lmdb_key("head"), value = {head_size, (void *)(uintptr_t)head};
    int rc = mdb_txn_begin(self->env, NULL, 0, &txn);
    if (rc)
        return FAIL_STORE;
    rc = put_records(self, txn, records, count);
    rc = lmdb_finish(txn, rc ? rc : mdb_put(txn, self->state, &key, &value, 0));
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
    *ret_room = (journal_room_t){.used_bytes = lmdb_used_bytes(self, &map_bytes),
                                 .disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize,
                                 .disk_total_bytes = (uint64_t)disk.f_blocks * disk.f_frsize,
                                 .sealed_events = self->sealed};
    return FAIL_NONE;
}

// ---- Opening

static void lmdb_close(journal_t *base)
{
    lmdb_t *self = (lmdb_t *)base;
    lmdb_view_close(&self->view);
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
                                          .stop = lmdb_seal_stop,
                                          .close = lmdb_close,
                                          .reader_open = lmdb_reader_open,
                                          .reader_last = lmdb_reader_last,
                                          .read = lmdb_read,
                                          .reader_close = lmdb_reader_close};

static fail_t open_directory(lmdb_t *self, const journal_lmdb_options_t *options)
{
    self->directory_fd = open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->directory_fd < 0)
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

// Makes the file if there is none. An empty one is no new journal: LMDB would make it one.
static fail_t find_file(lmdb_t *self, const journal_lmdb_options_t *options)
{
    struct stat status;
    if (!fstatat(self->directory_fd, LMDB_DATA, &status, 0))
        return status.st_size ? FAIL_NONE : FAIL_CORRUPT;
    if (errno != ENOENT)
        return FAIL_STORE;
    return options->create ? lmdb_make(self, options->directory,
                                       options->segment_events ? options->segment_events
                                                               : JOURNAL_SEGMENT_EVENTS)
                           : FAIL_MISSING;
}

static fail_t load_layout(lmdb_t *self, MDB_txn *txn, uint64_t segment_events)
{
    lmdb_layout_t layout;
    MDB_val key = lmdb_key("layout"), value;
    int rc = mdb_get(txn, self->state, &key, &value);
    if (rc)
        return lmdb_fail(rc);
    if (value.mv_size != sizeof layout)
        return FAIL_CORRUPT;
    memcpy(&layout, value.mv_data, sizeof layout);
    self->base.segment_events = le64toh(layout.segment_events);
    if (le64toh(layout.version) != LMDB_LAYOUT_VERSION)
        return FAIL_VERSION;
    if (__builtin_popcountll(self->base.segment_events) != 1)
        return FAIL_CORRUPT;
    return segment_events && segment_events != self->base.segment_events ? FAIL_CONFIG : FAIL_NONE;
}

static fail_t load_tables(lmdb_t *self, MDB_txn *txn, uint64_t segment_events)
{
    MDB_cursor *cursor;
    int rc = mdb_dbi_open(txn, "records", 0, &self->records);
    if (!rc)
        rc = mdb_dbi_open(txn, "state", 0, &self->state);
    if (rc)
        return rc == MDB_NOTFOUND ? FAIL_CORRUPT : lmdb_fail(rc);
    fail_t fail = load_layout(self, txn, segment_events);
    if (fail)
        return fail;
    rc = mdb_cursor_open(txn, self->records, &cursor);
    if (rc)
        return lmdb_fail(rc);
    rc = lmdb_last(self, txn, cursor, &self->base.last);
    mdb_cursor_close(cursor);
    if (!rc)
        rc = lmdb_get_number(self, txn, "sealed", &self->sealed);
    self->leftover = self->sealed > 0;
    return lmdb_fail(rc);
}

static fail_t open_environment(lmdb_t *self, const journal_lmdb_options_t *options)
{
    int dead, rc = mdb_env_create(&self->env);
    unsigned flags = options->read_only ? MDB_RDONLY : 0;
    MDB_txn *txn;
    MDB_stat stat = {0};
    if (!rc)
        rc = mdb_env_set_maxdbs(self->env, LMDB_TABLES_MAX);
    if (!rc)
        rc = mdb_env_set_mapsize(self->env, options->map_bytes ? options->map_bytes : MAP_BYTES);
    if (!rc)
        rc = mdb_env_open(self->env, options->directory, MDB_NOTLS | flags, 0600);
    // A commit whose last write failed may have reached the disk all the same, and what LMDB then
    // wrote over it waits in the cache: it must be on the disk before its pages are used again.
    if (!rc && !options->read_only)
        rc = mdb_env_sync(self->env, 1);
    if (!rc)
        rc = mdb_reader_check(self->env, &dead);
    if (!rc)
        rc = mdb_env_stat(self->env, &stat);
    if (!rc)
        rc = mdb_txn_begin(self->env, NULL, flags, &txn);
    if (rc == MDB_MAP_RESIZED && !(rc = mdb_env_set_mapsize(self->env, 0)))
        rc = mdb_txn_begin(self->env, NULL, flags, &txn);
    if (rc)
        return lmdb_fail(rc);
    self->page_bytes = stat.ms_psize;
    fail_t fail = load_tables(self, txn, options->segment_events);
    if (fail) {
        mdb_txn_abort(txn);
        return fail;
    }
    return lmdb_fail(mdb_txn_commit(txn));
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
    self->term_min = options->term_min;
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

    fail_t fail = options->create ? journal_make_directory(options->directory) : FAIL_NONE;
    if (!fail)
        fail = open_directory(self, options);
    if (!fail)
        fail = find_file(self, options);
    if (!fail)
        fail = open_environment(self, options);
    if (!fail && !options->read_only)
        fail = lmdb_sync_directory(options->directory);
    if (fail) {
        lmdb_close(&self->base);
        return fail;
    }
    *ret_journal = &self->base;
    return FAIL_NONE;
}
