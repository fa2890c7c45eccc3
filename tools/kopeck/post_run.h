#pragma once
// post_run - a run of bulk postings: its rows, the hash that binds its id to them, and which of
// them the ledger's journal holds.
//
// A run is named by a UUIDv7 and may take several attempts: each is a numbering (an epoch) of its
// producer, which ends the numbering before. An attempt's first item is `postings.begun`, which the
// ledger keeps; the items behind it are the rows that had no posting when it began, in order. So
// the journal alone says which rows were posted, whoever ran since, from whatever machine: it is
// read from the time of the id on, up to the attempt that is being made. Rows that it does not hold
// were refused or never arrived, and are offered again.
//
// Ownership: rows are the run's. Failures: `fault` says why the journal and the rows do not fit;
// nothing may be posted then. Threads: one. Pure but for memory.
#include "proto/event.h"

enum { POST_ROWS_MAX = 10 * 1000 * 1000 };

typedef enum {
    POST_RUN_GOOD,
    POST_RUN_OTHER_CONTENT,  // the id stands for other rows
    POST_RUN_OTHER_PRODUCER, // it was begun under another number
    POST_RUN_UNCLEAR         // the producer's postings are not only those of announced runs
} post_run_fault_t;

typedef struct {
    uid_t16 id;
    stream_t producer;
    hash_t content;
    event_posting_requested_t *rows;
    uint64_t *posted; // by row: the sequence of its posting, 0 if it has none
    size_t count, posted_count, room;
    post_run_fault_t fault;
    bool begun;     // an attempt of ours was seen
    bool ours;      // the producer's numbering is an attempt of ours
    bool announced; // and it was announced by whoever it is
    uint64_t item;  // the last of the attempt's items that was seen
    size_t row;     // the row behind the last one that an item of the attempt stood for
} post_run_t;

// False when there are too many rows.
bool post_run_add(post_run_t *self, const event_posting_requested_t *row);
void post_run_clear(post_run_t *self);

// The item that announces an attempt.
event_postings_begun_t post_run_announcement(const post_run_t *self);
// One event of the ledger's journal, in order.
void post_run_observe(post_run_t *self, uint64_t sequence, const event_t *event);
// The next row without a posting at or behind `row`; `count` if there is none.
size_t post_run_next(const post_run_t *self, size_t row);
