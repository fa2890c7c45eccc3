#pragma once
// head - the one small value that every append replaces together with the records: where the
// journal stands, the tree's frontier, and how far every stream and feed was taken in. So what a
// process derived from an event of another's, and the cursor behind that event, become durable in
// one transaction. Example: the ledger posts metering's event 7 and moves metering's cursor to 7; a
// crash keeps both or neither.
//
// Its bytes end with their SHA-256. LMDB has no checksums and the events' tree covers the events
// alone; a cursor with one bit turned over would take a feed in twice or not at all.
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

// The machine's clocks at the last commit: a start in the same boot sees by them what the clock did
// meanwhile. `now` is the clock without what is doubted of it and not recorded; 0 if nothing is
// known.
typedef struct {
    uid_t16 boot;        // as node_clock_t, node_clock.h
    instant_t now;       // of the wall
    instant_t monotonic; // of the boot
    int64_t crept_us;    // by how much small jumps had brought the clock ahead
} head_clock_t;

typedef struct {
    uint64_t epoch, term, last;
    instant_t time; // stamp of the last batch
    head_clock_t clock;
    tree_t tree; // over all events
    tree_t tail; // as it was at most 2 x HEAD_TAIL_EVENTS earlier: a start verifies from there
    cursor_t cursors[HEAD_CURSORS_MAX];
    size_t cursors_count;
} head_t;

size_t head_encode(const head_t *self, void *out, size_t cap); // 0 if cap is too small
fail_t head_decode(const void *data, size_t size, head_t *ret_head);

cursor_t *head_cursor(head_t *self, stream_t stream); // NULL if there is none
// As above, made if missing; NULL when HEAD_CURSORS_MAX are in use.
cursor_t *head_cursor_make(head_t *self, stream_t stream);
