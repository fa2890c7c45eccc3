#pragma once
// journal_rig - what the journal's tests share: events whose bytes follow from their sequence,
// appended and read back with every byte compared. Any surprise fails the test.
#include "store/journal.h"

enum { RIG_EVENT_MAX = 400, RIG_PATH_MAX = 256 };

// The bytes of the event with that sequence; of 9 to RIG_EVENT_MAX bytes.
size_t rig_event(uint64_t sequence, uint8_t out[RIG_EVENT_MAX]);

// A record of `count` such events, in malloc'ed bytes that are the caller's.
journal_record_t rig_record(uint64_t first, uint32_t count);
void rig_record_free(journal_record_t *record);

// Appends `count` events in records of `per_record` (fewer at a segment's border), in one append,
// with a head that names the last sequence.
fail_t rig_append(journal_t *journal, uint64_t term, uint32_t count, uint32_t per_record);

// Reads all from `from` to `to`, in pages of bytes_max, and compares each event and that the head
// is the one that rig_append left.
void rig_check(journal_reader_t *reader, uint64_t from, uint64_t to, size_t bytes_max);
void rig_check_all(journal_t *journal, uint64_t last);

// An empty directory of its own under $TMPDIR or /tmp, and its removal with all that is in it.
void rig_directory(char out[RIG_PATH_MAX]);
void rig_remove(const char *path);

// A test's setup and teardown: rig_home is such a directory, its own.
extern char rig_home[RIG_PATH_MAX];
int rig_enter(void **state);
int rig_leave(void **state);
