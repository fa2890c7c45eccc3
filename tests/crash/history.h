#pragma once
// history - every commit that a run handed to the store, as it was handed over: what a start after
// a crash is held against.
//
// Commits form a tree: a run that starts again goes on from the commit it found, and one that was
// submitted without success then lies on a dead branch. Commit 0 is the empty journal. A head is
// found among them byte by byte; it holds the root of the events' tree and every cursor, so equal
// heads are equal commits. Balances are those of the verifier's own fold.
// Ownership: history_keep frees. Failures: a run that breaks a rule of the verifier's fold is
// counted. Threads: one.
#include "proto/event.h"
#include "proto/money.h"
#include "services/node/node.h"

enum { HISTORY_COMMITS_MAX = 1024, HISTORY_ACCOUNTS = 6, HISTORY_NONE = -1 };

// An event, and what of it is looked for.
typedef struct {
    bytes_t bytes;
    cause_t cause;
    uint64_t sent; // the invoice of a payment.sent
} fact_t;

typedef struct {
    int parent;
    uint64_t last;
    fact_t *facts; // of sequences 1 to last; those of this commit alone are its own
    uint8_t *head;
    size_t head_size;
    uint64_t accounts;
    kopecks_t balances[HISTORY_ACCOUNTS], customers;
} commit_t;

typedef struct {
    stream_t stream; // whose journal it is
    commit_t commits[HISTORY_COMMITS_MAX];
    int count;
    uint64_t violations; // of the verifier's rules, in the run itself
} history_t;

history_t *history_new(stream_t stream);
void history_destroy(history_t **self_p);
// Forgets the commits from `count` on.
void history_keep(history_t *self, int count);

// Adds what is about to be appended after `parent`; returns its number.
int history_add(history_t *self, int parent, const node_batch_t *batch);
int history_find(const history_t *self, const void *head, size_t size); // HISTORY_NONE
bool history_follows(const history_t *self, int commit, int ancestor);  // true for itself too

// The accounts of a run, whose balances are compared.
uid_t16 history_account(unsigned index);
fact_t fact_of(bytes_t bytes);
// Was something with this cause already done in the commit?
bool history_holds(const history_t *self, int commit, const cause_t *cause);
bool history_sent(const history_t *self, int commit, uint64_t invoice);
