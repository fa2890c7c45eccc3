#pragma once
// page_rows - the postings of a `statement`, as rows of a page or of a file.
//
// Ownership: rows borrow from the answer. Failures: a walk ends at what is no posting. Threads:
// any. Pure.
#include "proto/event.h"
#include "proto/request.h"
#include "proto/wire.h"
#include "services/web/page_made.h"

typedef struct {
    wire_t wire;
    uint32_t left;
} page_walk_t;

typedef struct {
    uint64_t sequence;
    instant_t at;
    event_posted_t posted;
    kopecks_t sum, after; // signed; cash and bonus after it
} page_posting_t;

void page_walk_start(page_walk_t *self, const answer_statement_t *statement);
bool page_walk_next(page_walk_t *self, page_posting_t *ret_posting);

span_t page_posting_what(const page_posting_t *posting, language_t language);
size_t page_rows_fill(const answer_statement_t *statement, language_t language,
                      page_rows_lines_t *ret_lines, size_t max);
