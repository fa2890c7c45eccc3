#pragma once
// page_rows - the postings of a `statement`, as rows of a page or of a file.
//
// Ownership: rows borrow from the answer. Failures: a walk ends at what is no posting. Threads:
// any. Pure.
#include "proto/codes.h"
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
    cause_t cause;
    event_posted_t posted;
    kopecks_t sum, after; // signed; cash and bonus after it
} page_posting_t;

// One posting as stored; false for what is none.
bool page_posting_read(uint64_t sequence, bytes_t bytes, page_posting_t *ret_posting);
// Metering's sequence of what it was for, 0 for a posting that is no usage.
uint64_t page_posting_usage(const page_posting_t *posting);

void page_walk_start(page_walk_t *self, const answer_statement_t *statement);
bool page_walk_next(page_walk_t *self, page_posting_t *ret_posting);

// What a code says; "?" for one that is not known here.
span_t page_words(codes_family_t family, uint64_t number, language_t language);
span_t page_posting_what(const page_posting_t *posting, language_t language);
size_t page_rows_fill(const answer_statement_t *statement, language_t language,
                      page_rows_lines_t *ret_lines, size_t max);
