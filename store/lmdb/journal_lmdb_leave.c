// The fence: who writes is looked at in the transaction itself, for LMDB lets any process write.
#include "store/lmdb/journal_lmdb_env.h"
#include <stdio.h>

static fail_t read_left(lmdb_t *self, MDB_txn *txn, char ret_place[JOURNAL_PLACE_MAX])
{
    MDB_val key = lmdb_key("left"), value;
    int rc = mdb_get(txn, self->state, &key, &value);
    *ret_place = '\0';
    if (rc == MDB_NOTFOUND)
        return FAIL_NONE;
    if (rc || value.mv_size >= JOURNAL_PLACE_MAX)
        return rc ? lmdb_fail(rc) : FAIL_CORRUPT;
    memcpy(ret_place, value.mv_data, value.mv_size);
    ret_place[value.mv_size] = '\0';
    return FAIL_NONE;
}

static void say_left(const char *place, char *why)
{
    snprintf(why, JOURNAL_WHY_MAX, "it was moved, and goes on at %.200s", place);
}

fail_t lmdb_refuse_left(lmdb_t *self, MDB_txn *txn, char *why)
{
    char place[JOURNAL_PLACE_MAX];
    fail_t fail = read_left(self, txn, place);
    if (fail || !*place)
        return fail;
    self->base.left = true;
    say_left(place, why);
    return FAIL_FENCED;
}

fail_t lmdb_begin_as_writer(lmdb_t *self, MDB_txn **ret_txn)
{
    MDB_txn *txn;
    uint64_t term;
    int rc = mdb_txn_begin(self->env, NULL, 0, &txn);
    if (!rc && (rc = lmdb_get_number(self, txn, "term", &term)))
        mdb_txn_abort(txn);
    if (rc)
        return FAIL_STORE;
    if (self->term && term != self->term) {
        (void)lmdb_refuse_left(self, txn, self->why);
        mdb_txn_abort(txn);
        return FAIL_FENCED;
    }
    *ret_txn = txn;
    return FAIL_NONE;
}

static fail_t put_left(lmdb_t *self, MDB_txn *txn, const char *place)
{
    MDB_val key = lmdb_key("left"), value = lmdb_key(place);
    uint64_t term = 0;
    int rc = lmdb_get_number(self, txn, "term", &term);
    term = term + 1 > self->term_min ? term + 1 : self->term_min;
    if (!rc)
        rc = lmdb_put_number(self, txn, "term", term);
    rc = lmdb_finish(txn, rc ? rc : mdb_put(txn, self->state, &key, &value, 0));
    return rc ? FAIL_STORE : FAIL_NONE;
}

fail_t lmdb_leave(journal_t *base, const char *place)
{
    lmdb_t *self = (lmdb_t *)base;
    char there[JOURNAL_PLACE_MAX];
    MDB_txn *txn;
    fail_t fail = lmdb_room_in_map(self, (uint64_t)LMDB_COMMIT_PAGES * self->page_bytes);
    if (fail)
        return fail;
    int rc = mdb_txn_begin(self->env, NULL, 0, &txn);
    if (rc == MDB_MAP_RESIZED && !(rc = mdb_env_set_mapsize(self->env, 0)))
        rc = mdb_txn_begin(self->env, NULL, 0, &txn);
    if (rc)
        return FAIL_STORE;
    fail = read_left(self, txn, there);
    if (!fail && !*there)
        return put_left(self, txn, place);
    mdb_txn_abort(txn);
    return fail ? fail : strcmp(there, place) == 0 ? FAIL_NONE : FAIL_CONFLICT;
}

fail_t lmdb_left_for(journal_t *base, char ret_place[JOURNAL_PLACE_MAX])
{
    lmdb_t *self = (lmdb_t *)base;
    int rc = lmdb_view_begin(self, &self->view);
    if (rc)
        return lmdb_fail(rc);
    fail_t fail = read_left(self, self->view.txn, ret_place);
    if (!fail && *ret_place)
        say_left(ret_place, self->why);
    return lmdb_view_end(self, &self->view) ? fail : FAIL_LATER;
}
