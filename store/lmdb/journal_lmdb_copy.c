// A copy of one moment: the segment files that it names, then a fresh environment of the records
// behind them. Those are read event by event and packed anew, for what was live when the moment was
// taken may have been sealed since, and its record may reach beyond the moment.
#include "store/lmdb/journal_lmdb_env.h"
#include "store/record.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_BYTES = 1 << 20, COMMIT_BYTES = 16 << 20, SPARE_BYTES = 64 << 20 };

// ---- A moment

static fail_t moment_once(lmdb_t *self, journal_moment_t *out)
{
    MDB_val key = lmdb_key("head"), value = {0, NULL};
    int rc = lmdb_view_begin(self, &self->view);
    if (rc)
        return lmdb_fail(rc);
    MDB_txn *txn = self->view.txn;
    rc = mdb_get(txn, self->state, &key, &value);
    if (rc == MDB_NOTFOUND)
        rc = 0;
    if (!rc)
        rc = lmdb_last(self, txn, self->view.cursor, &out->last);
    if (!rc)
        rc = lmdb_get_number(self, txn, "sealed", &out->sealed_events);
    if (!rc)
        rc = lmdb_get_number(self, txn, "term", &out->term);
    fail_t fail = rc ? lmdb_fail(rc) : value.mv_size > sizeof out->head ? FAIL_CORRUPT : FAIL_NONE;
    if (!fail && value.mv_size)
        memcpy(out->head, value.mv_data, value.mv_size);
    out->head_size = value.mv_size;
    if (!fail && (out->sealed_events > out->last || out->sealed_events % self->base.segment_events))
        fail = FAIL_CORRUPT;
    return lmdb_view_end(self, &self->view) ? fail : FAIL_LATER;
}

fail_t lmdb_moment(journal_t *base, journal_moment_t *ret_moment)
{
    fail_t fail = FAIL_LATER;
    for (unsigned tries = 0; fail == FAIL_LATER && tries < LMDB_TRIES_MAX; tries++)
        fail = moment_once((lmdb_t *)base, ret_moment);
    return fail;
}

// ---- The copy's environment

typedef struct {
    const journal_moment_t *moment;
    const journal_copy_t *copy;
    journal_reader_t *reader;
    uint64_t segment_events;
    MDB_env *env;
    MDB_txn *txn; // NULL between two commits
    MDB_dbi records, state;
    record_builder_t builder;
    uint64_t next;                    // sequence
    uint64_t uncommitted;             // bytes
    size_t chunk_size;                // of what is read and not yet written
    uint8_t chunk[CHUNK_BYTES];       // records behind their sizes
    uint8_t record[RECORD_TARGET];    // the one that is built
    char path[SEGMENT_PATH_MAX];      // of the file, without its name
    char directory[SEGMENT_PATH_MAX]; // of the copy's segments
    char earlier[SEGMENT_PATH_MAX];
} target_t;

static fail_t target_fail(int rc)
{
    return rc == MDB_MAP_FULL || rc == ENOSPC || rc == EDQUOT || rc == EFBIG ? FAIL_FULL
                                                                             : lmdb_fail(rc);
}

static int begin_txn(target_t *self)
{
    int rc = self->txn ? 0 : mdb_txn_begin(self->env, NULL, 0, &self->txn);
    return rc ? rc : mdb_dbi_open(self->txn, "records", 0, &self->records);
}

static int commit(target_t *self)
{
    MDB_txn *txn = self->txn;
    self->txn = NULL;
    self->uncommitted = 0;
    return txn ? mdb_txn_commit(txn) : 0;
}

// Nobody else knows the file yet: no lock, and one flush at the end.
static int open_target(target_t *self, uint64_t bytes)
{
    int rc = mdb_env_create(&self->env);
    if (!rc)
        rc = mdb_env_set_maxdbs(self->env, LMDB_TABLES_MAX);
    if (!rc)
        rc = mdb_env_set_mapsize(self->env, 2 * bytes + SPARE_BYTES);
    if (!rc)
        rc = mdb_env_open(self->env, self->path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0600);
    if (!rc)
        rc = mdb_txn_begin(self->env, NULL, 0, &self->txn);
    return rc ? rc
              : lmdb_make_tables(self->txn, self->segment_events, &self->records, &self->state);
}

static fail_t put_record(target_t *self)
{
    journal_record_t record = record_builder_end(&self->builder);
    uint64_t first = htobe64(record.first);
    MDB_val key = {sizeof first, &first};
    MDB_val value = {record.bytes.size, (void *)(uintptr_t)record.bytes.data};
    int rc = begin_txn(self);
    if (!rc)
        rc = mdb_put(self->txn, self->records, &key, &value, MDB_APPEND);
    self->uncommitted += record.bytes.size;
    if (!rc && self->uncommitted >= COMMIT_BYTES)
        rc = commit(self);
    record_builder_begin(&self->builder, self->record, sizeof self->record, self->next,
                         self->segment_events);
    return target_fail(rc);
}

