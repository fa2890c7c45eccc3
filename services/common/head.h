#pragma once
// head - the one small value that every append replaces together with the records: where the
// journal stands, the tree's frontier, and how far every stream and feed was taken in. What a
// process derived from another's event and the cursor behind that event become durable in one
// transaction.
//
// Its bytes end with their SHA-256: LMDB has no checksums, the events' tree covers the events
// alone, and a cursor with a bit turned over would take a feed in twice or not at all.
#include "proto/fail.h"
#include "proto/types.h"
#include "store/tree.h"

// So many cursors fit HEAD_BYTES_MAX whatever their producers' numbers: 71 bytes each at most.
enum { HEAD_CURSORS_MAX = 850, HEAD_BYTES_MAX = 64 * 1024, HEAD_TAIL_EVENTS = 1 << 16 };

// The last event of a stream, or item of a feed, that was taken in.
typedef struct {
    stream_t stream;
    uint64_t epoch, sequence;
    hash_t leaf; // that event's leaf hash: the producer must still hold it; zero for pushed feeds
    instant_t through; // feeds: all that happened up to here has been taken in
} cursor_t;

typedef struct {
    uint64_t epoch, term, last;
    instant_t time; // stamp of the last batch
    tree_t tree;    // over all events
    tree_t tail;    // as it was at most 2 x HEAD_TAIL_EVENTS earlier: a start verifies from there
    cursor_t cursors[HEAD_CURSORS_MAX];
    size_t cursors_count;
} head_t;

size_t head_encode(const head_t *self, void *out, size_t cap); // 0 if cap is too small
fail_t head_decode(const void *data, size_t size, head_t *ret_head);

cursor_t *head_cursor(head_t *self, stream_t stream); // NULL if there is none
// As above, made if missing; NULL when HEAD_CURSORS_MAX are in use.
cursor_t *head_cursor_make(head_t *self, stream_t stream);
