#pragma once
// watch - what this process does to the files below one directory, told call by call: the program
// itself defines open, pwrite, fdatasync and the others, LMDB and our store come through them, and
// each call that changes a file or its name is told to the watcher after it was carried out.
//
// The lock files are left out: nothing of them has to survive. A flush can be made to
// fail as Linux fails it: EIO once, what was dirty is clean, the cache still shows it.
// A mapping that is written to would escape it; default LMDB has none, and msync on a watched
// process ends it by assert.
//
// Threads: one watch in a process; the calls of other threads are told one at a time.
#include "proto/types.h"

enum { WATCH_NAME_MAX = 40 };

typedef enum {
    STEP_MAKE,          // a new file or directory has a name
    STEP_RENAME,        // `name` became `to`
    STEP_UNLINK,        //
    STEP_WRITE,         // into the cache
    STEP_WRITE_THROUGH, // O_DSYNC: durable when it returns
    STEP_TRUNCATE,      // to `offset`
    STEP_FLUSH,         // everything written to the file is durable
    STEP_FLUSH_FAILED,  // what was written to the file and is not durable never will be by itself
    STEP_FLUSH_NAMES,   // the names in the directory `name` are durable
    STEP_SUBMITTED,     // mark: commit `offset` was handed to the store
    STEP_ACKNOWLEDGED,  // mark: outputs that follow from commit `offset` leave
    STEP_LED,           // mark: term `offset` was taken
    STEP_SENT           // mark: a charge of invoice `offset` leaves
} step_kind_t;

// Names are relative to the directory: "data.mdb", "segments/000000000000.segment"; "" is itself.
typedef struct {
    step_kind_t kind;
    char name[WATCH_NAME_MAX], to[WATCH_NAME_MAX];
    uint64_t file; // inode number
    bool directory;
    uint64_t offset;
    uint32_t size;
    const uint8_t *data; // borrowed
} step_t;

typedef void watch_fn(void *arg, const step_t *step);

// Calls below `directory` are told from now on; only descriptors opened from now on are known.
void watch_begin(const char *directory, watch_fn *tell, void *arg);
void watch_end(void);
// The flush after `flushes` more ones fails; 0 for none.
void watch_fail_flush(unsigned flushes);
// Flags that every environment is opened with besides its own: for negative controls.
void watch_lmdb_flags(unsigned flags);
// What getrandom gives from now on, so that a run is repeated by its seed.
void watch_entropy(uint64_t seed);
