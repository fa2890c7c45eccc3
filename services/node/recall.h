#pragma once
// recall - searches for single events of the own journal, as values. A search knows which event it
// must see next; recall_desk_read reads that event through its caller and goes on.
//
// By a cause, a number or an order it halves the journal. An event in the middle may bear none
// (other causes, other types), so it goes on from there to the next one that does. Example:
// payment's numbers
// stand in every fifth event or so; among a thousand million events one is found with about 30
// halvings of 5 reads. Where few events bear one the reads become many; so whoever reads does it a
// bounded number at a time (recall_desk_read), and a search never holds up a batch.
//
// What is found is what was asked for: only FAIL_MISSING hangs on the order of the journal.
// Ownership: plain values; a search points to its core. Failures: in the end. Threads: one.
#include "proto/core.h"

typedef struct {
    uint64_t id; // of its asker, who gets it back
    recall_t wish;
    const core_t *core;
    uint64_t low, high; // what is wanted lies before `high`, and not before `low`
    uint64_t at;        // to be read next; 0 when it has ended
    uint64_t least;     // the first event known to bear what is wanted or more; 0 if none is
    bool least_fits;    // and it is what is wanted
    fail_t fail;        // of the end
} recall_search_t;

// Among the events from `first` to `last`. A wish that cannot be searched for ends at once.
void recall_begin(recall_search_t *self, uint64_t id, const recall_t *wish, const core_t *core,
                  uint64_t first, uint64_t last);

// --- the desk: searches that are under way, for whoever can read the journal ---

enum { RECALL_WAITING_MAX = 64, RECALL_DESK_MAX = DUE_RECALLS_MAX + RECALL_WAITING_MAX };

typedef struct {
    recall_search_t searches[RECALL_DESK_MAX];
    size_t count;
} recall_desk_t;

// What came of one. A journal that could not be read is its fail.
typedef struct {
    uint64_t id;
    fail_t fail;
    uint64_t sequence;
    event_t event; // borrows from the buffer that it was read into
    // Rows of the side store are no search: the desk only keeps their turn. Whoever asked it opens
    // them and fills these and `fail` in, which is FAIL_CORRUPT until then.
    bool wants_rows;
    uid_t16 owner;
    const side_row_t *rows;
    size_t rows_count;
} recall_end_t;

// Copies the bytes of one committed event, as journal_find does.
typedef fail_t recall_find_fn(void *arg, uint64_t sequence, void *out, size_t cap,
                              size_t *ret_size);

void recall_desk_add(recall_desk_t *self, const recall_search_t *search);
// Reads for the first search until it ends, or *reads (which counts down) is 0: then it goes behind
// the others. True if one has ended; it has left the desk. `buffer` is JOURNAL_EVENT_MAX bytes.
bool recall_desk_read(recall_desk_t *self, unsigned *reads, recall_find_fn *find, void *arg,
                      uint8_t *buffer, recall_end_t *ret_end);
