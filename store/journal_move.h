#pragma once
// journal_move - a journal gets to another place, of the same engine or another one, while its
// process goes on: what is there is copied, and what comes meanwhile followed, until little is
// left; then the old place is fenced (journal_leave), the rest copied, and the new one becomes a
// whole journal with the head, the rows and the term of that moment. Sequences, epoch and hashes
// are the same, so whoever follows it goes on.
//
// Where it is cut off, the same call goes on. At each moment at most one of the two places can be
// written by a process: the old one until it is fenced, the new one from when it is whole.
//
// Ownership  What it opens it closes. Failures: as journal_open, journal_transfer and
//            journal_leave; FAIL_CONFLICT if there is a whole journal already, or it goes on
//            elsewhere; FAIL_LATER if more is written than can be followed; `check`'s and `step`'s.
// Threads    One, and the old journal has no other environment in this process.
#include "store/journal.h"

// What is about to be done, in this order.
typedef enum {
    JOURNAL_MOVE_FOLLOW, // again and again
    JOURNAL_MOVE_FENCE,  // the old place is left
    JOURNAL_MOVE_REST,   // what came until then is copied
    JOURNAL_MOVE_WHOLE,  // the head
    JOURNAL_MOVE_DONE
} journal_move_step_t;

typedef struct {
    const char *from, *to;
    // Told of each step; its failure ends the move. May be NULL.
    fail_t (*step)(void *arg, journal_move_step_t step);
    // Holds what is in the new place up to the moment against the moment's head, before it counts;
    // what it has read it need not read again. May be NULL.
    fail_t (*check)(void *arg, journal_reader_t *to, const journal_moment_t *moment);
    void (*progress)(void *arg, uint64_t done, uint64_t all); // events; may be NULL
    void *arg;
    char *why; // JOURNAL_WHY_MAX bytes for people, "" if the failure says all
} journal_move_t;

typedef struct {
    uint64_t last; // of the journal that moved
    uint64_t rest; // events that were copied behind the fence
    bool before;   // it had moved there already
} journal_moved_t;

fail_t journal_move(const journal_move_t *move, journal_moved_t *ret_moved);
