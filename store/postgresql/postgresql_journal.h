#pragma once
// postgresql_journal - what the parts of the engine share. Only store/postgresql includes this.
#include "store/journal_backend.h"
#include "store/postgresql/postgresql_link.h"

typedef struct {
    journal_t base;
    postgresql_place_t place;
    postgresql_link_t link;    // of the journal's own thread
    char why[JOURNAL_WHY_MAX]; // of the last failure
    uint64_t term, term_min;
    // Of an append, kept for the next: firsts, counts, bytes; owners, kinds, bytes.
    postgresql_array_t records[3], rows[3];
} postgresql_t;

// A reader has a connection of its own: it may be another thread's.
typedef struct {
    journal_reader_t base;
    postgresql_link_t link;
    char why[JOURNAL_WHY_MAX];
    size_t typical; // bytes of a record of the last page, 0 before the first
} postgresql_reader_t;

static inline postgresql_link_t *postgresql_reader_link(journal_reader_t *base)
{
    return &((postgresql_reader_t *)base)->link;
}

// What a read found; a connection that is lost is the end of the journal, whoever notices it.
static inline fail_t postgresql_noted(journal_t *base, fail_t fail)
{
    if (fail == FAIL_STORE)
        atomic_store(&base->broken, true);
    return fail;
}

// Readers. See journal_backend.h.
fail_t postgresql_reader_open(journal_t *base, journal_reader_t **ret_reader);
fail_t postgresql_reader_last(journal_reader_t *base, uint64_t *ret_last);
fail_t postgresql_reader_head(journal_reader_t *base, void *out, size_t cap, size_t *ret_size,
                              uint64_t *ret_last);
fail_t postgresql_read(journal_reader_t *base, uint64_t from, size_t bytes_max,
                       journal_visit_fn *visit, void *arg);
fail_t postgresql_rows(journal_reader_t *base, const uid_t16 *from, size_t bytes_max,
                       journal_row_fn *visit, void *arg);
void postgresql_reader_close(journal_reader_t *base);

fail_t postgresql_moment(journal_t *base, journal_moment_t *ret_moment);
// Into a directory of LMDB's, for there are no files that could be copied.
fail_t postgresql_copy(journal_t *base, const journal_moment_t *moment, const journal_copy_t *copy,
                       journal_copied_t *ret_copied);

fail_t postgresql_leave(journal_t *base, const char *place);
fail_t postgresql_left_for(journal_t *base, char ret_place[JOURNAL_PLACE_MAX]);
// FAIL_FENCED, and where it goes on, if it was left.
fail_t postgresql_refuse_left(postgresql_t *self);

// The statement `head`, and its answer.
fail_t postgresql_prepare_head(postgresql_link_t *link);
fail_t postgresql_take_head(postgresql_link_t *link, void *out, size_t cap, size_t *ret_size,
                            uint64_t *ret_last);

// The rows as they are in the end, each once, as the arrays owners, kinds and bytes; without bytes
// it is taken out. FAIL_FULL if memory is out.
fail_t postgresql_rows_sum(const journal_row_t *rows, size_t count, postgresql_array_t out[3]);
