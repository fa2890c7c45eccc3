#pragma once
// journal - an append-only sequence of immutable events, kept as records, with one small `head`
// value beside it that every append replaces in the same transaction.
//
// Sequences start at 1 and have no gap, also after a failed append. Nothing is visible before its
// append has returned FAIL_NONE, and then it is on stable storage together with its head. One
// writer at a time: a writer takes the next term, and an append under an older term is FAIL_FENCED.
// FAIL_INVALID, FAIL_FENCED, FAIL_CONFLICT and FAIL_FULL are found before anything is written and
// change nothing. After any other failed write the journal refuses everything with FAIL_STORE: the
// process must end and start again (Linux reports a failed flush once).
//
// The engine that keeps it is chosen by a word, before a colon, of the place that is opened:
//     lmdb:DIRECTORY   an LMDB environment and segments beside it (lmdb/journal_lmdb.h)
//     memory:NAME      the model disk of that name (memory/journal_memory.h)
//     postgresql:DIRECTORY   a PostgreSQL database; the directory says which
//                      (postgresql/journal_postgresql.h)
//     DIRECTORY        the same as lmdb:DIRECTORY
// store/engines.c is the table of them. tests/unit/test_journal.c is the contract of all.
// Units: bytes. Ownership: see each call. Failures: FAIL_*.
// Threads: a journal belongs to one thread; each further reading thread opens a journal_reader_t.
#include "proto/fail.h"
#include "proto/types.h"

enum {
    JOURNAL_RECORD_MAX = 256 * 1024, // bytes of one record
    JOURNAL_EVENT_MAX = 32 * 1024,   // bytes of one event
    JOURNAL_HEAD_MAX = 64 * 1024,    // bytes of the head value
    JOURNAL_APPEND_MAX = 1024,       // records of one append
    JOURNAL_ROW_MAX = 8 * 1024,      // bytes of one row of the side store
    JOURNAL_ROWS_MAX = 1024,         // rows of one append
    JOURNAL_ROW_KINDS = 16,          // of one owner
    JOURNAL_PLACE_MAX = 4096,        // bytes of a place with its closing NUL
    JOURNAL_WHY_MAX = 256            // likewise of what a failed open found
};
#define JOURNAL_SEGMENT_EVENTS (UINT64_C(1) << 24) // events of a segment unless configured

typedef struct journal journal_t;
typedef struct journal_reader journal_reader_t;

// One record as it is stored, published and replayed; store/record.h says what is inside.
typedef struct {
    uint64_t first; // sequence of its first event
    uint32_t count; // events in it, at least 1
    bytes_t bytes;
} journal_record_t;

// Called once per record in order; a non-zero return ends the read and is passed through.
// `record` is borrowed until the call returns. A visitor calls nothing of a journal and never
// waits: it holds up the reuse of pages and the growth of the map.
typedef fail_t journal_visit_fn(const journal_record_t *record, void *arg);

typedef struct {
    uint64_t used_bytes;       // of the live part's file; it is reused and never shrinks
    uint64_t disk_free_bytes;  // for this process, by its limits and quota
    uint64_t disk_total_bytes; // 0: the engine does not know its disk
    uint64_t sealed_events;    // events that have left for segment files
    bool leftover;             // some of their records are still in the live part too
} journal_room_t;

// How a place is opened; what is zero is the default.
typedef struct {
    bool create;             // makes a journal if there is none; else nothing is left at a place
                             // without one: it may be where a volume is to be mounted
    bool read_only;          // may run beside the writer's process, and by somebody who may write
                             // nothing of the journal: no file is made
    bool leaves;             // for journal_leave, beside the process that writes: nothing else can
                             // be changed by it
    uint64_t segment_events; // a power of two, 0 for what is there (JOURNAL_SEGMENT_EVENTS if new)
    uint64_t reserve_bytes;  // of the disk that no append takes, 0 for 16 MiB
    uint64_t map_bytes;      // LMDB's map to begin with, 0 for 64 MiB
    uint64_t term_min;       // what journal_lead takes is at least this. Callers pass unix time in
                             // milliseconds: a journal that was put back from an older copy then
                             // takes no term that the one before it had
    char *why;               // JOURNAL_WHY_MAX bytes for people: what a failed open found, empty if
                             // the failure says all; NULL if nobody wants to know
} journal_options_t;

