#pragma once
// reader - answers what is asked of committed records: a page of the journal for a follower, one
// event or some, and, by the service's own hook, statements and balances of the past.
//
// A witness is told what the journal comes to, from the head that was committed with it.
//
// A page begins at the record that holds the wanted sequence. Whoever asks says which event he
// holds before it (epoch and leaf hash); if that is not what stands here, the two histories differ
// and he is told FAIL_HISTORY instead of being given what does not continue his own.
//
// Ownership: an answer is written into the caller's buffer. Failures: in the answer; a journal that
// cannot be read is FAIL_STORE or FAIL_CORRUPT there. Threads: the one that uses the
// journal_reader.
#include "services/node/head.h"
#include "services/node/speaker.h"
#include "store/journal.h"

typedef struct reader reader_t;

// Answers the requests that only the service understands (statement, as_of). Fills the answer's
// fields and returns a failure or none; `scratch` is for their texts and bytes.
typedef fail_t reader_hook_fn(reader_t *self, const request_t *request, answer_t *answer,
                              uint8_t *scratch, size_t scratch_size, const char **ret_detail);

struct reader {
    journal_reader_t *journal;
    stream_t stream;
    uint64_t epoch, term;
    instant_t time;          // what time it is by what the writer was told; 0 if it is not sure
    reader_hook_fn *hook;    // NULL: those requests are FAIL_INVALID
    speaker_judge_fn *judge; // of customers' access tokens; NULL: nobody speaks for one
    void *judge_arg;
    uint8_t *scratch; // READER_SCRATCH_BYTES
    uint8_t *event;   // JOURNAL_EVENT_MAX
    head_t *head;
};

enum {
    READER_ANSWER_MAX = 1024 * 1024,
    READER_EVENTS_MAX = 100,                        // of one question
    READER_SCRATCH_BYTES = READER_ANSWER_MAX - 1024 // leaves room for the rest of an answer
};

// The hook of a process that customers ask for single events of theirs, and for nothing else.
reader_hook_fn reader_events_alone;

reader_t *reader_new(journal_reader_t *journal, stream_t stream, uint64_t epoch, uint64_t term,
                     reader_hook_fn *hook);
void reader_destroy(reader_t **self_p); // not the journal_reader

// The bytes of one event, for hooks; valid until the next call.
fail_t reader_event(reader_t *self, uint64_t sequence, bytes_t *ret_event);

// Answers one encoded request of a peer with that role, by that real time. Returns the answer's
// size, 0 if the request cannot even be answered.
size_t reader_answer(reader_t *self, role_t role, instant_t wall, const void *request, size_t size,
                     void *out, size_t cap);
