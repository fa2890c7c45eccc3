#pragma once
// turnover - what an account's postings of a period come to: credits and debits, cash and bonus
// apart, held against the balances before and after, which were told by somebody else.
//
// The postings come one after the other, newest first as the ledger's replay door gives them or
// oldest first as the journal does. Every one must follow the one before it by its `previous`, so
// none is missing or there twice, and must move one of the two wallets by its amount; and opening +
// credits - debits = closing in both wallets, of sums of amounts. What does not add up is named in
// `wrong`; the first one sticks.
//
// Units: kopecks. Ownership: plain data. Failures: false, and `wrong`; a sum that leaves int64 is
// one. Threads: one. Source: docs/rules.md "Statement of an account".
#include "proto/event.h"

enum { TURNOVER_WRONG_MAX = 256 };

// An account after one of its postings; all zero before the first.
typedef struct {
    uint64_t sequence;
    kopecks_t cash, bonus;
} turnover_point_t;

typedef struct {
    uint64_t count;
    kopecks_t cash, bonus;
} turnover_sum_t;

typedef struct {
    turnover_point_t opening, closing;
    turnover_sum_t credits, debits; // both positive
    char wrong[TURNOVER_WRONG_MAX]; // "" while all adds up
    // the reading's own
    turnover_point_t reached; // newest first: after `later`
    event_posted_t later;     // waits for the one before it; its bytes are not read
    bool waits;
} turnover_t;

// Newest first: `opening` and `closing` as the ledger tells them.
turnover_t turnover_backwards(turnover_point_t opening, turnover_point_t closing);
bool turnover_earlier(turnover_t *self, uint64_t sequence, const event_posted_t *posted);
// After the last one. True if all adds up.
bool turnover_end_backwards(turnover_t *self);

// Oldest first, from where the account stood. `closing` is the last posting's.
turnover_t turnover_forwards(turnover_point_t opening);
bool turnover_later(turnover_t *self, uint64_t sequence, const event_posted_t *posted);
bool turnover_end_forwards(turnover_t *self);

// An amount in rubles, as 12.34 or -0.05.
enum { TURNOVER_RUBLES_SIZE = 24 };
void turnover_rubles(kopecks_t amount, char out[TURNOVER_RUBLES_SIZE]);
