#pragma once
// journal_lmdb - a journal in an LMDB environment, its full segments beside it as plain files.
//
//   data.mdb     table "records": big-endian first sequence -> record (store/record.h)
//                table "state":   "head", "term", "layout" (version, segment_events), "sealed"
//   data.mdb.new what becomes data.mdb once it is whole; of a start that a power cut ended
//   lock.mdb     LMDB's own
//   writer.lock  held by the one process that may write (flock)
//   segments/    sealed segments (store/segment.h)
//
// Default flags, so mdb_txn_commit returns after both flushes, and that return is what an
// acknowledgement promises. MDB_NOTLS is the one exception and is about memory only: a reader's
// slot then belongs to the reader and not to its thread, so one thread may hold several readers and
// its own loop's, and a reader may be opened in one thread and used in another.
//
// The map grows by itself between two appends, long before it is full. An append that would leave
// less than reserve_bytes on the disk is FAIL_FULL before anything is written.
//
// Failures   as in journal.h; FAIL_CORRUPT where stored bytes are not what was written. A damaged
//            data.mdb can also end the process in LMDB itself (SIGSEGV, SIGBUS), for LMDB has no
//            checksums: check journals of doubtful origin in a process of their own.
// Threads    as in journal.h. At most one open environment per process and directory.
// Source     LMDB 0.9.24's lmdb.h and mdb.c, and measurements.
#include "store/journal.h"

typedef struct {
    const char *directory;
    uint64_t map_bytes;      // to begin with, 0 for 64 MiB
    uint64_t segment_events; // a power of two, 0 for what is there (JOURNAL_SEGMENT_EVENTS if new)
    uint64_t reserve_bytes;  // of the disk that no append takes, 0 for 16 MiB
    uint64_t term_min;       // what journal_lead takes is at least this. Callers pass unix time in
                             // milliseconds: a journal that was put back from an older copy then
                             // takes no term that the one before it had
    bool create;             // makes directory and tables if they are missing
    bool read_only;          // may run beside the writer's process; the map follows its growth
} journal_lmdb_options_t;

// FAIL_MISSING if there is no journal and create is false, FAIL_FENCED if another process is its
// writer, FAIL_CONFIG if it has another segment_events, FAIL_VERSION if a newer program made it.
fail_t journal_open_lmdb(const journal_lmdb_options_t *options, journal_t **ret_journal);

// What `create` does about the directory, alone: for a process that gives up the right to make it
// before it opens its journal. Nothing if it is there.
fail_t journal_make_directory(const char *directory);