// FAIL_INVALID if the place names no engine that there is (journal_engines lists their words),
// FAIL_MISSING if there is no journal and create is false, FAIL_FENCED if another process is its
// writer, FAIL_CONFIG if it has another segment_events, FAIL_VERSION if a newer program made it.
fail_t journal_open(const char *place, const journal_options_t *options, journal_t **ret_journal);
void journal_destroy(journal_t **self_p);

// Whether it refuses everything from now on: a write failed, or its server is lost.
bool journal_is_broken(const journal_t *self);
// For people: what the last failed write of an open journal found; "" if the failure says all.
// Valid until the next call of the journal.
const char *journal_why(const journal_t *self);

// What a process must still reach when it has given up all else, for the sandbox.
typedef struct {
    char directory[JOURNAL_PLACE_MAX]; // files in it are made, read, written, removed; "" for none
    char peers[JOURNAL_PLACE_MAX];     // tcp://HOST:PORT of each server, with spaces between
    char archives[4 * JOURNAL_PLACE_MAX]; // directories that are read, a line each
} journal_needs_t;

// Says it, and with `create` makes what a journal's making needs and a confined process may not
// make (of LMDB its directory; nothing if it is there). FAIL_INVALID as of journal_open; without
// `create` FAIL_MISSING if there is no journal, and then nothing was made.
fail_t journal_prepare(const char *place, bool create, journal_needs_t *ret_needs);
// Whether journals of that place are files in a directory, which journal_copy can write.
bool journal_is_of_files(const char *place);
const char *journal_engines(void); // how a place may be written, for people
bool journal_engine_is_known(const char *place);

// Becomes the writer: takes and stores a higher term than any before. The head must be read after
// this, so that a late append of the writer before is either seen or refused.
fail_t journal_lead(journal_t *self, uint64_t *ret_term);

// For one that stands by to take the term: whether nobody holds it now, for the writer who took it
// last has ended, or his machine was silent for too long. It says when, and fences nobody: two may
// hear it, and journal_lead decides. FAIL_INVALID of an engine whose journal one process has alone.
fail_t journal_is_vacant(journal_t *self, bool *ret_vacant);

// Copies the head into `out` and sets its size, 0 for a journal that was never appended to, and the
// last sequence. FAIL_FULL if cap is too small.
fail_t journal_head(journal_t *self, void *out, size_t cap, size_t *ret_size, uint64_t *ret_last);

// Appends `records` (may be none: then only the head moves) and replaces the head, in one
// transaction, durable on return. `expected` is the last sequence before; records must follow it
// without a gap and may not cross a segment's border, else FAIL_INVALID. FAIL_FENCED if term is not
// the one that journal_lead took last, or the journal is open for reading only. FAIL_CONFLICT if
// expected is not the last. FAIL_FULL if the disk has no room for it.
fail_t journal_append(journal_t *self, uint64_t expected, uint64_t term,
                      const journal_record_t *records, size_t count, const void *head,
                      size_t head_size);

// ---- The side store: what may be forgotten lies beside the journal, in rows by owner and kind.
// They are put and taken out in the transaction of the events that tell of it, and go into every
// copy. What their bytes are the store does not know: whoever appends has sealed them. Unlike an
// event a row can be taken out; its old pages are free then and stay in the file until they are
// used again (docs/rules.md "Side store").

#define JOURNAL_ROW_ALL UINT8_MAX // as a kind, without bytes: every row of that owner

typedef struct {
    uid_t16 owner;
    uint8_t kind;  // below JOURNAL_ROW_KINDS
    bytes_t bytes; // empty: the row is taken out, or none was there
} journal_row_t;

// As journal_append, and the rows are changed in their order in the same transaction. FAIL_INVALID
// too for a kind or a size that is none.
fail_t journal_append_rows(journal_t *self, uint64_t expected, uint64_t term,
                           const journal_record_t *records, size_t count, const void *head,
                           size_t head_size, const journal_row_t *rows, size_t rows_count);

