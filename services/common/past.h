#pragma once
// past - opens a process's journal and makes a node of it: takes the term, reads the head, applies
// every record. What comes out is the process as it was at its last commit.
//
// Ownership: the caller closes. Failures: those of the journal and its content, and a text that
// says what and where; the node is then NULL and what was opened is still to be closed. Threads:
// one.
#include "services/common/node.h"
#include "services/common/settings.h"

typedef struct {
    journal_t *journal;
    journal_reader_t *reader; // the loop's own
    node_t *node;
    uint64_t term;
} past_t;

enum { PAST_READ_BYTES = 8 * 1024 * 1024, PAST_PROGRESS_MS = 5000 };

fail_t past_open(past_t *self, const settings_t *settings, const core_t *core,
                 const void *core_settings, char *error, size_t error_size);
// Makes the node again from what is committed, forgetting a batch that could not be.
fail_t past_return(past_t *self, const settings_t *settings, const core_t *core,
                   const void *core_settings, char *error, size_t error_size);
void past_close(past_t *self);
