#pragma once
// segment_places - where a journal's sealed segments may lie: its own directory of them first, then
// those that the file `archive` beside its database names, one a line, searched in that order. A
// path that is not absolute begins at the journal's directory; lines that begin with # and empty
// ones are for people. The archive may be another disk or machine's, and a segment is in it once
// it is there under its name (journal_archive).
//
// Ownership  Plain data. Failures as of segment.h; FAIL_CONFIG for a file that is none.
// Threads    any, once it was read.
#include "store/segment.h"

enum { SEGMENT_PLACES_MAX = 9, SEGMENT_ARCHIVE_MAX = 16 * 1024 }; // directories; bytes of the file
#define SEGMENT_ARCHIVE "archive"

typedef struct {
    char directories[SEGMENT_PLACES_MAX][SEGMENT_PATH_MAX]; // the first is the journal's own
    size_t count;
} segment_places_t;

// Of a journal in `directory`, whose own segments lie in its subdirectory `own`. `why` says what is
// wrong with the file.
fail_t segment_places_read(const char *directory, const char *own, segment_places_t *ret_places,
                           char why[JOURNAL_WHY_MAX]);

// Opens a segment where it is found first: one that is damaged in one place is looked for in the
// next. What the journal has and no place holds is FAIL_CORRUPT; `why` names the file, and where it
// was looked for.
fail_t segment_places_open(const segment_places_t *self, uint64_t number, uint64_t events,
                           char why[JOURNAL_WHY_MAX], segment_t **ret_segment);
// The same, and which directory has it.
fail_t segment_places_find(const segment_places_t *self, uint64_t number, uint64_t events,
                           char why[JOURNAL_WHY_MAX], segment_t **ret_segment, size_t *ret_place);
