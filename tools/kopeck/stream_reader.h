#pragma once
// stream_reader - reads a stream through its replay door, event by event, without a gap; a
// publication can save it a question, never the truth.
//
// A producer that no longer holds the event before the one asked for is another history: it
// refuses, and the reader ends. Ownership: the session is borrowed; an event lives for the visit.
// Failures: said on stderr; an exit status. Threads: one.
#include "proto/stream.h"
#include "tools/kopeck/session.h"

typedef struct {
    session_t *session;
    stream_t stream;
    uint64_t epoch, last; // the producer's, as of its last answer; 0 before
    uint64_t next;        // the sequence wanted next, from 1
    hash_t leaf;          // of event next - 1; zero if not known
} stream_reader_t;

// Anything but EX_OK ends the reading and is passed through.
typedef int stream_visit_fn(void *arg, uint64_t sequence, bytes_t event);

enum { STREAM_PAGE_BYTES = 900 * 1024 };

// Visits one page of events from `next` on; at the producer's head none.
int stream_reader_page(stream_reader_t *self, stream_visit_fn *visit, void *arg);
// Visits to the producer's head, or up to and including `to`.
int stream_reader_read(stream_reader_t *self, uint64_t to, stream_visit_fn *visit, void *arg);
// Takes a published record if it continues; *ret_missed if it does not and there is more to read.
int stream_reader_publication(stream_reader_t *self, const publication_t *publication,
                              stream_visit_fn *visit, void *arg, bool *ret_missed);
