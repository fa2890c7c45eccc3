#pragma once
// follower - how far we are in a stream that another process writes: the cursor, what the producer
// announced, which question is out, and whether its history is still the one that we followed.
//
// PUB/SUB loses messages by design, so a publication is a hint. One that goes on from the cursor is
// taken. Of any other the number is noted, and the replay door is asked for what lies between.
// Example: the cursor is at 10. A publication of 11 and 12 is taken. One of 15 is not: 15 is noted,
// and the replay door is asked from 11 on. A follower is correct without any publication.
//
// What our journal noted of the stream (node.witnessed) is held against it as well: a writer that
// does not hold it any more has been cut short or written anew. Where the note reaches further than
// the cursor, a writer we have not met must hold it before anything of it is taken.
//
// One question is out at a time. It is a value; the node asks and hears for it. Units: microseconds
// of the monotonic clock. Failures: `trouble`, which an operator ends. Where it is another history,
// as of a second process at the producer's doors, the replay door is asked further on: once it says
// that it holds our event, it is the producer that we followed, and we go on. Threads: one.
#include "proto/core.h"
#include "proto/stream.h"
#include "services/base/walk.h"
#include "services/node/head.h"
#include "store/record.h"

typedef enum { FOLLOWER_FACTS, FOLLOWER_VIEW, FOLLOWER_BOTH, FOLLOWER_FEED } follower_mode_t;

enum {
    FOLLOWER_QUESTION_US = 2 * 1000 * 1000, // an unanswered question is asked again
    FOLLOWER_PARTED_US = 10 * 1000 * 1000,  // whether our history is back
    FOLLOWER_PAUSE_US = 1000 * 1000,        // a feed whose next item is not yet to be taken
    FOLLOWER_CURRENT_US = 5 * 1000 * 1000   // what was announced longer ago makes nothing current
};

// What our journal says last of what the stream came to; epoch 0: nothing. (node.witnessed)
typedef struct {
    uint64_t epoch, term, last;
    hash_t root, leaf;
    bool ended;   // the event there is the writer's node.ended
    instant_t at; // stamp of our event
} follower_note_t;

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
    instant_t asked_at; // monotonic
    instant_t paused;   // monotonic; what is missing is not asked for before
    int64_t word_us;    // asked again after so long though nothing is missing, for its time; 0: not
    uint64_t asked_number; // of the question that is out
    uint64_t asked_cursor; // the cursor's sequence that it carried
    // Another writer spoke, or one that holds less than we do. Nothing is taken before the replay
    // door has said that it still holds our event.
    bool unvouched;
    uint64_t stored_epoch; // the history that our journal's head says we accepted; 0 for none
    bool fetches_table;    // of a view: its rows
    bool table_begun;
    bool table_unvouched; // the replay door has not said yet whose history the rows are of
    uint64_t table_row, table_last;
    uint64_t table_term; // of the writer whose rows they are; 0 from one that does not say
    // Of a view: the epoch by which the producer goes of each stream, 0 if that is not known,
    // and the bits of those that something of its was caused by.
    uint64_t goes_by[STREAM_END], caused_by;
    uint64_t reseeded; // our sequence of the last node.reseeded of this stream, 0 if there is none
    follower_note_t noted;
    bool note_due;         // what the stream comes to is wanted, to be noted
    bool asked_witness;    // the question that is out asks for it
    uint64_t met_term;     // the writer that the note was to be held against,
    uint64_t checked_term; // and the last one that held what it says
    instant_t note_at;     // monotonic: no note is wanted before
    bool contradicted;     // the trouble is that the stream is not what was noted of it
    bool parted;           // the trouble is another history
    const char *trouble;   // another history, or an event we must know; static text, NULL if none
} follower_t;

// Is a view kept of it, from a table on?
static inline bool follower_views(const follower_t *self)
{
    return self->mode == FOLLOWER_VIEW || self->mode == FOLLOWER_BOTH;
}

void follower_init(follower_t *self, stream_t stream, follower_mode_t mode, int64_t poll_us);

// As our journal's head has it. Of a view too: its rows are fetched anew at every start, but of the
// history that it accepted, and no other.
void follower_accept(follower_t *self, const cursor_t *cursor);

// A page of a view's table: whether its rows are to be taken. After the last one the replay door is
// asked whose they are.
bool follower_page(follower_t *self, const answer_table_t *page, instant_t monotonic);
void follower_fetch_table(follower_t *self);
void follower_took_table(follower_t *self);

// Whether a publication's record is to be taken now, from cursor + 1 on.
bool follower_publication(follower_t *self, const publication_t *publication, instant_t monotonic);
// An answer to a replay question. True if its records are to be taken. It vouches for the cursor
// that the question carried. If another writer answers after we moved on, that vouches for nothing,
// and the question is asked anew. Example: asked at 10, we take 11 from a publication, and the
// answer of a restored producer says that it holds 10: of 11 it says nothing.
// (tests/formal/cursor.pml)
bool follower_replayed(follower_t *self, const answer_t *answer, instant_t monotonic);
// An event of our own journal, at that sequence: what it notes of this stream, or an operator's
// word, which leaves what was noted behind.
void follower_note(follower_t *self, const event_t *event, uint64_t sequence);
// What events of our own journal made of it.
void follower_walk(follower_t *self, walk_t *walk);
// What the stream comes to, as its replay door answers it. True if it may be noted: it is the
// history that we follow, and nothing that was noted of it is gone.
bool follower_witnessed(follower_t *self, const answer_t *answer, instant_t monotonic);
// Whether an event of that type may stand at that sequence by what was noted: behind an orderly end
// only the next writer's beginning. False: the stream has stopped.
bool follower_may_follow(follower_t *self, uint64_t sequence, uint64_t type);
// Events up to that sequence were taken in; `leaf` is that of the last one.
void follower_took(follower_t *self, uint64_t sequence, const hash_t *leaf);

// Time went by in which we did not run: what waits to be read may be as old as that. Nothing of it
// makes us current before the replay door has answered a question that is asked from now on.
void follower_slept(follower_t *self);

// The next item is not to be taken yet: what is missing is asked for after a pause.
void follower_pause(follower_t *self, instant_t monotonic);

// Is a question due? Fills it in and notes that it is out.
bool follower_ask(follower_t *self, instant_t monotonic, uint64_t number, request_t *ret_question);
// The instant (monotonic) at which follower_ask may say yes without anything having come in.
instant_t follower_wake(const follower_t *self);

bool follower_is_behind(const follower_t *self);
bool follower_is_current(const follower_t *self, instant_t monotonic);
// What was heard of it is of the history that we accepted: the replay door has said so.
bool follower_is_vouched(const follower_t *self);
