#include "store/lmdb/journal_lmdb.h"
#include "store/lmdb/journal_lmdb_env.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
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
    fail_t fail = lmdb_refuse_left(self, txn, self->why);
    if (fail) {
        mdb_txn_abort(txn);
        return fail;
    }
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
    fail_t fail = FAIL_LATER;
    for (unsigned tries = 0; fail == FAIL_LATER && tries < LMDB_TRIES_MAX; tries++)
        fail =
            lmdb_head_once((lmdb_t *)base, &((lmdb_t *)base)->view, out, cap, ret_size, ret_last);
    if (!fail)
        base->last = *ret_last;
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
                          size_t head_size, const journal_row_t *rows, size_t rows_count)
{
    lmdb_t *self = (lmdb_t *)base;
    if (term == 0 || term != self->term)
        return FAIL_FENCED;
    if (expected != base->last)
        return FAIL_CONFLICT;

    uint64_t last = expected, added = 0;
    for (size_t i = 0; i < count; i++) {
        last += records[i].count;
        added += records[i].bytes.size;
    }
    uint64_t cleared = self->leftover ? journal_cleared_by(base, added) : 0;
    uint64_t bytes = (uint64_t)LMDB_COMMIT_PAGES * self->page_bytes + head_size + added +
                     2 * count * self->page_bytes + 2 * cleared + // emptied pages are copied first
                     lmdb_rows_room(self, rows, rows_count);
    fail_t fail = lmdb_room_on_disk(self, bytes);
    if (!fail)
        fail = lmdb_room_in_map(self, bytes);
    if (fail)
        return fail;

    MDB_txn *txn;
    MDB_val key = lmdb_key("head"), value = {head_size, (void *)(uintptr_t)head};
    fail = lmdb_begin_as_writer(self, &txn);
    if (fail)
        return fail;
    int rc = put_records(self, txn, records, count);
    if (!rc && self->leftover)
        rc = lmdb_clear(self, txn, cleared, &self->leftover);
    MDB_dbi side = 0;
    if (!rc)
        rc = lmdb_change_rows(self, txn, rows, rows_count, &side);
    rc = lmdb_finish(txn, rc ? rc : mdb_put(txn, self->state, &key, &value, 0));
    if (rc)
        return rc == MDB_KEYEXIST ? FAIL_CORRUPT : FAIL_STORE;
    if (rows_count) {
        self->side = side;
        self->has_side = true;
    }
    base->last = last;
    return FAIL_NONE;
}

static const char *lmdb_why(const journal_t *base)
{
    return ((const lmdb_t *)base)->why;
}

static fail_t lmdb_room(journal_t *base, journal_room_t *ret_room)
{
    lmdb_t *self = (lmdb_t *)base;
    fail_t fail = lmdb_room_now(self, ret_room);
    ret_room->sealed_events = self->sealed;
    ret_room->leftover = self->leftover;
    // A quota that has not even the writer's next pages left is as a disk that is full.
    if (!fail && !base->read_only &&
        lmdb_hold_blocks(self, ret_room->used_bytes + LMDB_HOLD_BYTES / 2) == FAIL_FULL)
        ret_room->disk_free_bytes = 0;
    return fail;
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
                                          .look_at_readers = lmdb_look_at_readers,
                                          .seal = lmdb_seal,
                                          .moment = lmdb_moment,
                                          .copy = lmdb_copy,
                                          .archive = lmdb_archive,
                                          .leave = lmdb_leave,
                                          .left_for = lmdb_left_for,
                                          .why = lmdb_why,
                                          .stop = lmdb_seal_stop,
                                          .close = lmdb_close,
                                          .reader_open = lmdb_reader_open,
                                          .reader_last = lmdb_reader_last,
                                          .reader_head = lmdb_reader_head,
                                          .read = lmdb_read,
                                          .rows = lmdb_rows,
                                          .reader_why = lmdb_reader_why,
                                          .reader_close = lmdb_reader_close};

// What people are told of a failed open.
__attribute__((format(printf, 2, 3))) static void say(const journal_options_t *options,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (options->why)
        vsnprintf(options->why, JOURNAL_WHY_MAX, format, arguments);
    va_end(arguments);
}

// Of a file that we may not use as we must: whose it is says what happened.
static void say_file(const lmdb_t *self, const journal_options_t *options, const char *file,
                     int error)
{
    struct stat status;
    if (fstatat(self->directory_fd, file, &status, 0))
        say(options, "%s: %s", file, strerror(error));
    else
        say(options, "%s: %s: it belongs to user %u, we are %u", file, strerror(error),
            (unsigned)status.st_uid, (unsigned)geteuid());
}

static fail_t open_directory(lmdb_t *self, const char *directory)
{
    self->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->directory_fd < 0)
        return errno == ENOENT ? FAIL_MISSING : FAIL_STORE;
    return FAIL_NONE;
}

