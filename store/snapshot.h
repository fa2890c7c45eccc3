#pragma once
// snapshot - a copy of a process's state in a file, so that a start need not replay from event 1.
// It is a cache: a snapshot that is missing, damaged, of another journal or of another program
// costs time and nothing else. It may be deleted at any time.
//
//   snapshot.NNN (NNN = sequence): a head of 256 bytes {magic, u64 stream, epoch, sequence, u64
//   size of the blob, leaf hash of the event at that sequence, shape of the state, the program,
//   zeroes, SHA-256 of all before it and the blob}, then the blob. Little-endian.
//
// Written under another name, flushed, renamed, the directory flushed: under its name a snapshot is
// whole. The newest SNAPSHOT_KEEP are kept, so a damaged one leaves its predecessor. Large ones are
// flushed in pieces, so that no commit of a journal on the same disk waits for all of one.
//
// Ownership  A snapshot borrows from its file's map until snapshot_destroy.
// Failures   FAIL_STORE, FAIL_FULL (no room); FAIL_MISSING when there is none.
// Threads    snapshot_write from one thread at a time per directory; it may run beside a load.
#include "proto/digest.h"
#include "proto/fail.h"
#include "proto/types.h"

enum {
    SNAPSHOT_KEEP = 2,
    SNAPSHOT_FILES_MAX = 64, // looked at in a directory; more than SNAPSHOT_KEEP means trouble
    SNAPSHOT_HEAD_BYTES = 256
};

// What a state was, and when. Who loads it must be the same program, or one whose states and rules
// are the same.
typedef struct {
    stream_t stream;
    uint64_t epoch;    // of the history
    uint64_t sequence; // of the last event in it, at least 1
    hash_t leaf;       // of that event
    hash_t shape;      // of the blob's fields
    hash_t program;    // that made it
} snapshot_mark_t;

typedef struct snapshot snapshot_t;

// --- as bytes ---

void snapshot_head(const snapshot_mark_t *mark, const digest_part_t *parts, size_t parts_count,
                   uint8_t out[SNAPSHOT_HEAD_BYTES]);
// Are these the bytes of a whole snapshot, head and blob? NULL if so, else what is wrong.
const char *snapshot_check(const void *data, size_t size, snapshot_mark_t *ret_mark);

// --- as files ---

// Writes the blob that `parts` are one after the other, then removes what is older than the newest
// SNAPSHOT_KEEP. The directory must exist.
fail_t snapshot_write(const char *directory, const snapshot_mark_t *mark,
                      const digest_part_t *parts, size_t parts_count);

// Told of each that is passed over.
typedef void snapshot_passed_fn(void *arg, uint64_t sequence, const char *why);

// Opens the newest undamaged snapshot whose sequence is at most sequence_max. Who finds that it
// does not fit asks again with its sequence - 1. `passed` may be NULL.
fail_t snapshot_load(const char *directory, uint64_t sequence_max, snapshot_passed_fn *passed,
                     void *arg, snapshot_t **ret_snapshot);
void snapshot_destroy(snapshot_t **self_p);

const snapshot_mark_t *snapshot_mark(const snapshot_t *self);
const void *snapshot_blob(const snapshot_t *self, size_t *ret_size); // aligned to 64 bytes
