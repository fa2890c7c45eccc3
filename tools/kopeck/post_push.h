#pragma once
// post_push - one numbering of a producer at the ledger's feed door: batches are filled, sent until
// they are answered, and taken further.
//
// A signal (SIGINT, SIGTERM) ends nothing by itself once post_push_catch was called: the batch that
// is under way gets its answer, and whoever pushes asks post_push_stopped before the next one. A
// second signal gives the answer up too.
// Ownership: session and client are borrowed; an answer lives until the next exchange. Failures: an
// exit status, said on stderr. Threads: one.
#include "proto/event.h"
#include "tools/kopeck/session.h"

typedef struct {
    session_t *session;
    client_t *client;
    feed_batch_t batch;
    uint8_t *items;
    size_t items_size;
    instant_t at;  // which the items carry
    bool repeated; // the batch went out more than once: results may be those of a duplicate
} post_push_t;

// NULL after an error, with its exit status.
post_push_t *post_push_new(session_t *session, stream_t producer, instant_t at, int *ret_status);
void post_push_destroy(post_push_t **self_p);

// Begins a numbering, which ends all earlier ones of the producer: nothing that was sent under them
// is taken from then on. *ret_sequence is the ledger's last event at that moment, or a later one.
int post_push_begin(post_push_t *self, uint64_t *ret_sequence);

bool post_push_has_room(const post_push_t *self);
// The item's time is the numbering's.
void post_push_add(post_push_t *self, const event_t *item);
// Sends the batch until its answer is here.
int post_push_exchange(post_push_t *self, feed_answer_t *ret_answer);
// Takes the numbering on by that many items, and empties the batch.
void post_push_advance(post_push_t *self, uint64_t items);

void post_push_catch(void);
bool post_push_stopped(void);