static fail_t lock_directory(lmdb_t *self, const journal_options_t *options)
{
    self->lock_fd = openat(self->directory_fd, "writer.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (self->lock_fd < 0) {
        say_file(self, options, "writer.lock", errno);
        return FAIL_STORE;
    }
    if (flock(self->lock_fd, LOCK_EX | LOCK_NB))
        return errno == EWOULDBLOCK ? FAIL_FENCED : FAIL_STORE;
    return FAIL_NONE;
}

// An empty file is no new journal: LMDB would make it one.
static fail_t find_file(const lmdb_t *self)
{
    struct stat status;
    if (fstatat(self->directory_fd, LMDB_DATA, &status, 0))
        return errno == ENOENT ? FAIL_MISSING : FAIL_STORE;
    return status.st_size ? FAIL_NONE : FAIL_CORRUPT;
}

// Looks before it locks: where there is no journal, and none is to be made, nothing is left.
static fail_t take_directory(lmdb_t *self, const char *directory, const journal_options_t *options)
{
    fail_t fail = open_directory(self, directory);
    if (fail)
        return fail;
    fail = find_file(self);
    bool makes = fail == FAIL_MISSING && options->create;
    if (options->read_only || options->leaves || (fail && !makes))
        return fail;
    fail = lock_directory(self, options);
    if (!fail)
        fail = find_file(self); // again: somebody may have made it before we had the lock
    if (fail == FAIL_MISSING && makes)
        fail =
            lmdb_make(self, directory,
                      options->segment_events ? options->segment_events : JOURNAL_SEGMENT_EVENTS);
    return fail;
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
    rc = lmdb_load_rows(self, txn);
    if (!rc)
        rc = mdb_cursor_open(txn, self->records, &cursor);
    if (rc)
        return lmdb_fail(rc);
    rc = lmdb_last(self, txn, cursor, &self->base.last);
    mdb_cursor_close(cursor);
    if (!rc)
        rc = lmdb_get_number(self, txn, "sealed", &self->sealed);
    self->leftover = self->sealed > 0;
    // Whole segments leave, and none that was not full.
    if (!rc && (self->sealed % self->base.segment_events || self->sealed > self->base.last))
        rc = MDB_CORRUPTED;
    return lmdb_fail(rc);
}

// Whether a reader may take a slot in LMDB's lock file. Who may not write it, as of a copy on a
// read-only disk or of another user's journal, reads without; and where there is none nobody
// writes, and none is made: it would be the reader's, and keep the writer out.
static bool may_register(const lmdb_t *self)
{
    int fd = openat(self->directory_fd, "lock.mdb", O_RDWR | O_CLOEXEC);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

// Read while somebody writes, the list of free pages may change under the eye: looked at again.
static fail_t check_size(lmdb_t *self, const journal_options_t *options)
{
    enum { TRIES = 5 };
    int fd;
    fail_t fail = FAIL_CORRUPT;
    for (unsigned tries = 0; fail == FAIL_CORRUPT && tries < TRIES; tries++) {
        MDB_envinfo info;
        if (mdb_env_info(self->env, &info) || mdb_env_get_fd(self->env, &fd))
            return FAIL_STORE;
        fail = lmdb_check_size(fd, self->page_bytes, info.me_last_pgno + 1);
    }
    if (fail == FAIL_CORRUPT)
        say(options, "%s is truncated: it is shorter than its pages", LMDB_DATA);
    return fail;
}

// LMDB says only that it may not.
static void say_what_is_refused(const lmdb_t *self, const journal_options_t *options, int error)
{
    static const char *const files[] = {LMDB_DATA, "lock.mdb"};
    int how = options->read_only ? O_RDONLY : O_RDWR;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        int fd = openat(self->directory_fd, files[i], how | O_CLOEXEC);
        if (fd >= 0)
            (void)close(fd);
        else if (errno != ENOENT) {
            say_file(self, options, files[i], errno);
            return;
        }
    }
    say(options, "%s", mdb_strerror(error));
}

static fail_t load_once(lmdb_t *self, const journal_options_t *options)
{
    bool beside = options->read_only || options->leaves;
    unsigned flags = beside ? MDB_RDONLY : 0;
    char why[JOURNAL_WHY_MAX];
    MDB_txn *txn;
    int rc = mdb_txn_begin(self->env, NULL, flags, &txn);
    if (rc == MDB_MAP_RESIZED && !(rc = mdb_env_set_mapsize(self->env, 0)))
        rc = mdb_txn_begin(self->env, NULL, flags, &txn);
    if (rc)
        return lmdb_fail(rc);
    fail_t fail = load_tables(self, txn, options->segment_events);
    bool kept = lmdb_was_kept(self, txn);
    if (!fail && !beside && (fail = lmdb_refuse_left(self, txn, why)) == FAIL_FENCED)
        say(options, "%s", why);
    if (fail || !kept) {
        mdb_txn_abort(txn);
        return kept ? fail : FAIL_LATER;
    }
    return lmdb_fail(mdb_txn_commit(txn));
}

