#include "store/journal_lmdb_env.h"
#include "store/record.h"
#include <assert.h>
#include <errno.h>
#include <sys/statvfs.h>

fail_t lmdb_fail(int rc)
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
        if (!rc && (rc = mdb_cursor_renew(view->txn, view->cursor)))
            mdb_txn_reset(view->txn);
        return rc;
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

// On success the map is locked until lmdb_view_end.
int lmdb_view_begin(lmdb_t *self, view_t *view)
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

void lmdb_view_end(lmdb_t *self, view_t *view)
{
    mdb_txn_reset(view->txn);
    (void)pthread_rwlock_unlock(&self->map_lock);
}

void lmdb_view_close(view_t *view)
{
    if (view->cursor) {
        mdb_cursor_close(view->cursor);
        mdb_txn_abort(view->txn);
    }
    *view = (view_t){0};
}

// ---- State

int lmdb_get_number(lmdb_t *self, MDB_txn *txn, const char *name, uint64_t *ret_number)
{
    MDB_val key = lmdb_key(name), value;
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

int lmdb_put_number(lmdb_t *self, MDB_txn *txn, const char *name, uint64_t number)
{
    number = htole64(number);
    MDB_val key = lmdb_key(name), value = {sizeof number, &number};
    return mdb_put(txn, self->state, &key, &value, 0);
}

int lmdb_finish(MDB_txn *txn, int rc)
{
    if (rc)
        mdb_txn_abort(txn);
    else
        rc = mdb_txn_commit(txn);
    return rc;
}

int lmdb_last(lmdb_t *self, MDB_txn *txn, MDB_cursor *cursor, uint64_t *ret_last)
{
    MDB_val key, value;
    journal_record_t record;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    if (rc == MDB_NOTFOUND)
        return lmdb_get_number(self, txn, "sealed", ret_last);
    if (!rc && record_check(value.mv_data, value.mv_size, &record))
        rc = MDB_CORRUPTED;
    if (!rc)
        *ret_last = record.first + record.count - 1;
    return rc;
}

// ---- Room

uint64_t lmdb_used_bytes(const lmdb_t *self, uint64_t *ret_map_bytes)
{
    MDB_envinfo info;
    int rc = mdb_env_info(self->env, &info);
    assert(rc == 0); // fails for NULL arguments only
    *ret_map_bytes = info.me_mapsize;
    return (info.me_last_pgno + 1) * self->page_bytes;
}

fail_t lmdb_room_on_disk(const lmdb_t *self, uint64_t bytes)
{
    struct statvfs disk;
    if (fstatvfs(self->directory_fd, &disk))
        return FAIL_STORE;
    bool fits = (uint64_t)disk.f_bavail * disk.f_frsize >= bytes + self->reserve_bytes;
    return fits ? FAIL_NONE : FAIL_FULL;
}

fail_t lmdb_room_in_map(lmdb_t *self, uint64_t bytes)
{
    uint64_t map_bytes, used = lmdb_used_bytes(self, &map_bytes), wanted = map_bytes;
    while (used + 2 * bytes > wanted / 4 * 3)
        wanted *= 2;
    return wanted == map_bytes ? FAIL_NONE : lmdb_fail(set_map(self, wanted));
}
