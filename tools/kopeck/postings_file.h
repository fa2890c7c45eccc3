#pragma once
// postings_file - postings wanted, one a line: CSV under a header, or JSON objects.
//
// The first line decides: one that begins with `{` is JSON. CSV, read as tools/command_line/csv.h
// says, has a header of the names below in any order. A byte-order mark and blank lines are
// skipped; every other byte of a file is posted, or its line is refused.
//     debit, credit     a UUID, or a system account by title
//     amount            CSV: rubles, as 12.34; JSON: whole kopecks
//     amount_kopecks    CSV only, in the place of `amount`
//     kind              a posting kind, by number or title
//     reference         a UUID, may be missing
// Ownership: the file is borrowed. Failures: false and `error` names line, value and expectation.
#include "proto/event.h"
#include "tools/command_line/csv.h"
#include <stdio.h>

enum { POSTINGS_ERROR_MAX = 256 };

typedef struct {
    csv_t csv;                   // also where a line of JSON is
    int columns[CSV_FIELDS_MAX]; // CSV: which field stands in which column
    size_t columns_count;
    bool json, begun;
    char error[POSTINGS_ERROR_MAX];
} postings_file_t;

void postings_file_init(postings_file_t *self, FILE *file);
// The next posting. False at the end, and after an error.
bool postings_file_next(postings_file_t *self, event_posting_requested_t *ret_posting);
