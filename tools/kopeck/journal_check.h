#pragma once
// journal_check - reads a whole journal and says whether it is one: every event decodes, their tree
// has the root that the head says, and the head is that of the last event.
//
// It reads in the process that calls it: see apart.h. Failures: those of the journal; FAIL_CORRUPT,
// and a text. Threads: one.
#include "services/node/head.h"
#include "store/journal.h"

enum { JOURNAL_CHECK_ERROR_MAX = 512 };

typedef struct {
    uint64_t epoch, term, last;
    instant_t time; // of the last batch
    hash_t root;
    char error[JOURNAL_CHECK_ERROR_MAX]; // what was wrong
} journal_check_t;

// `what` stands before the bar.
fail_t journal_check(const char *place, const char *what, journal_check_t *ret_check);
// The same of a journal that grows, piece by piece: each time what is new up to the moment, and the
// root of all of it. A piece's events are those that the next begins behind.
typedef struct journal_walk journal_walk_t;
journal_walk_t *journal_walk_new(const char *what);
void journal_walk_destroy(journal_walk_t **self_p);
fail_t journal_walk_on(journal_walk_t *self, journal_reader_t *reader,
                       const journal_moment_t *moment, journal_check_t *ret_check);

// The head of a journal's moment; zero of one that was never appended to.
fail_t journal_check_head(const void *bytes, size_t size, uint64_t last, head_t *ret_head);
