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
// The head of a journal's moment; zero of one that was never appended to.
fail_t journal_check_head(const void *bytes, size_t size, uint64_t last, head_t *ret_head);
