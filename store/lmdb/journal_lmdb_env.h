#pragma once
// journal_lmdb_env - what the parts of the LMDB engine share: the open environment, its views and
// numbers, its room. Only journal_lmdb*.c include this; journal_lmdb.h has the tables.
//
// int results are LMDB's return codes; lmdb_fail translates them.
#include "store/journal_backend.h"
#include "store/sealer.h"
#include "store/segment_places.h"
#include <lmdb.h>
#include <pthread.h>

enum {
    // Pages that a commit may write besides its records: two trees' paths, the head, the free list.
    LMDB_COMMIT_PAGES = 128,
    LMDB_READER_SEGMENTS_MAX = 8, // open in one reader
    LMDB_TABLES_MAX = 4,
    LMDB_TRIES_MAX = 1000,
    LMDB_HOLD_BYTES = 4 << 20, // taken from the disk at a time, ahead of what is written
    LMDB_LAYOUT_VERSION = 1
};
#define LMDB_DATA "data.mdb"
#define LMDB_NEW LMDB_DATA ".new" // until it is whole
#define LMDB_SEGMENTS "segments"

typedef struct {
    uint64_t version;
    uint64_t segment_events;
} lmdb_layout_t; // little-endian

// A read transaction that is kept between its uses, reset and so holding no page, with a cursor.
typedef struct {
    MDB_txn *txn;
    MDB_cursor *cursor;
} view_t;

typedef struct {
    journal_t base;
    MDB_env *env;
    MDB_dbi records, state;
    MDB_dbi side;  // rows by owner and kind, if has_side: it is made with the first one
    bool has_side; // of the journal's own thread, as its readers of rows are
    // Held shared by every view in use: the map moves when it grows, and nobody may stand on it.
    pthread_rwlock_t map_lock;
    view_t view; // of the journal's own thread
    int directory_fd, lock_fd;
    uint64_t term, term_min;
    char why[JOURNAL_WHY_MAX]; // of the last write that was refused
    uint64_t sealed;           // events
    bool leftover;             // records below may still be live
    atomic_bool damaged;       // a segment: nothing is cleared any more; set by any reader's thread
    bool unregistered; // no reader of ours has a slot in LMDB's lock file: pages of a view may be
                       // written over while it is read (lmdb_view_end)
    sealer_t *sealer;
    segment_places_t places; // of segments
    uint64_t reserve_bytes;
    uint64_t held_bytes; // of the file, to which the disk has given its blocks
    unsigned page_bytes;
} lmdb_t;

typedef struct {
    journal_reader_t base;
    view_t view;
    segment_t *segments[LMDB_READER_SEGMENTS_MAX]; // segment n lies at n % LMDB_READER_SEGMENTS_MAX
    char why[JOURNAL_WHY_MAX];                     // of the last segment that was not there
} lmdb_reader_t;

fail_t lmdb_fail(int rc);

// The directory of the segments that were not archived.
static inline const char *lmdb_segments(const lmdb_t *self)
{
    return self->places.directories[0];
}

static inline MDB_val lmdb_key(const char *text)
{
    return (MDB_val){strlen(text), (void *)(uintptr_t)text};
}

// A view is a read transaction for the time between begin and end; the map stays where it is.
int lmdb_view_begin(lmdb_t *self, view_t *view);
// False if what was read in the view is worth nothing: somebody wrote over its pages. Only of an
// unregistered journal: read it again, LMDB_TRIES_MAX times.
bool lmdb_view_end(lmdb_t *self, view_t *view);
void lmdb_view_close(view_t *view);
bool lmdb_was_kept(const lmdb_t *self, MDB_txn *txn);

// A number in the state table, 0 if it is not there.
int lmdb_get_number(lmdb_t *self, MDB_txn *txn, const char *name, uint64_t *ret_number);
int lmdb_put_number(lmdb_t *self, MDB_txn *txn, const char *name, uint64_t number);

// Commits, or aborts if rc says so. The transaction is over either way, and so is the journal if
// its commit failed.
int lmdb_finish(MDB_txn *txn, int rc);

// The last sequence, live or sealed.
int lmdb_last(lmdb_t *self, MDB_txn *txn, MDB_cursor *cursor, uint64_t *ret_last);

