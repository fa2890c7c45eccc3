// The side store's rows: a table of their own, in the transactions of the records. A key is the
// owner's 16 bytes and the kind, so an owner's rows lie together.
#include "store/lmdb/journal_lmdb_env.h"

enum { KEY_SIZE = sizeof(uid_t16) + 1 };

static void make_key(const uid_t16 *owner, uint8_t kind, uint8_t out[KEY_SIZE])
{
    memcpy(out, owner->bytes, sizeof owner->bytes);
    out[sizeof owner->bytes] = kind;
}

int lmdb_load_rows(lmdb_t *self, MDB_txn *txn)
{
    int rc = mdb_dbi_open(txn, "side", 0, &self->side);
    self->has_side = rc == 0;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

uint64_t lmdb_rows_room(const lmdb_t *self, const journal_row_t *rows, size_t count)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) // each may touch a path of the tree and pages of its own
        bytes += rows[i].bytes.size + 4 * (uint64_t)self->page_bytes;
    return bytes;
}

// ---- Changing

static int erase_owner(MDB_txn *txn, MDB_dbi side, const uid_t16 *owner)
{
    int rc = 0;
    for (unsigned kind = 0; kind < JOURNAL_ROW_KINDS && !rc; kind++) {
        uint8_t bytes[KEY_SIZE];
        make_key(owner, (uint8_t)kind, bytes);
        MDB_val key = {sizeof bytes, bytes};
        rc = mdb_del(txn, side, &key, NULL);
        rc = rc == MDB_NOTFOUND ? 0 : rc;
    }
    return rc;
}

static int put_row(MDB_txn *txn, MDB_dbi side, const journal_row_t *row)
{
    uint8_t bytes[KEY_SIZE];
    make_key(&row->owner, row->kind, bytes);
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value = {row->bytes.size, (void *)(uintptr_t)row->bytes.data};
    if (value.mv_size)
        return mdb_put(txn, side, &key, &value, 0);
    int rc = mdb_del(txn, side, &key, NULL);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int lmdb_put_rows(MDB_txn *txn, MDB_dbi side, const journal_row_t *rows, size_t count)
{
    int rc = 0;
    for (size_t i = 0; i < count && !rc; i++)
        rc = rows[i].kind == JOURNAL_ROW_ALL ? erase_owner(txn, side, &rows[i].owner)
                                             : put_row(txn, side, &rows[i]);
    return rc;
}

int lmdb_change_rows(lmdb_t *self, MDB_txn *txn, const journal_row_t *rows, size_t count,
                     MDB_dbi *ret_side)
{
    *ret_side = self->side;
    if (count == 0)
        return 0;
    int rc = self->has_side ? 0 : mdb_dbi_open(txn, "side", MDB_CREATE, ret_side);
    return rc ? rc : lmdb_put_rows(txn, *ret_side, rows, count);
}

// ---- Reading

typedef struct {
    journal_row_fn *visit;
    void *arg;
    size_t bytes, bytes_max;
    uid_t16 owner;
} walk_t;

// False at the end of what is to be visited, or of what could be.
static bool step(walk_t *walk, const MDB_val *key, const MDB_val *value, fail_t *ret_fail)
{
    journal_row_t row = {.bytes = {value->mv_data, (uint32_t)value->mv_size}};
    if (key->mv_size != KEY_SIZE || value->mv_size > JOURNAL_ROW_MAX) {
        *ret_fail = FAIL_CORRUPT;
        return false;
    }
    memcpy(row.owner.bytes, key->mv_data, sizeof row.owner.bytes);
    row.kind = ((const uint8_t *)key->mv_data)[sizeof row.owner.bytes];
    if (walk->bytes >= walk->bytes_max && !uid_equal(&row.owner, &walk->owner))
        return false;
    walk->owner = row.owner;
    walk->bytes += value->mv_size + KEY_SIZE;
    *ret_fail = walk->visit(&row, walk->arg);
    return !*ret_fail;
}

static fail_t walk_rows(MDB_cursor *cursor, const uid_t16 *from, walk_t *walk)
{
    uint8_t bytes[KEY_SIZE];
    make_key(from, 0, bytes);
    MDB_val key = {sizeof bytes, bytes}, value;
    fail_t fail = FAIL_NONE;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (!rc && step(walk, &key, &value, &fail))
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    return rc && rc != MDB_NOTFOUND ? lmdb_fail(rc) : fail;
}

fail_t lmdb_rows(journal_reader_t *base, const uid_t16 *from, size_t bytes_max,
                 journal_row_fn *visit, void *arg)
{
    lmdb_reader_t *reader = (lmdb_reader_t *)base;
    lmdb_t *self = (lmdb_t *)base->journal;
    walk_t walk = {.visit = visit, .arg = arg, .bytes_max = bytes_max ? bytes_max : 1};
    MDB_cursor *cursor;
    if (!self->has_side)
        return FAIL_NONE;
    walk.owner = *from;
    int rc = lmdb_view_begin(self, &reader->view);
    if (rc)
        return lmdb_fail(rc);
    rc = mdb_cursor_open(reader->view.txn, self->side, &cursor);
    fail_t fail = rc ? lmdb_fail(rc) : walk_rows(cursor, from, &walk);
    if (!rc)
        mdb_cursor_close(cursor);
    return lmdb_view_end(self, &reader->view) ? fail : FAIL_STORE;
}