static fail_t load(lmdb_t *self, const journal_options_t *options)
{
    fail_t fail = FAIL_LATER;
    for (unsigned tries = 0; fail == FAIL_LATER && tries < LMDB_TRIES_MAX; tries++)
        fail = load_once(self, options);
    return fail;
}

static fail_t open_environment(lmdb_t *self, const char *directory,
                               const journal_options_t *options)
{
    int dead, rc = mdb_env_create(&self->env);
    self->unregistered = options->read_only && !may_register(self);
    unsigned flags = options->read_only ? MDB_RDONLY : 0;
    unsigned lock = self->unregistered ? MDB_NOLOCK : 0;
    MDB_stat stat = {0};
    if (!rc)
        rc = mdb_env_set_maxdbs(self->env, LMDB_TABLES_MAX);
    if (!rc)
        rc = mdb_env_set_mapsize(self->env, options->map_bytes ? options->map_bytes : MAP_BYTES);
    if (!rc)
        rc = mdb_env_open(self->env, directory, MDB_NOTLS | flags | lock, 0600);
    // A commit whose last write failed may have reached the disk all the same, and what LMDB then
    // wrote over it waits in the cache: it must be on the disk before its pages are used again.
    if (!rc && !options->read_only)
        rc = mdb_env_sync(self->env, 1);
    if (!rc)
        rc = mdb_reader_check(self->env, &dead);
    if (!rc)
        rc = mdb_env_stat(self->env, &stat);
    if (rc) {
        say_what_is_refused(self, options, rc);
        return lmdb_fail(rc);
    }
    self->page_bytes = stat.ms_psize;
    fail_t fail = check_size(self, options);
    return fail ? fail : load(self, options);
}

// The directories of the archive that are there. One that is missing is named by whoever reads a
// segment of it.
static fail_t name_archive(const char *directory, journal_needs_t *ret_needs)
{
    static _Thread_local segment_places_t places;
    char why[JOURNAL_WHY_MAX];
    size_t used = 0;
    if (segment_places_read(directory, LMDB_SEGMENTS, &places, why))
        return FAIL_NONE; // said when it is opened
    for (size_t i = 1; i < places.count; i++) {
        const char *place = places.directories[i];
        if (access(place, R_OK | X_OK))
            continue;
        if (used + strlen(place) + 2 > sizeof ret_needs->archives)
            return FAIL_INVALID;
        used += (size_t)sprintf(ret_needs->archives + used, "%s%s", used ? "\n" : "", place);
    }
    return FAIL_NONE;
}

fail_t journal_lmdb_prepare(const char *directory, bool create, journal_needs_t *ret_needs)
{
    int size = snprintf(ret_needs->directory, sizeof ret_needs->directory, "%s", directory);
    if (size >= (int)sizeof ret_needs->directory)
        return FAIL_INVALID;
    fail_t fail = name_archive(directory, ret_needs);
    if (fail)
        return fail;
    if (create)
        return lmdb_make_directory(directory);
    char file[JOURNAL_PLACE_MAX + sizeof LMDB_DATA];
    snprintf(file, sizeof file, "%s/%s", directory, LMDB_DATA);
    return access(file, F_OK) && errno == ENOENT ? FAIL_MISSING : FAIL_NONE;
}

fail_t journal_lmdb_open(const char *directory, const journal_options_t *options,
                         journal_t **ret_journal)
{
    assert((options->segment_events & (options->segment_events - 1)) == 0);
    assert(!(options->create && (options->read_only || options->leaves)));
    lmdb_t *self = calloc(1, sizeof *self);
    if (!self)
        return FAIL_FULL;
    self->base.backend = &BACKEND;
    self->base.read_only = options->read_only || options->leaves;
    self->base.leaves = options->leaves;
    self->term_min = options->term_min;
    self->reserve_bytes = options->reserve_bytes ? options->reserve_bytes : RESERVE_BYTES;
    self->directory_fd = self->lock_fd = -1;
    char why[JOURNAL_WHY_MAX];
    fail_t fail = segment_places_read(directory, LMDB_SEGMENTS, &self->places, why);
    if (fail) {
        free(self);
        say(options, "%s", fail == FAIL_INVALID ? "its name is too long" : why);
        return fail;
    }

    pthread_rwlockattr_t attributes; // or readers without a pause would keep the map from growing
    (void)pthread_rwlockattr_init(&attributes);
    (void)pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    (void)pthread_rwlock_init(&self->map_lock, &attributes);
    (void)pthread_rwlockattr_destroy(&attributes);

    fail = options->create ? lmdb_make_directory(directory) : FAIL_NONE;
    if (!fail)
        fail = take_directory(self, directory, options);
    if (!fail)
        fail = open_environment(self, directory, options);
    if (!fail && !options->read_only)
        fail = lmdb_sync_directory(directory);
    if (fail) {
        lmdb_close(&self->base);
        return fail;
    }
    *ret_journal = &self->base;
    return FAIL_NONE;
}
