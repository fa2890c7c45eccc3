#pragma once
// journal_postgresql - a journal in a PostgreSQL database, so that it outlives its machine where
// the server has synchronous standbys. libpq is all that is used of it, and plain SQL.
//
// The place is a directory on this machine. Of the journal it holds nothing but how it is reached:
//     connection  a libpq connection string, over as many lines as one likes; lines that begin
//                 with # are for people. host, dbname and user must be there. One word is ours:
//                 schema=NAME, `kopeck` unless given. A password in it must be its owner's alone
//     pgpass      passwords, as libpq's passfile, unless `connection` names another; certificates
//                 too, for a confined process reaches no other file
// and the snapshots of its process, which are a cache. A directory without `connection` is no
// journal: a volume may not be mounted. Environment variables and service files of libpq are not
// asked.
//
// One schema is one journal, layout version 1:
//     journal  one row: version, segment_events, term, last (sequence), head
//     record   first (sequence), count (of events), bytes (store/record.h)
//     side     owner, kind, bytes: the side store's rows
//     moved    one row: the place where the journal goes on; the table is made when it is left
// An append is one statement and so one transaction: it moves `journal` from the term and the last
// sequence that the writer knows to the next, and puts nothing where that row is another one by
// now. It is done when the server says that it is ready again, which is after its commit; with
// synchronous standbys that is after they have it, too. A lost connection leaves unknown what
// became of it, so that the journal is broken then, and the next start finds out by the head. So it
// is when a reader or journal_room finds that.
// journal_lead commits the same way, so that what is read after it is what the standbys have.
//
// Opening for writing is refused (FAIL_CONFIG) where a commit would not be durable: fsync or
// synchronous_commit off, or standbys named and synchronous_commit not waiting for their disks.
// What was found is kept for the session, so that nobody weakens it meanwhile.
//
// Records stay in their table: no segment leaves it, and journal_seal has nothing to do. What there
// is room for the server knows: journal_room says nothing of the disk (both zero), and a full one
// is FAIL_FULL. No lock keeps anybody out: who opens it later is the writer, and an append of the
// one before is FAIL_FENCED. But each term has an advisory lock, which its writer's session holds,
// so that one that stands by hears when he has gone (journal_is_vacant): at once if his process
// ends, after some 20 s if his machine is silent. A pool that shares sessions (PgBouncer) must not
// stand between.
//
// Units      bytes.
// Ownership  As journal.h.
// Failures   As journal.h; of the server FAIL_STORE, and `why` says what libpq does.
// Threads    As journal.h; each reader has a connection of its own, to the writer's server: a
// standby
//            shows what is committed a little later.
// Source     PostgreSQL 15's manual: "Explicit Locking", "Replication", "libpq" (docs/operations.md
//            "Journals in PostgreSQL").
#include "store/journal.h"

fail_t journal_postgresql_open(const char *directory, const journal_options_t *options,
                               journal_t **ret_journal);
fail_t journal_postgresql_prepare(const char *directory, bool create, journal_needs_t *ret_needs);
