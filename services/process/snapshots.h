#pragma once
// snapshots - makes a process's snapshots while it runs, in a thread of their own.
//
// The thread copies nothing of the running node, which so never waits for it: it makes a second
// node of the journal as a start does, from the snapshot before and the events behind it, checks it
// as a start does, and writes that. So a snapshot holds what is committed and nothing else, and
// each one that was written has been started from.
//
// When: as soon as so many events are behind the last one, or so much time and a sixteenth of the
// events; but not before nine times as long as the last one took, so that at most a tenth of a core
// goes into them. Example: with 4194304 events and an hour, at 100 postings a second one an hour;
// at a million a second with 240 MB of state one each half a minute.
//
// It takes as much memory again as the state, for as long as one is made: none is made where that
// would reach the process's limit, and none where its file would be more than a quarter of the free
// disk.
//
// Ownership: the owner closes. Failures: a line of the log; it is tried again a minute later at
// the earliest. Threads: the loop's, and its own.
#include "services/process/past.h"
#include <pthread.h>
#include <stdatomic.h>

typedef struct {
    const settings_t *settings;
    past_t *past;
    char directory[JOURNAL_PLACE_MAX]; // empty: none are made
    bool running;
    uint64_t made;              // sequence of the last one
    int64_t due_ms, not_before; // monotonic
    int64_t started_ms;
    // The thread's, while it runs
    pthread_t thread;
    atomic_bool stop, done;
    node_config_t config;
    journal_reader_t *reader;
    uint64_t term, room_bytes, memory_bytes;
    fail_t fail;
    uint64_t sequence, bytes; // of what was made
    char why[256];
} snapshots_t;

void snapshots_open(snapshots_t *self, const settings_t *settings, past_t *past);
// Between two batches. `full`: the disk has no room for any.
void snapshots_tend(snapshots_t *self, int64_t now_ms, bool full);
void snapshots_close(snapshots_t *self); // ends what is being made
