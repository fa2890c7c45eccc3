#pragma once
// follower - where we are in a stream that another process writes: cursor, what it announced, which
// question is out, and whether its history is still the one we followed.
//
// PUB/SUB loses messages by design, so a publication is a hint: it is taken if it continues the
// cursor, else its number is noted and the replay door is asked. A follower is correct without any
// publication. Pure; the node drives it. One question is out at a time.
#include "proto/core.h"
#include "proto/stream.h"
#include "services/common/head.h"
#include "store/record.h"

typedef enum { FOLLOWER_FACTS, FOLLOWER_VIEW, FOLLOWER_FEED } follower_mode_t;

enum {
    FOLLOWER_QUESTION_US = 2 * 1000 * 1000, // an unanswered question is asked again
    FOLLOWER_PAUSE_US = 1000 * 1000,        // a feed whose next item is not yet to be taken
    FOLLOWER_CURRENT_US = 5 * 1000 * 1000   // what was announced longer ago makes nothing current
};

typedef struct {
    stream_t stream;
    follower_mode_t mode;
    int64_t poll_us;             // ask when nothing was heard for so long
    cursor_t cursor;             // the last event taken in
    uint64_t term;               // of the writer whose replay door last vouched for our cursor
    uint64_t announced;          // the producer's last sequence, as far as we heard
    instant_t announced_through; // with announced: what the feed has sent all of
    instant_t heard;             // monotonic; 0 before the first sign of life in this process
    bool asked;
    instant_t asked_at;    // monotonic
    instant_t paused;      // monotonic; what is missing is not asked for before
    uint64_t asked_number; // of the question that is out
    uint64_t asked_behind; // the cursor's sequence that it carried
    bool doubt; // another writer, or less than we hold: nothing is taken before the replay
                // door said that it still holds our event
    bool table; // FOLLOWER_VIEW: rows are being fetched
    bool table_begun;
    uint64_t table_row, table_last;
    const char *trouble; // another history, or an event we must know; static text, NULL if none
} follower_t;

void follower_init(follower_t *self, stream_t stream, follower_mode_t mode, int64_t poll_us);

// What to do with a record: take it from cursor + 1 on, or nothing now.
bool follower_publication(follower_t *self, const publication_t *publication, instant_t monotonic);
// An answer to a replay question. True if its records are to be taken. It vouches for the cursor
// that the question carried: one of another writer that comes after we moved on vouches for
// nothing, and the question is asked anew (found by tests/formal/cursor.pml).
bool follower_replayed(follower_t *self, const answer_t *answer, instant_t monotonic);
// After an event was taken in. `leaf` may be computed once, for the last event of a run.
void follower_took(follower_t *self, uint64_t sequence, const hash_t *leaf);

// After an item that is not to be taken yet.
void follower_pause(follower_t *self, instant_t monotonic);

// Is a question due? Fills it in and notes that it is out.
bool follower_ask(follower_t *self, instant_t monotonic, uint64_t number, request_t *ret_question);
// The instant (monotonic) at which follower_ask may say yes without anything having come in.
instant_t follower_wake(const follower_t *self);

bool follower_is_behind(const follower_t *self);
bool follower_is_current(const follower_t *self, instant_t monotonic);
// Views only: forget everything and fetch the table again.
void follower_restart(follower_t *self);
