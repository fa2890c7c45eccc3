#pragma once
// snapshot - a copy of a process's state in a file, so that a start need not replay from event 1.
// It is a cache: a snapshot that is missing, damaged or of another layout costs time and nothing
// else. It waits for its caller: a start replays its whole journal until the cores can be copied.
//
//   snapshot.NNN (NNN = sequence): a head of 128 bytes {magic, u32 layout, u64 epoch, u64 sequence,
//   leaf hash of the event at that sequence, u64 size of the blob, SHA-256 of all before it and the
//   blob}, then the blob. Little-endian.
//
// Written under another name, flushed, renamed, the directory flushed: under its name a snapshot is
// whole. The newest SNAPSHOT_KEEP are kept, so a damaged one leaves its predecessor.
//
// Ownership  A snapshot borrows from its file's map until snapshot_destroy.
// Failures   FAIL_STORE, FAIL_FULL (no room); FAIL_MISSING when none fits.
// Threads    snapshot_write from one thread at a time per directory; it may run beside a load.
#include "proto/fail.h"
#include "proto/types.h"
#include <sys/uio.h>

enum {
    SNAPSHOT_KEEP = 2,
    SNAPSHOT_PARTS_MAX = 64,
    SNAPSHOT_FILES_MAX = 64 // looked at in a directory; more than SNAPSHOT_KEEP means trouble
};

typedef struct {
    uint32_t layout;   // of the blob; raised whenever its meaning changes
    uint64_t epoch;    // of the history
    uint64_t sequence; // of the last event in it, at least 1
    hash_t leaf;       // of that event
} snapshot_mark_t;

typedef struct snapshot snapshot_t;

// Writes the blob that `parts` are one after the other, then removes what is older than the newest
// SNAPSHOT_KEEP. The directory must exist.
fail_t snapshot_write(const char *directory, const snapshot_mark_t *mark, const struct iovec *parts,
                      size_t parts_count);

// Opens the newest undamaged snapshot of that layout and epoch whose sequence is at most
// sequence_max. Who finds that the journal holds another event at mark.sequence than mark.leaf asks
// again with that sequence - 1.
fail_t snapshot_load(const char *directory, uint32_t layout, uint64_t epoch, uint64_t sequence_max,
                     snapshot_t **ret_snapshot);
void snapshot_destroy(snapshot_t **self_p);

const snapshot_mark_t *snapshot_mark(const snapshot_t *self);
const void *snapshot_blob(const snapshot_t *self, size_t *ret_size); // aligned to 64 bytes
