#pragma once
// parcel - what a batch leaves behind: records for the journal, the head and rows of the side store
// that are committed with them, and what goes out after that commit.
//
// A node has two: while the journal takes one in, the next batch fills the other. Outputs lie by
// their places in an arena, which moves while it grows.
//
// Ownership: parcel_release frees what it holds; records and outputs borrow from it until
// parcel_empty. Failures: memory that is used up ends the process. Threads: the node's, but for
// what an append only reads. Private to the node.
#include "services/node/node.h"

enum { PARCEL_RECORDS_MAX = 512 };

// A piece of the arena.
typedef struct {
    uint32_t at, size;
} slice_t;

typedef struct {
    output_kind_t kind;
    door_t door;
    peer_t peer;
    stream_t stream;
    slice_t head, body;
    bytes_t record; // of a publication; lies in the parcel's buffers
} stored_output_t;

typedef struct {
    uint8_t *buffers[PARCEL_RECORDS_MAX];
    journal_record_t records[PARCEL_RECORDS_MAX];
    size_t records_count;
    uint64_t last; // sequence, with this batch
    bool booted;   // this life's first event is among those up to there
    uint8_t *head;
    side_row_t *rows; // NODE_ROWS_MAX, of the side store; NULL until the first one
    uint8_t *rows_bytes;
    size_t rows_count, rows_used;
    uint8_t *arena;
    size_t arena_used, arena_cap;
    stored_output_t *outputs;
    size_t outputs_count, outputs_cap, outputs_given;
} parcel_t;

void parcel_init(parcel_t *self);
void parcel_release(parcel_t *self);
void parcel_empty(parcel_t *self);
// The memory of the record that comes next, RECORD_TARGET bytes.
uint8_t *parcel_buffer(parcel_t *self);
// The record that holds this event; NULL if none does.
const journal_record_t *parcel_record(const parcel_t *self, uint64_t sequence);
// Rows are copied, and wiped when they are committed or never will be.
void parcel_add_row(parcel_t *self, const side_row_t *row);
void parcel_forget_rows(parcel_t *self);

// An output, to be filled in; what it says is put into the arena.
stored_output_t *parcel_add(parcel_t *self, output_kind_t kind);
slice_t parcel_make(parcel_t *self, size_t size); // to be filled in before the next
slice_t parcel_put(parcel_t *self, const void *data, size_t size);
// The next output, without what only its kind has; false at the end.
bool parcel_give(parcel_t *self, output_t *ret_output);
