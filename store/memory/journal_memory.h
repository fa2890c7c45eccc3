#pragma once
// journal_memory - a model disk: a journal whose stable storage is memory, and which fails on
// command. It outlives the journals that are opened on it, as a disk outlives its processes.
//
// Between an append's return and journal_memory_settle (with settling by hand) the model stands in
// the middle of the flush: the simulator shows the append's effect to nobody before it settles it
// or crashes it away. Several journals may be open on one disk: the newest term fences the others.
//
// Units      bytes, microseconds.
// Ownership  The disk is its maker's and must outlive every journal on it.
// Failures   FAIL_FULL (out of memory) and those that were ordered.
// Threads    Any; a lock guards the disk. journal_memory_flip is for a disk that nobody reads.
#include "store/journal.h"

typedef struct journal_memory journal_memory_t;

// An empty disk. segment_events: a power of two, 0 for the default.
fail_t journal_memory_new(uint64_t segment_events, journal_memory_t **ret_disk);
void journal_memory_destroy(journal_memory_t **self_p);

// For the table of engines: the disk that was given the name behind the word, which must be there
// (FAIL_MISSING). Of the options nothing concerns it.
fail_t journal_memory_name(journal_memory_t *self, const char *name); // FAIL_CONFLICT if taken
fail_t journal_memory_open_named(const char *name, const journal_options_t *options,
                                 journal_t **ret_journal);
// It needs nothing; journal_memory_open_named says whether it is there.
fail_t journal_memory_prepare(const char *name, bool create, journal_needs_t *ret_needs);

// Starts a process on the disk.
fail_t journal_open_memory(journal_memory_t *disk, journal_t **ret_journal);

// The nth next append (1 is the next) fails with `fail`. `durable` says whether its bytes are on
// the disk all the same, as after a flush that failed late: the writer cannot know. With FAIL_FULL
// they never are. 0 takes the order back.
void journal_memory_fail(journal_memory_t *self, uint64_t nth, fail_t fail, bool durable);

// Every append from now on would take this long; the sum of what all took so far is read back.
void journal_memory_delay(journal_memory_t *self, uint64_t append_us);
uint64_t journal_memory_took_us(const journal_memory_t *self);

// With by_hand appends are under way until journal_memory_settle; without (the default) each is
// settled when it returns.
void journal_memory_settle_by_hand(journal_memory_t *self, bool by_hand);
void journal_memory_settle(journal_memory_t *self);

// Kills every process on the disk: their journals refuse everything from now on. What was not
// settled is gone, or with keep_unsettled just made it.
void journal_memory_crash(journal_memory_t *self, bool keep_unsettled);

// Turns one bit of the stored record that holds `sequence`; bit counts from the record's first and
// wraps at its end. False if there is no such record.
bool journal_memory_flip(journal_memory_t *self, uint64_t sequence, uint64_t bit);
