#pragma once
// load - drives the ledger through its doors: batches into the feed, single commands, queries; each
// client with its own connection, keeping a window of messages under way.
//
// A message's latency is from sending it to having its answer. Rates count what was acknowledged,
// from the first message to the last answer. Every answer is checked: a refused item ends the
// program, for a benchmark that measures refusals is worth nothing.
// Threads: one.
#include "tools/benchmark/bench_rig.h"
#include "tools/benchmark/draws.h"
#include "tools/benchmark/histogram.h"

enum { LOAD_CLIENTS_MAX = 64, LOAD_WINDOW_MAX = 256, LOAD_PRODUCER = 1000 };

typedef enum { LOAD_FEED, LOAD_COMMANDS, LOAD_BALANCES } load_kind_t;

typedef struct {
    load_kind_t kind;
    unsigned batch, clients, window; // postings a message; connections; messages under way of each
    double seconds;
    draws_t *draws;
} load_row_t;

typedef struct {
    double per_second;    // postings, or queries
    uint64_t count, last; // last: the ledger's sequence in the last answer
    histogram_t latency;
} load_result_t;

typedef struct {
    const bench_rig_t *rig;
    uint64_t next[LOAD_CLIENTS_MAX]; // each producer's next item
    uint64_t postings;               // acknowledged, in all
    int64_t charged, funded;         // kopecks acknowledged
} load_t;

void load_init(load_t *self, const bench_rig_t *rig);
void load_reset(load_t *self); // after the journal was replaced
// Gives each of `accounts` customers money, which opens the account.
void load_fund(load_t *self, uint32_t accounts);
void load_run(load_t *self, const load_row_t *row, load_result_t *ret_result);
// What the ledger says of itself must be what was acknowledged: the sum over all accounts is zero,
// revenue is what was charged, customers hold the rest. False, and says why, if not.
bool load_agrees(load_t *self, uint32_t accounts);