static fail_t add_event(target_t *self, bytes_t event)
{
    if (!record_builder_add(&self->builder, event.data, event.size)) {
        fail_t fail = self->builder.count ? put_record(self) : FAIL_CORRUPT;
        if (fail)
            return fail;
        if (!record_builder_add(&self->builder, event.data, event.size))
            return FAIL_CORRUPT; // fits into no record
    }
    self->next++;
    return FAIL_NONE;
}

static fail_t add_record(target_t *self, const journal_record_t *record)
{
    record_walk_t walk;
    if (!record_walk_from(record, self->next, &walk))
        return FAIL_CORRUPT;
    fail_t fail = FAIL_NONE;
    while (!fail && self->next <= self->moment->last && record_walk_next(&walk))
        fail = add_event(self, walk.event);
    return fail;
}

// ---- Reading

static fail_t keep_record(const journal_record_t *record, void *arg)
{
    target_t *self = arg;
    size_t size = record_page_add(self->chunk, self->chunk_size, sizeof self->chunk, record);
    if (!size)
        return FAIL_FULL; // the next chunk begins with it
    self->chunk_size = size;
    return FAIL_NONE;
}

static fail_t copy_chunk(target_t *self)
{
    self->chunk_size = 0;
    fail_t fail = journal_read(self->reader, self->next, CHUNK_BYTES / 2, keep_record, self);
    if (fail == FAIL_FULL && self->chunk_size)
        fail = FAIL_NONE;
    bytes_t page = {self->chunk, (uint32_t)self->chunk_size};
    journal_record_t record;
    while (!fail && self->next <= self->moment->last && record_page_next(&page, &record))
        fail = add_record(self, &record);
    if (!fail && self->copy->progress)
        self->copy->progress(self->copy->arg, self->next - 1, self->moment->last);
    return fail;
}

static fail_t copy_records(target_t *self)
{
    fail_t fail = FAIL_NONE;
    self->next = self->moment->sealed_events + 1;
    record_builder_begin(&self->builder, self->record, sizeof self->record, self->next,
                         self->segment_events);
    while (!fail && self->next <= self->moment->last)
        fail = copy_chunk(self);
    return !fail && self->builder.count ? put_record(self) : fail;
}

// ---- The side store

// A row as the chunk keeps it; its bytes follow.
typedef struct {
    uid_t16 owner;
    uint32_t size;
    uint8_t kind;
} kept_row_t;

static fail_t keep_row(const journal_row_t *row, void *arg)
{
    target_t *self = arg;
    kept_row_t kept = {row->owner, row->bytes.size, row->kind};
    if (sizeof self->chunk - self->chunk_size < sizeof kept + kept.size)
        return FAIL_CORRUPT; // more of one owner than there may be
    memcpy(self->chunk + self->chunk_size, &kept, sizeof kept);
    memcpy(self->chunk + self->chunk_size + sizeof kept, row->bytes.data, kept.size);
    self->chunk_size += sizeof kept + kept.size;
    return FAIL_NONE;
}

// Puts what is kept, and finds the last one's owner.
static int put_kept(target_t *self, MDB_dbi side, uid_t16 *ret_owner)
{
    int rc = 0;
    for (size_t at = 0; at < self->chunk_size && !rc;) {
        kept_row_t kept;
        memcpy(&kept, self->chunk + at, sizeof kept);
        journal_row_t row = {kept.owner, kept.kind, {self->chunk + at + sizeof kept, kept.size}};
        rc = lmdb_put_rows(self->txn, side, &row, 1);
        *ret_owner = kept.owner;
        at += sizeof kept + kept.size;
    }
    self->uncommitted += self->chunk_size;
    return rc;
}

// False if there is none behind it.
static bool next_owner(uid_t16 *owner)
{
    for (size_t i = sizeof owner->bytes; i-- > 0;)
        if (++owner->bytes[i])
            return true;
    return false;
}

// Each owner's rows are read at once: no key of his is older than what it opens.
static fail_t copy_rows(target_t *self)
{
    uid_t16 owner = {{0}};
    do {
        self->chunk_size = 0;
        fail_t fail = journal_rows(self->reader, &owner, CHUNK_BYTES / 4, keep_row, self);
        if (fail || self->chunk_size == 0)
            return fail;
        MDB_dbi side;
        int rc = begin_txn(self);
        if (!rc)
            rc = mdb_dbi_open(self->txn, "side", MDB_CREATE, &side);
        if (!rc)
            rc = put_kept(self, side, &owner);
        if (!rc && self->uncommitted >= COMMIT_BYTES)
            rc = commit(self);
        if (rc)
            return target_fail(rc);
    } while (next_owner(&owner));
    return FAIL_NONE;
}