uint64_t journal_last(const journal_t *self);
uint64_t journal_segment_events(const journal_t *self); // a power of two

// What is read at once by who reads all, and what leaves the live part at once: 1 MiB, less where
// segments are small. A segment is always many pieces, so that tests with small ones meet every
// border that a platform's large ones have. (And a long list of free pages would be written again
// with every commit until it is used up.)
size_t journal_piece_bytes(const journal_t *self);
fail_t journal_room(journal_t *self, journal_room_t *ret_room);

// Readers in other processes. One that reads holds the pages of what it sees: none of them is used
// again until it ends, and the file grows with every commit. One that was killed amid a read would
// hold them for ever.
typedef struct {
    uint32_t dead;   // readers of processes that are gone: forgotten now
    uint64_t behind; // commits since the oldest view that somebody still reads; 0 if nobody does
    int pid;         // and whose that is
    uint64_t view;   // its name: the same in two looks if it is the same view
} journal_readers_t;

// Call it by the clock. An engine without such readers says zero.
fail_t journal_look_at_readers(journal_t *self, journal_readers_t *ret_readers);

// One moment of a journal: what a copy of it holds. Plain data, it keeps nothing open.
typedef struct {
    uint64_t last, term;
    uint64_t sealed_events; // that lay in segment files
    size_t head_size;
    uint8_t head[JOURNAL_HEAD_MAX];
} journal_moment_t;

typedef struct {
    const char *directory; // where the copy goes: made if missing
    const char *earlier;   // of an earlier copy of the journal, "" for none: a segment that it has
                           // too is linked if it lies on the same disk
    bool replace;          // a copy that is there already: never a journal that somebody writes
    // May be NULL. Called again and again with how many events of how many are copied.
    void (*progress)(void *arg, uint64_t done, uint64_t all);
    void *arg;
    char *why; // JOURNAL_WHY_MAX bytes: which segment is missing, and where it was looked for
} journal_copy_t;

typedef struct {
    uint64_t segments;          // in the copy
    uint64_t linked, unchanged; // of these: from the earlier copy; there already
} journal_copied_t;

// Copies a moment of the journal to a place of its own, which journal_open opens like any other,
// also while another process writes on; no page is held for longer than a short read. Several
// journals are copied as of one moment by taking all their moments first.
// Rows of the side store are those of when the copy is made, not older than the moment: what was
// forgotten since is not in it.
// What a copy that was cut off left behind is used again. The copy is durable on return and has
// nobody's lock. FAIL_CONFLICT if a journal is there already and replace is false; FAIL_FULL if the
// disk has no room; FAIL_CORRUPT if a segment is not what its own digests say (events are not
// hashed: check the copy). Of an engine that has no files the copy is LMDB's, written anew each
// time (store/journal_transfer.h). FAIL_INVALID of an engine that keeps nothing which could be
// copied (the model disk).
fail_t journal_moment(journal_t *self, journal_moment_t *ret_moment);
fail_t journal_copy(journal_t *self, const journal_moment_t *moment, const journal_copy_t *copy,
                    journal_copied_t *ret_copied);

// ---- Moving: a journal that goes on at another place (store/journal_move.h).

// Says here that the journal goes on at `place`, and takes the next term, in one transaction. No
// append of its writer comes behind that (FAIL_FENCED), and it cannot be opened for writing any
// more: FAIL_FENCED, and `why` names the place. Done already it is nothing; FAIL_CONFLICT if it was
// left for another place. FAIL_INVALID unless it was opened with `leaves`, and of an engine that
// cannot (the model disk).
fail_t journal_leave(journal_t *self, const char *place);
// Where it goes on; "" if here.
fail_t journal_left_for(journal_t *self, char ret_place[JOURNAL_PLACE_MAX]);
// Whether its writer has found so: at an append, or here, where it is looked at; the journal is
// broken then. Call it by the clock: who appends nothing would never hear of it.
void journal_look_whether_left(journal_t *self);
bool journal_was_left(const journal_t *self);

