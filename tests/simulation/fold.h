#pragma once
// fold - what an independent reader makes of the durable journals, event by event as each becomes
// durable, and the invariants that every event has to keep. It knows the rules of its own.
//
// It sees events only when their disk has settled them, so whatever it does not know yet was not
// durable: that is how an acknowledgement before its commit is found. Threads: one.
//
// Which invariant is checked where while the run goes on:
//   I1  no gap, own root = head's root: fold.c take_record, check_head; fold_ledger.c take_fact
//   I2  balances are the sum of the postings: fold_ledger.c move_balance
//   I3  no success without Robokassa's money: fold_payment.c fold_succeeded
//   I5  each minute once, at its price: fold_metering.c; platform_model.c check_result
//   I6  what is acknowledged is durable: fold.c fold_catch_up, fold_check_push;
//       customers.c customers_answered, customers_posted
//   I7  one capture of one durable decision: fold_payment.c fold_created, fold_sent;
//       robokassa_answers.c check_charge, arrive; robokassa_model.c check_capture
//   I8  limits of a month of Moscow: fold_autopay.c fold_requested
//   I9  no decision while one is open or without a live mandate: fold_autopay.c fold_requested,
//       check_posted; fold_payment.c fold_created, fold_sent; robokassa_answers.c check_charge
//   I10 who owes is told of in time and runs no longer: fold_ledger.c fold_exhausted;
//       fold_metering.c fold_charged; platform_model.c watch
//   I11 OK only for what is durable: robokassa_model.c robokassa_model_answered
//   I12 every reader's view is a prefix: auditor.c read_event, check_balance;
//       fold_autopay.c fold_noted, fold_settled; fold_ledger.c take_fact
//   I14 checkpoints are consistent: auditor.c check_status
//   I15 bounds of queues, batches and requests: bounds.c
// At the end: final.h. I16: test_journals.c replays the journals in tests/vectors/journals.
#include "store/tree.h"
#include "tests/simulation/fold_commands.h"
#include "tests/simulation/fold_decisions.h"
#include "tests/simulation/platform_model.h"
#include "tests/simulation/process.h"

typedef struct {
    uint64_t sequence;
    unsigned account;
    uid_t16 mandate;
    int64_t amount, month;
    enum { REQUEST_OPEN, REQUEST_SUCCEEDED, REQUEST_DECLINED } outcome;
    uint64_t invoice, credit; // payment's sequence of the last credit it knew
    unsigned answered;        // payment's succeeded or declined
    instant_t at;             // of the decision
    int64_t paid;
} fold_request_t;

typedef struct {
    unsigned account, kind;
    int64_t amount, succeeded;
    uint64_t request, credit; // credit: payment's sequence of the success
    uid_t16 mandate;
    unsigned sent;
    bool declined, expired, mismatch;
} fold_invoice_t;

typedef struct {
    uid_t16 id;
    unsigned account;
    int64_t amount, sum_max;
    uint64_t count_max, credit; // payment's sequence of the linking top-up
    bool live, acked_revoked;
} fold_mandate_t;

typedef struct {
    uint64_t sequence;
    int64_t balance;
    instant_t durable_at; // true time
} fold_balance_t;

typedef struct {
    int64_t balance;      // cash and bonus
    fold_list_t balances; // fold_balance_t after each posting
    uint64_t open;        // autopay's request in flight
    uint64_t credit;      // payment's sequence of the last credit
    fold_decisions_t decisions;
    bool noted_live, suspended;
    bool exhausted;           // said by the ledger and not taken back
    instant_t exhausted_at;   // true time at which it was durable
    instant_t negative_since; // true time; 0 while the balance is not below zero
    uint64_t hour;            // the ledger's last posting of an hour's usage
    int64_t hour_amount;
    uid_t16 hour_reference;
    uid_t16 noted;
    int64_t noted_amount, noted_sum;
    uint64_t noted_count;
    __int128 closed_units; // of meters that are closed, price x minutes
    int64_t closed_posted;
} fold_account_t;

typedef struct {
    int resource;
    unsigned account;
    bool closed;
    __int128 units;
    int64_t posted;
} fold_meter_t;

// Something that a follower must have taken in exactly once.
typedef struct {
    uint64_t sequence;
    int64_t amount, left; // left: not posted yet
    bool ever;            // was posted, be it in a history of the ledger that was lost
} fold_fact_t;

typedef struct {
    uint64_t seen[PROCESSES]; // last event of each journal
    uint64_t high[PROCESSES]; // the same, over all its histories
    tree_t trees[PROCESSES];
    fold_list_t leaves[PROCESSES]; // hash_t of each event
    instant_t times[PROCESSES];    // of the last event
    fold_commands_t commands[PROCESSES];
    fold_account_t accounts[ACCOUNTS_MAX];
    int64_t systems[64];
    fold_list_t requests, invoices, mandates, meters; // of the structs above
    fold_list_t charges, credits;                     // facts for the ledger
    uint16_t *charged[RESOURCES_MAX];                 // minutes of each hour since the start
} fold_t;

void fold_init(fold_t *self);
void fold_release(fold_t *self);
// The ledger's journal is another one now: what was made of the old one is forgotten.
void fold_forget_ledger(world_t *world);
// Takes in what the disk of that process holds beyond what was seen.
void fold_catch_up(world_t *world, process_t *process);

fold_invoice_t *fold_invoice(fold_t *self, uint64_t invoice);  // NULL if there is none
fold_request_t *fold_request(fold_t *self, uint64_t sequence); // NULL if there is none
fold_mandate_t *fold_mandate(fold_t *self, const uid_t16 *id); // NULL if there is none
// The balance after the last posting up to that sequence of the ledger.
int64_t fold_balance_at(const fold_t *self, unsigned account, uint64_t sequence);
int64_t fold_month(instant_t at);
// Was what the platform was just told to forget durable?
void fold_check_push(world_t *world, uint64_t epoch, uint64_t acknowledged);
