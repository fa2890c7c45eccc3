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
// Two engines stand behind it: journal_open_lmdb (journal_lmdb.h) and the model disk
// journal_open_memory (journal_memory.h). tests/unit/test_journal.c is the contract of both.
// Units: bytes. Ownership: see each call. Failures: FAIL_*.
// Threads: a journal belongs to one thread; each further reading thread opens a journal_reader_t.
#include "proto/fail.h"
#include "proto/types.h"

enum {
    JOURNAL_RECORD_MAX = 256 * 1024, // bytes of one record
    JOURNAL_EVENT_MAX = 32 * 1024,   // bytes of one event
    JOURNAL_HEAD_MAX = 64 * 1024,    // bytes of the head value
    JOURNAL_APPEND_MAX = 1024        // records of one append
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
    uint64_t used_bytes; // of the live part's file; it is reused and never shrinks
    uint64_t disk_free_bytes, disk_total_bytes;
    uint64_t sealed_events; // events that have left for segment files
} journal_room_t;

void journal_destroy(journal_t **self_p);

// Becomes the writer: takes and stores a higher term than any before. The head must be read after
// this, so that a late append of the writer before is either seen or refused.
fail_t journal_lead(journal_t *self, uint64_t *ret_term);

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

uint64_t journal_last(const journal_t *self);
uint64_t journal_segment_events(const journal_t *self); // a power of two
fail_t journal_room(journal_t *self, journal_room_t *ret_room);

// A reader sees committed records, wherever they lie (LMDB or a sealed segment). It holds no
// transaction between calls. It must not outlive its journal. One thread at a time uses it.
fail_t journal_reader_open(journal_t *self, journal_reader_t **ret_reader);
void journal_reader_destroy(journal_reader_t **self_p);
fail_t journal_reader_last(journal_reader_t *self, uint64_t *ret_last);

// Visits the record that holds `from` and those after it, until about `bytes_max` bytes were
// visited (at least one record), the end, or a visitor that says stop. FAIL_MISSING if from is 0 or
// beyond the last.
fail_t journal_read(journal_reader_t *self, uint64_t from, size_t bytes_max,
                    journal_visit_fn *visit, void *arg);

// Copies the bytes of one event. FAIL_MISSING, FAIL_FULL if cap is too small.
fail_t journal_find(journal_reader_t *self, uint64_t sequence, void *out, size_t cap,
                    size_t *ret_size);

// Moves full segments out of the live part, a bounded step a call; call it between two appends, and
// again and again. A thread of the engine's writes the oldest full segment as one plain file, reads
// it back and checks it against its root; the call that finds this done commits it (*ret_sealed),
// and the calls after it remove the records, about 1 MiB each. FAIL_FULL if the disk has no room
// for the file; nothing is lost by that, nor by a file that cannot be written or read back: it is
// tried again, and appends go on. A commit that fails is a failed write. The memory engine never
// seals.
fail_t journal_seal(journal_t *self, bool *ret_sealed);
