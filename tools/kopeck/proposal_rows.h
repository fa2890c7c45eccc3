#pragma once
// proposal_rows - the commands for which two must agree, as a process lists them: those that wait,
// or all that it remembers.
//
// Ownership: a row's texts and request live until the visitor returns. Failures: an exit status,
// after the reason was said on stderr. Threads: one. Source: proto/PROTOCOL.md §7.1.
#include "tools/kopeck/session.h"

typedef struct {
    uid_t16 id;
    uint64_t sequence, state;
    instant_t at, expires;
    text_t certificate, by;
    kopecks_t amount;
    bytes_t request;
} proposal_row_t;

typedef void proposal_visit_fn(void *arg, const proposal_row_t *row);

int proposal_rows_visit(session_t *session, stream_t stream, bool all, proposal_visit_fn *visit,
                        void *arg);
