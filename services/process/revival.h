#pragma once
// revival - makes a node of what a journal holds: its head, the newest snapshot that fits, every
// event behind that, and the check that all comes to what the head says. A start does it, and
// whoever makes the next snapshot beside a running process (snapshots.h).
//
// A snapshot is a cache. One that does not fit is passed over with a line of the log that says why;
// if the journal does not go on from one as it should, all is replayed without any.
//
// Ownership: the node is the caller's. Failures: those of the journal and its content, and a text
// that says what and where; FAIL_LATER if it was told to stop. Threads: one, with a reader of its
// own.
#include "services/node/node.h"
#include "store/journal.h"
#include <stdatomic.h>

enum { REVIVAL_PROGRESS_MS = 5000 };

typedef struct {
    const node_config_t *config;
    journal_reader_t *reader;
    size_t piece;                   // journal_piece_bytes
    uint64_t term;                  // above any that the journal's head has
    const char *snapshots;          // the directory where they are; NULL: all is replayed
    const journal_moment_t *moment; // how far it goes; NULL: as far as there is
    bool strict;                    // that the journal does not go on from a snapshot is a failure
    const node_t *before;           // whose clock the node goes on with, or NULL
    atomic_bool *stop; // beside a running process, to be ended by it, unhurriedly; or NULL
} revival_t;

// Takes a node that was made of an earlier moment of the journal on to `moment`, which must be set.
// FAIL_HISTORY if the journal is not the one that it was made of. After a failure the node is good
// for nothing but to be destroyed.
fail_t revival_go_on(const revival_t *self, node_t *node, char *error, size_t error_size);
fail_t revival_run(const revival_t *self, node_t **ret_node, char *error, size_t error_size);