static int put_number(target_t *self, const char *name, uint64_t number)
{
    number = htole64(number);
    MDB_val key = lmdb_key(name), value = {sizeof number, &number};
    return number ? mdb_put(self->txn, self->state, &key, &value, 0) : 0;
}

static int put_state(target_t *self)
{
    MDB_val key = lmdb_key("head");
    MDB_val value = {self->moment->head_size, (void *)(uintptr_t)self->moment->head};
    int rc = begin_txn(self);
    if (!rc && value.mv_size)
        rc = mdb_put(self->txn, self->state, &key, &value, 0);
    if (!rc)
        rc = put_number(self, "sealed", self->moment->sealed_events);
    if (!rc)
        rc = put_number(self, "term", self->moment->term);
    if (!rc)
        rc = commit(self);
    return rc ? rc : mdb_env_sync(self->env, 1);
}

static fail_t write_environment(target_t *self, uint64_t bytes)
{
    int rc = open_target(self, bytes);
    fail_t fail = rc ? target_fail(rc) : copy_records(self);
    if (!fail)
        fail = copy_rows(self);
    if (!fail)
        fail = target_fail(put_state(self));
    if (self->txn)
        mdb_txn_abort(self->txn);
    if (self->env)
        mdb_env_close(self->env);
    return fail;
}

// ---- Segments

static fail_t copy_segments(target_t *self, const lmdb_t *from, journal_copied_t *out)
{
    out->segments = self->moment->sealed_events / self->segment_events;
    if (out->segments && mkdir(self->directory, 0700) && errno != EEXIST)
        return FAIL_STORE;
    for (uint64_t number = 0; number < out->segments; number++) {
        segment_copied_t how;
        segment_t *segment = NULL;
        char why[JOURNAL_WHY_MAX];
        fail_t fail =
            segment_places_open(&from->places, number, self->segment_events, why, &segment);
        if (fail && self->copy->why)
            memcpy(self->copy->why, why, sizeof why);
        if (!fail)
            fail = segment_copy(segment, self->directory, self->earlier, &how);
        segment_destroy(&segment);
        if (fail)
            return fail;
        out->linked += how == SEGMENT_LINKED;
        out->unchanged += how == SEGMENT_UNCHANGED;
        if (self->copy->progress)
            self->copy->progress(self->copy->arg, (number + 1) * self->segment_events,
                                 self->moment->last);
    }
    return out->segments ? lmdb_sync_directory(self->directory) : FAIL_NONE;
}

// ---- All of it

static bool join(char out[SEGMENT_PATH_MAX], const char *directory, const char *name)
{
    return snprintf(out, SEGMENT_PATH_MAX, "%s/%s", directory, name) < SEGMENT_PATH_MAX;
}

static fail_t prepare(target_t *self, const lmdb_t *from, const journal_copy_t *copy)
{
    char there[SEGMENT_PATH_MAX];
    struct stat status;
    bool earlier = copy->earlier && *copy->earlier;
    if (!join(there, copy->directory, LMDB_DATA) || !join(self->path, copy->directory, LMDB_NEW) ||
        !join(self->directory, copy->directory, "segments") ||
        (earlier && !join(self->earlier, copy->earlier, "segments")))
        return FAIL_INVALID;
    self->segment_events = from->base.segment_events;
    fail_t fail = lmdb_make_directory(copy->directory);
    if (fail)
        return fail;
    if (!stat(there, &status) && !copy->replace)
        return FAIL_CONFLICT;
    if (unlink(there) && errno != ENOENT)
        return FAIL_STORE;
    return unlink(self->path) && errno != ENOENT ? FAIL_STORE : FAIL_NONE;
}

// The environment has its name last: a copy without one is no journal.
static fail_t finish(const target_t *self)
{
    char there[SEGMENT_PATH_MAX];
    (void)join(there, self->copy->directory, LMDB_DATA);
    fail_t fail = lmdb_sync_directory(self->copy->directory);
    if (!fail && rename(self->path, there))
        fail = FAIL_STORE;
    return fail ? fail : lmdb_sync_directory(self->copy->directory);
}

fail_t lmdb_copy(journal_t *base, const journal_moment_t *moment, const journal_copy_t *copy,
                 journal_copied_t *ret_copied)
{
    lmdb_t *self = (lmdb_t *)base;
    journal_copied_t copied = {0};
    uint64_t map_bytes;
    target_t *target = calloc(1, sizeof *target);
    if (!target)
        return FAIL_FULL;
    target->moment = moment;
    target->copy = copy;
    fail_t fail = prepare(target, self, copy);
    if (!fail)
        fail = copy_segments(target, self, &copied);
    if (!fail)
        fail = journal_reader_open(base, &target->reader);
    if (!fail)
        fail = write_environment(target, lmdb_used_bytes(self, &map_bytes));
    journal_reader_destroy(&target->reader);
    if (!fail)
        fail = finish(target);
    free(target);
    if (!fail)
        *ret_copied = copied;
    return fail;
}
