#pragma once
// committer - a thread that appends a batch to the journal while the loop fills the next one.
//
// The loop gives it one batch, goes on with the next, and takes the result before it ends that one.
// So commits follow each other, nothing of a batch leaves before its commit, and what the disk
// needs is no longer lost. Where nothing could be done meanwhile the loop appends by itself: a
// thread's turn takes longer than a small commit.
//
// While it runs, the journal is its: the loop reads through its reader, and writes, seals and looks
// at the disk in between. A batch with rows of the side store is not for it, for those are sealed
// by what the loop's reader finds.
//
// Ownership: the owner closes. Failures: those of past_append, by committer_take. Threads: the
// loop's, and its own.
#include "services/process/past.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

typedef struct {
    past_t *past;
    bool running; // a batch was given, and its result not taken
    pthread_t thread;
    bool open, ends;
    sem_t given;
    int fd; // readable when it has a result
    node_batch_t batch;
    fail_t fail;
    atomic_bool done;
} committer_t;

bool committer_open(committer_t *self, past_t *past); // false: no thread can be made
void committer_close(committer_t *self);
void committer_give(committer_t *self, const node_batch_t *batch);
bool committer_is_done(const committer_t *self); // of a batch that was given
fail_t committer_take(committer_t *self);        // waits for it
