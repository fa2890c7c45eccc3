#include "store/journal_lmdb_env.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    // What one call removes of a sealed segment: a long list of free pages would be written again
    // with every commit until it is used up.
    REMOVE_BYTES = 1 << 20
};

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
    int rc = lmdb_view_begin(self, &self->view);
    if (rc)
        return lmdb_fail(rc);
    rc = mdb_cursor_get(self->view.cursor, &key, &value, MDB_FIRST);
    if (!rc)
        memcpy(&first, key.mv_data, sizeof first);
    lmdb_view_end(self, &self->view);
    *ret_leftover = be64toh(first) <= self->sealed;
    return rc == MDB_NOTFOUND ? FAIL_NONE : lmdb_fail(rc);
}

static fail_t write_sealed(lmdb_t *self, uint64_t sealed)
{
    MDB_txn *txn;
    fail_t fail = lmdb_room_in_map(self, (uint64_t)LMDB_COMMIT_PAGES * self->page_bytes);
    if (fail)
        return fail;
    int rc = mdb_txn_begin(self->env, NULL, 0, &txn);
    if (rc)
        return FAIL_STORE;
    self->sealed = sealed;
    self->leftover = true;
    rc = lmdb_put_number(self, txn, "sealed", sealed);
    rc = lmdb_finish(txn, rc ? rc : remove_sealed(self, txn));
    return rc ? FAIL_STORE : FAIL_NONE;
}

// One commit: the file counts from here on, and the first of its records leave. Of all that sealing
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
        fail = sealer_start(&reader, self->segments, self->sealed / events, events, &self->sealer);
    journal_reader_destroy(&reader);
    return fail;
}

fail_t lmdb_seal(journal_t *base, bool *ret_sealed)
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

void lmdb_seal_stop(journal_t *base)
{
    sealer_destroy(&((lmdb_t *)base)->sealer);
}
