#pragma once
// journal_transfer - a moment of a journal, written into another one record by record: how journals
// get from one engine into another. journal_copy (journal.h) copies files, and is quicker where
// both have such.
//
// Ownership  Both journals are the caller's; neither has a reader that is in use.
// Failures   As journal_read and journal_append. Threads: the journals' own.
#include "store/journal.h"

// `to` is empty, or holds a beginning of `from` (FAIL_CONFLICT if it does not), and is led by
// nobody. Of its rows of the side store only those of `from` are left. Until all of it is there its
// head is empty, and no process starts with that. What of it fills a segment may be sealed.
fail_t journal_transfer(journal_t *from, const journal_moment_t *moment, journal_t *to,
                        const journal_copy_t *copy);
// Its events up to the moment, and no more: journal_transfer goes on from there.
fail_t journal_transfer_beginning(journal_t *from, const journal_moment_t *moment, journal_t *to,
                                  const journal_copy_t *copy);
