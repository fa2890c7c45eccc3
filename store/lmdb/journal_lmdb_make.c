// A new journal: its directory, and its file under another name until it is whole, for LMDB makes
// its first pages one by one, and refuses a file of which a power cut left some.
#include "store/lmdb/journal_lmdb_env.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_LOCK LMDB_NEW "-lock" // LMDB's own

fail_t lmdb_sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return FAIL_STORE;
    int failed = fsync(fd);
    (void)close(fd);
    return failed ? FAIL_STORE : FAIL_NONE;
}

fail_t lmdb_make_directory(const char *directory)
{
    if (mkdir(directory, 0700))
        return errno == EEXIST ? FAIL_NONE : FAIL_STORE;
    char *parent;
    if (asprintf(&parent, "%s/..", directory) < 0)
        return FAIL_FULL;
    fail_t fail = lmdb_sync_directory(parent);
    free(parent);
    return fail;
}

int lmdb_make_tables(MDB_txn *txn, uint64_t segment_events, MDB_dbi *ret_records,
                     MDB_dbi *ret_state)
{
    lmdb_layout_t layout = {htole64(LMDB_LAYOUT_VERSION), htole64(segment_events)};
    MDB_val key = lmdb_key("layout"), value = {sizeof layout, &layout};
    int rc = mdb_dbi_open(txn, "records", MDB_CREATE, ret_records);
    if (!rc)
        rc = mdb_dbi_open(txn, "state", MDB_CREATE, ret_state);
    return rc ? rc : mdb_put(txn, *ret_state, &key, &value, 0);
}

// On return the file is durable, its name is not.
static int write_file(const char *path, uint64_t segment_events)
{
    MDB_env *env;
    MDB_dbi records, state;
    MDB_txn *txn;
    int rc = mdb_env_create(&env);
    if (rc)
        return rc;
    rc = mdb_env_set_maxdbs(env, LMDB_TABLES_MAX);
    if (!rc)
        rc = mdb_env_open(env, path, MDB_NOSUBDIR, 0600);
    if (!rc)
        rc = mdb_txn_begin(env, NULL, 0, &txn);
    if (!rc)
        rc = lmdb_finish(txn, lmdb_make_tables(txn, segment_events, &records, &state));
    mdb_env_close(env);
    return rc;
}

fail_t lmdb_make(const lmdb_t *self, const char *directory, uint64_t segment_events)
{
    char *path;
    if (!faccessat(self->directory_fd, LMDB_SEGMENTS, F_OK, 0))
        return FAIL_CORRUPT; // of a journal whose other part is lost: no place for a new one
    if (unlinkat(self->directory_fd, LMDB_NEW, 0) && errno != ENOENT)
        return FAIL_STORE;
    if (asprintf(&path, "%s/%s", directory, LMDB_NEW) < 0)
        return FAIL_FULL;
    int rc = write_file(path, segment_events);
    free(path);
    (void)unlinkat(self->directory_fd, NEW_LOCK, 0);
    if (rc)
        return lmdb_fail(rc);
    if (renameat(self->directory_fd, LMDB_NEW, self->directory_fd, LMDB_DATA))
        return FAIL_STORE;
    return lmdb_sync_directory(directory);
}
