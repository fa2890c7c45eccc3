#pragma once
// lmdb_rig - LMDB journals in rig_home, with segments small enough to be sealed, as the tests of
// the engine and of its segments open and seal them. Any surprise fails the test.
#include "store/journal.h"

enum { LMDB_SEGMENT_EVENTS = 1024, LMDB_WAIT_MS_MAX = 20000 };

journal_options_t lmdb_options(void);
fail_t lmdb_try(const journal_options_t *options, journal_t **ret_journal); // in rig_home
journal_t *lmdb_open_with(const journal_options_t *options, uint64_t *ret_term);
journal_t *lmdb_open(uint64_t *ret_term);
void lmdb_pause(void); // a millisecond, for the sealing thread

uint64_t lmdb_sealed_events(journal_t *journal);
void lmdb_seal_up_to(journal_t *journal, uint64_t events); // and no further
void lmdb_clear_leftover(journal_t *journal); // until a segment's records lie there only
// Finds each of rig_event's events one by one.
void lmdb_find_each(journal_t *journal, uint64_t from, uint64_t to);
