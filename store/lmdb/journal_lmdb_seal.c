#include "store/lmdb/journal_lmdb_env.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int lmdb_clear(lmdb_t *self, MDB_txn *txn, uint64_t bytes, bool *ret_leftover)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int rc = mdb_cursor_open(txn, self->records, &cursor);
    if (rc)
        return rc;
    *ret_leftover = true;
    bool keep = atomic_load(&self->damaged);
    for (uint64_t removed = 0; !keep && removed <= bytes; removed += value.mv_size) {
        uint64_t first = UINT64_MAX;
        rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
        if (!rc)
            memcpy(&first, key.mv_data, sizeof first);
        *ret_leftover = !rc && be64toh(first) <= self->sealed;
        if (!*ret_leftover)
            break;
        rc = mdb_cursor_del(cursor, 0);
        if (rc)
            break;
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static fail_t write_sealed(lmdb_t *self, uint64_t sealed)
{
    MDB_txn *txn;
    fail_t fail = lmdb_room_in_map(self, (uint64_t)LMDB_COMMIT_PAGES * self->page_bytes);
    if (fail)
        return fail;
    fail = lmdb_begin_as_writer(self, &txn);
    if (fail)
        return fail;
    self->sealed = sealed;
    int rc = lmdb_put_number(self, txn, "sealed", sealed);
    if (!rc)
        rc = lmdb_clear(self, txn, journal_piece_bytes(&self->base), &self->leftover);
    rc = lmdb_finish(txn, rc);
    return rc ? FAIL_STORE : FAIL_NONE;
}

// One commit: the file counts from here on, and a piece of its records leaves. Of all that sealing
// does only this writes into the journal, and so only its failure ends it.
static fail_t commit_sealed(lmdb_t *self, uint64_t sealed)
{
    fail_t fail = write_sealed(self, sealed);
    if (fail)
        atomic_store(&self->base.broken, true);
    return fail;
}

static fail_t start_sealer(lmdb_t *self)
{
    uint64_t map_bytes, events = self->base.segment_events;
    journal_reader_t *reader = NULL;
    fail_t fail =
        lmdb_room_on_disk(self, lmdb_used_bytes(self, &map_bytes)); // more than it can need
    if (!fail && mkdirat(self->directory_fd, "segments", 0700) && errno != EEXIST)
        fail = FAIL_STORE;
    if (!fail && fsync(self->directory_fd))
        fail = FAIL_STORE;
    if (!fail)
        fail = journal_reader_open(&self->base, &reader);
    if (!fail)
        fail = sealer_start(&reader, lmdb_segments(self), self->sealed / events, events,
                            &self->sealer);
    journal_reader_destroy(&reader);
    return fail;
}

fail_t lmdb_seal(journal_t *base, bool idle, bool *ret_sealed)
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
    if (self->leftover && idle && !atomic_load(&self->damaged))
        return commit_sealed(self, self->sealed);
    return base->last - self->sealed >= base->segment_events ? start_sealer(self) : FAIL_NONE;
}

void lmdb_seal_stop(journal_t *base)
{
    sealer_destroy(&((lmdb_t *)base)->sealer);
}