uint64_t lmdb_used_bytes(const lmdb_t *self, uint64_t *ret_map_bytes);
// FAIL_FULL if the disk does not give blocks up to this end of the file (a quota, no room).
fail_t lmdb_hold_blocks(lmdb_t *self, uint64_t end);
// Of the disk and the process's own limit.
fail_t lmdb_room_now(lmdb_t *self, journal_room_t *ret_room); // without what is sealed
// FAIL_FULL if so many bytes more do not fit; else no write of them can find no room.
fail_t lmdb_room_on_disk(lmdb_t *self, uint64_t bytes);

// Lets the map grow long before it is full: a full one fails the commit that finds it so.
fail_t lmdb_room_in_map(lmdb_t *self, uint64_t bytes);

// journal_lmdb_make.c
int lmdb_make_tables(MDB_txn *txn, uint64_t segment_events, MDB_dbi *ret_records,
                     MDB_dbi *ret_state);
fail_t lmdb_make_directory(const char *directory); // nothing if it is there
fail_t lmdb_make(const lmdb_t *self, const char *directory, uint64_t segment_events);
fail_t lmdb_sync_directory(const char *path); // makes its names durable: LMDB and mkdir do not

// journal_lmdb_size.c: FAIL_CORRUPT if a page of the `counted` is missing at the file's end and was
// not let go of
fail_t lmdb_check_size(int fd, uint64_t page_bytes, uint64_t counted);

// journal_lmdb_rows.c
int lmdb_load_rows(lmdb_t *self, MDB_txn *txn); // whether there is a table
uint64_t lmdb_rows_room(const lmdb_t *self, const journal_row_t *rows, size_t count);
int lmdb_put_rows(MDB_txn *txn, MDB_dbi side, const journal_row_t *rows, size_t count);
// A table that this transaction made is there once it is committed.
int lmdb_change_rows(lmdb_t *self, MDB_txn *txn, const journal_row_t *rows, size_t count,
                     MDB_dbi *ret_side);
fail_t lmdb_rows(journal_reader_t *base, const uid_t16 *from, size_t bytes_max,
                 journal_row_fn *visit, void *arg);

// journal_lmdb_copy.c
fail_t lmdb_moment(journal_t *base, journal_moment_t *ret_moment);
fail_t lmdb_copy(journal_t *base, const journal_moment_t *moment, const journal_copy_t *copy,
                 journal_copied_t *ret_copied);

// journal_lmdb_leave.c
// A transaction of the writer's; FAIL_FENCED if somebody took its term.
fail_t lmdb_begin_as_writer(lmdb_t *self, MDB_txn **ret_txn);
// FAIL_FENCED, and where it goes on in `why` of JOURNAL_WHY_MAX bytes, if it was left.
fail_t lmdb_refuse_left(lmdb_t *self, MDB_txn *txn, char *why);
fail_t lmdb_leave(journal_t *base, const char *place);
fail_t lmdb_left_for(journal_t *base, char ret_place[JOURNAL_PLACE_MAX]);

// journal_lmdb_archive.c
fail_t lmdb_archive(journal_t *base, const journal_archive_t *archive,
                    journal_archived_t *ret_archived);

// journal_lmdb_read.c and journal_lmdb_seal.c
fail_t lmdb_reader_open(journal_t *base, journal_reader_t **ret_reader);
fail_t lmdb_reader_last(journal_reader_t *base, uint64_t *ret_last);
fail_t lmdb_reader_head(journal_reader_t *base, void *out, size_t cap, size_t *ret_size,
                        uint64_t *ret_last);
// FAIL_LATER if what was read may have been written over meanwhile.
fail_t lmdb_head_once(lmdb_t *self, view_t *view, void *out, size_t cap, size_t *ret_size,
                      uint64_t *ret_last);
fail_t lmdb_read(journal_reader_t *base, uint64_t from, size_t bytes_max, journal_visit_fn *visit,
                 void *arg);
const char *lmdb_reader_why(const journal_reader_t *base);
void lmdb_reader_close(journal_reader_t *base);
fail_t lmdb_look_at_readers(journal_t *base, journal_readers_t *ret_readers);
fail_t lmdb_seal(journal_t *base, bool idle, bool *ret_sealed);
// Removes records that lie in a segment file, at least one and about `bytes` of them, and says
// whether more are left.
int lmdb_clear(lmdb_t *self, MDB_txn *txn, uint64_t bytes, bool *ret_leftover);
void lmdb_seal_stop(journal_t *base);
