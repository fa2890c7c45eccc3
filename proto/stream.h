#pragma once
// stream - the frames that are no requests: publications of a stream, and batches pushed into a
// feed.
//
// A publication is one frame: a topic byte, an array, and for STREAM_EVENTS the record as stored.
//     "e" [1, stream, epoch, term, first, count, through] record    for each committed record
//     "h" [1, stream, epoch, term, last, through]                   once a second
//
// A record over 60 KiB (STREAM_WHOLE_MAX) is published without its bytes. `through` is the instant
// up to which a feed's producer has sent everything; it is 0 for journals.
//
// A pushed batch is one frame: [1, 0, number, producer, epoch, first, count, through, atomic, time]
// (`time`, the sender's clock as it sends, may be missing) followed by `count` events
// (proto/event.h) one after the other. Its answer is an array [1, number, fail, sequence, detail,
// acknowledged, results]. `acknowledged` is the producer's last item that is durable here;
// `results` has one fail byte for each item of the batch.
//
// Ownership  What is decoded borrows from the frame.
// Failures   FAIL_INVALID for a frame that is none of these, FAIL_VERSION for another version's.
// Threads    Any; nothing is kept.
#include "proto/request.h"

enum {
    STREAM_EVENTS = 'e',
    STREAM_HEARTBEAT = 'h',
    STREAM_WHOLE_MAX = 60 * 1024, // a larger record is published as header only
    FEED_ITEMS_MAX = 8189,
    FRAME_SMALL_MAX = 64 * 1024,  // at command doors and on PUB sockets
    FRAME_LARGE_MAX = 1024 * 1024 // at feed and replay doors
};

typedef struct {
    stream_t stream;
    uint64_t epoch, term;
    uint64_t first, count; // of a record; for a heartbeat `first` is the last sequence, count 0
    instant_t through;
    bytes_t record; // empty for a heartbeat and for a record published as header only
} publication_t;

size_t publication_encode_head(const publication_t *self, void *out, size_t cap);
fail_t publication_decode(const void *data, size_t size, publication_t *ret_publication);

typedef struct {
    uint64_t number;
    stream_t producer;
    uint64_t epoch, first;
    uint32_t count;
    instant_t through;
    bool atomic;
    instant_t time; // by the sender's clock as this leaves; 0 if it does not say
    bytes_t items;  // encoded events, one after the other
} feed_batch_t;

size_t feed_batch_encode_head(const feed_batch_t *self, void *out, size_t cap);
fail_t feed_batch_decode(const void *data, size_t size, feed_batch_t *ret_batch);
bool feed_batch_is(const void *data, size_t size); // a feed's batch and not a request?

typedef struct {
    uint64_t number;
    fail_t fail;
    uint64_t sequence;
    text_t detail;
    uint64_t acknowledged;
    bytes_t results;
} feed_answer_t;

size_t feed_answer_encode(const feed_answer_t *self, void *out, size_t cap);
fail_t feed_answer_decode(const void *data, size_t size, feed_answer_t *ret_answer);
