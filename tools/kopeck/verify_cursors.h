#pragma once
// verify_cursors - checks that each journal follows the histories that are there: what it has taken
// in last of another's stream must be in that journal, under that name. Example: the ledger's
// volume was not mounted, and it began anew; its new journal holds by itself, but payment and
// autopay have followed another.
//
// What a journal followed must be known before the others' lasts are: they may grow meanwhile.
// Memory: plain. Failures: in the report. Threads: one. Source: docs/rules.md "Facts and
// judgements".
#include "services/node/head.h"
#include "tools/kopeck/verify_report.h"

enum { VERIFY_CURSORS_MAX = STREAM_END * STREAM_END };

typedef struct {
    stream_t follower;
    uint64_t last;   // the follower's own
    cursor_t cursor; // a leaf of zero is not compared, nor is sequence 0
    bool other;      // said already: another name
    bool met;        // its event was fed
} verify_cursor_t;

typedef struct {
    verify_report_t *report;
    verify_cursor_t rows[VERIFY_CURSORS_MAX];
    size_t count;
} verify_cursors_t;

void verify_cursors_init(verify_cursors_t *self, verify_report_t *report);
// `epoch` is that of the journal that is there for cursor->stream.
void verify_cursors_add(verify_cursors_t *self, stream_t follower, uint64_t last,
                        const cursor_t *cursor, uint64_t epoch);
// An event of that stream.
void verify_cursors_feed(verify_cursors_t *self, stream_t stream, uint64_t sequence,
                         const hash_t *leaf);
void verify_cursors_finish(verify_cursors_t *self);
