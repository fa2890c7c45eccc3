#pragma once
// journal_backend - what an engine provides; only journal.c and journal_*.c include this. journal.c
// has checked the arguments, refuses a broken journal and marks it broken after a failed lead or
// append; after a failed commit of a seal the engine does.
#include "store/journal.h"
#include <stdatomic.h>

typedef struct {
    fail_t (*lead)(journal_t *self, uint64_t *ret_term);
    fail_t (*vacant)(journal_t *self, bool *ret_vacant); // NULL if one process has it alone
    fail_t (*head)(journal_t *self, void *out, size_t cap, size_t *ret_size, uint64_t *ret_last);
    // The records follow `expected` without a gap. The engine compares expected and term with what
    // it holds, and sets self->last.
    fail_t (*append)(journal_t *self, uint64_t expected, uint64_t term,
                     const journal_record_t *records, size_t count, const void *head,
                     size_t head_size, const journal_row_t *rows, size_t rows_count);
    fail_t (*room)(journal_t *self, journal_room_t *ret_room);
    fail_t (*look_at_readers)(journal_t *self, journal_readers_t *ret_readers); // may be NULL
    fail_t (*seal)(journal_t *self, bool idle, bool *ret_sealed);
    fail_t (*moment)(journal_t *self, journal_moment_t *ret_moment); // NULL if it cannot copy
    fail_t (*copy)(journal_t *self, const journal_moment_t *moment, const journal_copy_t *copy,
                   journal_copied_t *ret_copied); // NULL if moment is
    fail_t (*archive)(journal_t *self, const journal_archive_t *archive,
                      journal_archived_t *ret_archived); // NULL if it has no segment files
    fail_t (*leave)(journal_t *self, const char *place); // NULL if it cannot
    fail_t (*left_for)(journal_t *self, char ret_place[JOURNAL_PLACE_MAX]); // NULL if leave is
    const char *(*why)(const journal_t *self);                              // may be NULL
    void (*stop)(journal_t *self); // ends the engine's own threads and readers; may be NULL
    void (*close)(journal_t *self);

    fail_t (*reader_open)(journal_t *self, journal_reader_t **ret_reader);
    fail_t (*reader_last)(journal_reader_t *self, uint64_t *ret_last);
    fail_t (*reader_head)(journal_reader_t *self, void *out, size_t cap, size_t *ret_size,
                          uint64_t *ret_last);
    fail_t (*read)(journal_reader_t *self, uint64_t from, size_t bytes_max, journal_visit_fn *visit,
                   void *arg);
    fail_t (*rows)(journal_reader_t *self, const uid_t16 *from, size_t bytes_max,
                   journal_row_fn *visit, void *arg);
    const char *(*reader_why)(const journal_reader_t *self); // may be NULL
    void (*reader_close)(journal_reader_t *self);
} journal_backend_t;

struct journal {
    const journal_backend_t *backend;
    uint64_t last; // committed
    uint64_t segment_events;
    bool read_only, leaves;
    bool left;          // its writer found that it goes on elsewhere
    atomic_bool broken; // read by the readers' threads
    atomic_uint readers;
};

struct journal_reader {
    journal_t *journal;
};

// What an append that adds `bytes` removes of such records.
static inline uint64_t journal_cleared_by(const journal_t *self, uint64_t bytes)
{
    uint64_t piece = journal_piece_bytes(self);
    return 2 * bytes < piece ? 2 * bytes : piece;
}
