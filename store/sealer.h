#pragma once
// sealer - the thread that copies one full segment out of a journal into its file and reads it
// back. It only reads the journal; who started it removes the records after sealer_done has said
// FAIL_NONE.
//
// Ownership  Takes the reader over. Failures: as journal_read and segment.h.
// Threads    Started, asked and destroyed by one; it runs in its own.
#include "store/segment.h"

typedef struct sealer sealer_t;

fail_t sealer_start(journal_reader_t **reader_p, const char *directory, uint64_t number,
                    uint64_t events, sealer_t **ret_sealer);

// Whether it has ended, and how.
bool sealer_done(const sealer_t *self, fail_t *ret_fail);
void sealer_destroy(sealer_t **self_p); // ends it early if need be
