#pragma once
// segment - a full segment of a journal as one plain file: packed records, their index, and the
// Merkle root, which is a node of the journal's tree. Never changed once it has its name.
//
//   head    64 bytes: magic, u64 number, u64 events
//   records one after the other (store/record.h), packed anew to RECORD_TARGET: what is hashed are
//           events, so a segment of single postings reads as fast as one of full batches
//   index   per record u64 first sequence, u64 offset in the file
//   footer  160 bytes: magic, u64 number, events, records, offset of the index, then the root,
//           SHA-256 of the index, SHA-256 of the footer before it
//
// All little-endian. In a packed segment, as the archive's are, the head has another magic and each
// record is one frame of zstd, so that any of them is still found in one step; all else is the
// same. Segment n holds the sequences n * events + 1 to (n + 1) * events. segment_open
// checks head, footer and index, so an event is always looked for at a right place; segment_check
// reads and hashes everything.
//
// Ownership  A segment is a read-only map of its file; records are slices of it, of a packed one
//            they are valid until the next is taken.
// Failures   FAIL_CORRUPT, FAIL_STORE, FAIL_FULL (no room), FAIL_MISSING (no file).
// Threads    A segment may be read by any, a packed one by one at a time; a writer belongs to one.
#include "store/journal.h"
#include <stdatomic.h>

enum { SEGMENT_PATH_MAX = 4096 };

typedef struct segment segment_t;
typedef struct segment_writer segment_writer_t;

// DIRECTORY/NUMBER.segment; FAIL_INVALID if that is too long.
fail_t segment_path(const char *directory, uint64_t number, char out[SEGMENT_PATH_MAX]);

fail_t segment_open(const char *directory, uint64_t number, uint64_t events,
                    segment_t **ret_segment);
void segment_destroy(segment_t **self_p);
uint64_t segment_number(const segment_t *self);
uint64_t segment_events(const segment_t *self);
const hash_t *segment_root(const segment_t *self);
size_t segment_records(const segment_t *self);

// The record at a position, and the position of the record that holds the sequence, which must be
// one of the segment's.
fail_t segment_record(const segment_t *self, size_t position, journal_record_t *ret_record);
size_t segment_find(const segment_t *self, uint64_t sequence);

// Hashes every event and compares the root. FAIL_LATER if stop (may be NULL) became true meanwhile.
fail_t segment_check(const segment_t *self, const atomic_bool *stop);

typedef enum { SEGMENT_COPIED, SEGMENT_LINKED, SEGMENT_UNCHANGED } segment_copied_t;

// Copies a segment into another directory, under its name once it is on the disk. If it is there
// already, or can be linked from the directory `earlier` ("" for none), that is enough: segments
// never change, so two with the same footer are the same. Its events are not hashed.
fail_t segment_copy(const segment_t *self, const char *to, const char *earlier,
                    segment_copied_t *ret_copied);

// Whether two open ones have the same size and footer, which has the digest of everything.
bool segment_same(const segment_t *self, const segment_t *other);
const uint8_t *segment_file(const segment_t *self, size_t *ret_size); // all its bytes

// Writes DIRECTORY/NUMBER.tmp; only segment_writer_finish gives it its name, after it is on the
// disk.
fail_t segment_writer_open(const char *directory, uint64_t number, uint64_t events, bool packs,
                           segment_writer_t **ret_writer);
fail_t segment_writer_add(segment_writer_t *self, const void *event, size_t size);
fail_t segment_writer_finish(segment_writer_t *self);   // after exactly `events` events
void segment_writer_destroy(segment_writer_t **self_p); // removes an unfinished file
