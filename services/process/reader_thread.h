#pragma once
// reader_thread - the replay door: a thread of its own that reads committed records, so that the
// loop never touches an old page and a long statement holds nobody up.
//
// It answers one request at a time, whoever asks, so a peer has one answer in the making; libzmq
// takes the next request from the next peer in turn. An answer that finds no room or nobody there
// is dropped and counted: who asked asks again. What peers leave unread is bounded (unread.h); who
// is over his bound is not answered.
// Ownership: the actor owns its socket and its reader, not the journal_reader given to it. Threads:
// it makes and closes its socket in its own. Failures: a door that cannot be bound says so at
// start.
#include "proto/span.h"
#include "services/process/reader.h"
#include "services/process/security/roster.h"
#include "services/process/security/access_token.h"
#include "services/process/socket.h"
#include <stdatomic.h>

typedef struct {
    const char *endpoint;
    zcert_t *own;
    roster_board_t *board; // who may come in
    journal_reader_t *journal;
    stream_t stream;
    uint64_t epoch, term;
    reader_hook_fn *hook;
    // What the writer's clock is ahead of CLOCK_BOOTTIME, as of its last batch; 0 if it is not sure
    // of it. So an answer tells a time that the wall clock's last jump has no part in.
    atomic_llong ahead_us;
    access_judge_t *judge;               // the thread's own
    atomic_ullong answered, dropped;     // for the counters
    atomic_ullong unread;                // of those dropped, for being over the bound
    atomic_ullong malformed, unfinished; // handshakes (watch.h)
} reader_thread_t;

// Starts the thread; `settings` must outlive it. Its zactor_destroy ends it; NULL if the door could
// not be bound.
zactor_t *reader_thread_new(reader_thread_t *settings);
// As lines of a status. Any thread.
void reader_thread_counters(const reader_thread_t *self, writer_t *out);
