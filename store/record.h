#pragma once
// record - the bytes of one journal record: some events that follow each other, and where each
// begins. They are what is stored, published and replayed; nothing is ever re-encoded.
//
//   0   u64 sequence of the first event, at least 1
//   8   u32 count of events, at least 1
//   12  u32 version, 1
//   16  the events' bytes, one after the other, none empty
//   ..  count x u32: where each event begins, counted from byte 16
//
// All little-endian. A record ends where its table ends, so its size is part of its meaning. The
// table makes the n-th event one load away instead of a walk (2 us against 300 us at 4000 events).
//
// Units      bytes.
// Ownership  The builder writes into its caller's buffer; everything read is a slice of the record.
// Failures   record_check alone meets foreign bytes: FAIL_CORRUPT. All else expects a record that
//            was checked.
// Threads    Any; nothing is kept.
#include "store/journal.h"
#include "store/tree.h"
#include <assert.h>
#include <endian.h>

enum {
    RECORD_VERSION = 1,
    RECORD_HEAD_SIZE = 16,
    RECORD_ENTRY_SIZE = 4, // of the table, one per event
    // A record of at most this is published whole (the stream's messages end at 64 KiB).
    RECORD_PUBLISHED_MAX = 60 * 1024,
    // What a writer aims at: with LMDB's page header it fills 15 pages to the last byte.
    RECORD_TARGET = RECORD_PUBLISHED_MAX - 16,
    RECORD_BUFFER_MIN = RECORD_HEAD_SIZE + RECORD_ENTRY_SIZE + JOURNAL_EVENT_MAX
};

// ---- Writing

// Collects events into one record. Plain data; a new record_builder_begin is all the clean-up.
typedef struct {
    uint8_t *buffer;
    uint32_t size; // of the buffer, and so the most that the record becomes
    uint32_t events_size;
    uint64_t first;
    uint32_t count;
    uint32_t count_max; // events left to the segment's border
} record_builder_t;

// Starts a record whose first event has the sequence `first`. `size`, from RECORD_BUFFER_MIN to
// JOURNAL_RECORD_MAX, is what the record may grow to. It will not cross a border of
// `segment_events` (journal_segment_events).
void record_builder_begin(record_builder_t *self, void *buffer, size_t size, uint64_t first,
                          uint64_t segment_events);

// Where the next event can be encoded in place, and how many bytes of it fit: JOURNAL_EVENT_MAX
// into an empty record, 0 when the record is full. An event that does not fit belongs into the next
// record. The room is valid until the next call; record_builder_commit makes it an event.
uint8_t *record_builder_room(const record_builder_t *self, size_t *ret_room);
void record_builder_commit(record_builder_t *self, size_t event_size);

// Copies one event in; false, and nothing done, if it does not fit into this record.
bool record_builder_add(record_builder_t *self, const void *event, size_t event_size);

// Writes head and table. The record, of at least one event, begins at the buffer; what follows it
// in the buffer is free again.
journal_record_t record_builder_end(record_builder_t *self);

// ---- Reading

// Whether these bytes are a record, to the last offset. Everything that the functions below rely on
// is checked here once.
fail_t record_check(const void *data, size_t size, journal_record_t *ret_record);

// The record that these bytes begin with their head as; for bytes that were checked before.
journal_record_t record_of(const void *data, size_t size);

// Adds a leaf for each of the record's events.
void record_hash(const journal_record_t *self, tree_t *tree);

// ---- Pages: records one after the other, each behind its size as u32, as replay doors answer

// Adds a record behind the `size` bytes of a page: its size then, 0 if that is more than `cap`.
size_t record_page_add(uint8_t *page, size_t size, size_t cap, const journal_record_t *record);
// Takes the first record off a page, checked. False, and the page as it was, if what stands there
// is no record: nothing in a page that is read to its end.
bool record_page_next(bytes_t *page, journal_record_t *ret_record);

static inline uint32_t record_load(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value); // LMDB aligns values to 2
    return le32toh(value);
}

static inline const uint8_t *record_table(const journal_record_t *record)
{
    return record->bytes.data + record->bytes.size - (size_t)RECORD_ENTRY_SIZE * record->count;
}

// The event with sequence record->first + index.
static inline bytes_t record_event(const journal_record_t *record, uint32_t index)
{
    assert(index < record->count);
    const uint8_t *table = record_table(record), *events = record->bytes.data + RECORD_HEAD_SIZE;
    uint32_t begin = record_load(table + (size_t)RECORD_ENTRY_SIZE * index);
    uint32_t end = index + 1 < record->count
                       ? record_load(table + (size_t)RECORD_ENTRY_SIZE * (index + 1))
                       : (uint32_t)(table - events);
    return (bytes_t){events + begin, end - begin};
}

// Walks a record: for (record_walk_t walk = record_walk(&record); record_walk_next(&walk);)
typedef struct {
    uint64_t sequence; // of the event below
    bytes_t event;
    const uint8_t *entry, *table; // of the event after it; where the events end
    uint32_t left;
} record_walk_t;

static inline record_walk_t record_walk(const journal_record_t *record)
{
    const uint8_t *table = record_table(record);
    return (record_walk_t){.sequence = record->first - 1,
                           .event = {record->bytes.data + RECORD_HEAD_SIZE, 0},
                           .entry = table + RECORD_ENTRY_SIZE,
                           .table = table,
                           .left = record->count};
}

static inline bool record_walk_next(record_walk_t *self)
{
    if (self->left == 0)
        return false;
    const uint8_t *begin = self->event.data + self->event.size;
    uint32_t rest = (uint32_t)(self->table - begin);
    if (--self->left) {
        // Entries count from the first event: the difference to the last one is the size.
        self->event.size = record_load(self->entry) - record_load(self->entry - RECORD_ENTRY_SIZE);
        self->entry += RECORD_ENTRY_SIZE;
    } else {
        self->event.size = rest;
    }
    self->event.data = begin;
    self->sequence++;
    return true;
}

// Walks the rest of a record: the first event is `sequence`. False if the record does not hold it.
// Everybody who reads a journal in pieces reads it so: a segment is packed anew, so the record that
// holds the next event may begin before it.
static inline bool record_walk_from(const journal_record_t *record, uint64_t sequence,
                                    record_walk_t *ret_walk)
{
    uint64_t index = sequence - record->first; // of a sequence before the record: beyond its count
    if (index >= record->count)
        return false;
    *ret_walk = record_walk(record);
    if (index) { // as record_walk_next leaves it behind the event before
        bytes_t before = record_event(record, (uint32_t)index - 1);
        ret_walk->sequence = sequence - 1;
        ret_walk->event = before;
        ret_walk->entry += index * RECORD_ENTRY_SIZE;
        ret_walk->left -= (uint32_t)index;
    }
    return true;
}