// ---- The archive: sealed segments in other directories, on other disks or machines. The journal
// names them (store/segment_places.h), and reads them from there as from its own.

// A sealed segment, and where it lies.
typedef struct {
    uint64_t number, first, last, bytes;
    fail_t fail;          // it is not there, or damaged; then `place` says where it was looked for
    const char *place;    // its directory
    bool archived, moved; // it lies in the archive; it was moved there now
} journal_segment_t;

typedef struct {
    const char *to; // one of the archive's directories, as the journal names it; NULL: only visits
    uint64_t keep;  // that many of the newest stay
    void (*visit)(void *arg, const journal_segment_t *segment); // each, in order
    void *arg;
    char *why; // JOURNAL_WHY_MAX bytes of what failed
} journal_archive_t;

typedef struct {
    uint64_t segments, moved, missing;
} journal_archived_t;

// Moves sealed segments into the archive, also while a process writes and reads the journal: each
// is copied, made durable there, read back and hashed, and only then removed here. What was cut off
// is done by the next call. FAIL_CONFIG if `to` is no directory of the archive; FAIL_INVALID of an
// engine without segment files; FAIL_CORRUPT if a copy is not what it was.
fail_t journal_archive(journal_t *self, const journal_archive_t *archive,
                       journal_archived_t *ret_archived);

// A reader sees committed records, wherever they lie (LMDB or a sealed segment). It holds no
// transaction between calls. It must not outlive its journal. One thread at a time uses it.
fail_t journal_reader_open(journal_t *self, journal_reader_t **ret_reader);
void journal_reader_destroy(journal_reader_t **self_p);
fail_t journal_reader_last(journal_reader_t *self, uint64_t *ret_last);
// For people: which segment was not there when a read last failed, or what a server said; "" if the
// failure says all. Valid until the reader's next call.
const char *journal_reader_why(const journal_reader_t *self);
// As journal_head, for a reader's thread.
fail_t journal_reader_head(journal_reader_t *self, void *out, size_t cap, size_t *ret_size,
                           uint64_t *ret_last);

// Visits the record that holds `from` (it may begin before it) and those that follow it, until
// about `bytes_max` bytes were visited (at least one record), the end, or a visitor that says stop.
// FAIL_MISSING if from is 0 or beyond the last.
fail_t journal_read(journal_reader_t *self, uint64_t from, size_t bytes_max,
                    journal_visit_fn *visit, void *arg);

// Copies the bytes of one event. FAIL_MISSING, FAIL_FULL if cap is too small.
fail_t journal_find(journal_reader_t *self, uint64_t sequence, void *out, size_t cap,
                    size_t *ret_size);

// Called once per row; as journal_visit_fn.
typedef fail_t journal_row_fn(const journal_row_t *row, void *arg);

// Visits the rows of `from` and of the owners behind him in the order of their bytes, each owner's
// together and by kind, until about `bytes_max` bytes were visited and an owner is complete, the
// end, or a visitor that says stop.
fail_t journal_rows(journal_reader_t *self, const uid_t16 *from, size_t bytes_max,
                    journal_row_fn *visit, void *arg);

// Moves full segments out of the live part, a bounded step a call; call it between two appends, and
// again and again, under load too. A thread of the engine's writes the oldest full segment as one
// plain file, reads it back and checks it against its root; the call that finds this done commits
// it (*ret_sealed). Its records then leave the live part in pieces: every append removes about
// twice the bytes that it adds, in its own transaction, and a call with `idle` removes a piece in a
// transaction of its own. A reader finds what is sealed in its segment from the commit on, packed
// anew: where a record begins may differ from what he read before, so who reads on walks from the
// sequence he wants (record_walk_from).
// Once a reader has found a segment damaged (FAIL_CORRUPT), nothing leaves the live part any more.
// FAIL_FULL if the disk has no room for the file; nothing is lost by that, nor by a file that
// cannot be written or read back: it is tried again, and appends go on. A commit that fails is a
// failed write. The model disk has no thread and no file: it does each of these steps in one call.
fail_t journal_seal(journal_t *self, bool idle, bool *ret_sealed);
