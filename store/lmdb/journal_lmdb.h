#pragma once
// journal_lmdb - a journal in an LMDB environment, its full segments beside it as plain files.
//
//   data.mdb     table "records": big-endian first sequence -> record (store/record.h)
//                table "state":   "head", "term", "layout" (version, segment_events), "sealed",
//                                 "left" (the place where it goes on)
//   data.mdb.new what becomes data.mdb once it is whole; of a start that a power cut ended
//   lock.mdb     LMDB's own; a reader that may not write it, or finds none, reads without a slot:
//                it takes what it read for nothing when the writer wrote over it meanwhile,
//                which can also end it in LMDB (SIGABRT, SIGSEGV): in a process of its own, that
//                is tried again
//   writer.lock  held by the one process that may write (flock)
//   segments/    sealed segments (store/segment.h)
//   archive      directories that hold sealed segments, too (store/segment_places.h); none
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
// Source     LMDB 0.9.24's lmdb.h and mdb.c, and measurements; tests/crash holds with 0.9.31 too.
#include "store/journal.h"

// For the table of engines: `directory` is what stands behind the word.
fail_t journal_lmdb_open(const char *directory, const journal_options_t *options,
                         journal_t **ret_journal);
fail_t journal_lmdb_prepare(const char *directory, bool create, journal_needs_t *ret_needs);
