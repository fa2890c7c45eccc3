#include "store/lmdb/journal_lmdb_env.h"
#include "store/record.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
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

// A page that the next commit lets go of is used again from the third one on (LMDB keeps the last
// two states whole).
bool lmdb_was_kept(const lmdb_t *self, MDB_txn *txn)
{
    if (!self->unregistered)
        return true;
    MDB_envinfo info;
    int rc = mdb_env_info(self->env, &info);
    assert(rc == 0); // fails for NULL arguments only
    return info.me_last_txnid <= mdb_txn_id(txn) + 1;
}

bool lmdb_view_end(lmdb_t *self, view_t *view)
{
    bool kept = lmdb_was_kept(self, view->txn);
    mdb_txn_reset(view->txn);
    (void)pthread_rwlock_unlock(&self->map_lock);
    return kept;
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

// What the process may still let the file grow by (RLIMIT_FSIZE).
static uint64_t room_under_limit(uint64_t used)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

// A quota shows in no number that we could ask for: the blocks that the next pages need are taken
// before anything is written. They lie behind the file's end, which does not move.
fail_t lmdb_hold_blocks(lmdb_t *self, uint64_t end)
{
    int fd;
    if (end <= self->held_bytes || mdb_env_get_fd(self->env, &fd))
        return FAIL_NONE;
    for (uint64_t more = LMDB_HOLD_BYTES;; more = 0) {
        int failed;
        do
            failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)self->held_bytes,
                               (off_t)(end + more - self->held_bytes))
                         ? errno
                         : 0;
        while (failed == EINTR);
        bool full = failed == ENOSPC || failed == EDQUOT || failed == EFBIG;
        if (full && more)
            continue; // as much as is wanted now
        if (full)
            return FAIL_FULL;
        // A file system that cannot do it is written to all the same.
        self->held_bytes = failed ? UINT64_MAX : end + more;
        return FAIL_NONE;
    }
}

fail_t lmdb_room_now(lmdb_t *self, journal_room_t *ret_room)
{
    struct statvfs disk;
    uint64_t map_bytes, used = lmdb_used_bytes(self, &map_bytes);
    if (fstatvfs(self->directory_fd, &disk))
        return FAIL_STORE;
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize, limit = room_under_limit(used);
    *ret_room = (journal_room_t){.used_bytes = used,
                                 .disk_free_bytes = free_bytes < limit ? free_bytes : limit,
                                 .disk_total_bytes = (uint64_t)disk.f_blocks * disk.f_frsize};
    return FAIL_NONE;
}

fail_t lmdb_room_on_disk(lmdb_t *self, uint64_t bytes)
{
    journal_room_t room;
    fail_t fail = lmdb_room_now(self, &room);
    if (!fail && room.disk_free_bytes < bytes + self->reserve_bytes)
        fail = FAIL_FULL;
    return fail ? fail : lmdb_hold_blocks(self, room.used_bytes + bytes);
}

fail_t lmdb_room_in_map(lmdb_t *self, uint64_t bytes)
{
    uint64_t map_bytes, used = lmdb_used_bytes(self, &map_bytes), wanted = map_bytes;
    while (used + 2 * bytes > wanted / 4 * 3)
        wanted *= 2;
    return wanted == map_bytes ? FAIL_NONE : lmdb_fail(set_map(self, wanted));
}
