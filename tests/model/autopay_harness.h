#pragma once
// autopay_harness - autopay's core in a small world: it plays the node, and stands for the two
// streams that autopay follows, payment's and the ledger's, each delivered as slowly as a test
// wants, and for the ledger's table.
//
// Every event goes through its encoding, so what a core remembers is what is on disk. A crash
// throws the core away, replays its journal into a new one and fetches the view again.
// Failures: asserts. Threads: one.
#include "services/base/table.h"
#include "services/autopay/autopay_core.h"
#include "services/autopay/autopay_verdict.h"

enum { HARNESS_ACCOUNTS_MAX = 256, HARNESS_EVENTS_MAX = 1 << 17 };

typedef struct {
    uid_t16 id;
    kopecks_t balance, returned; // returned: by refunds and chargebacks since the last usage
    uint64_t head, credit;
} harness_account_t;

typedef struct {
    void *state;
    decision_t decision;
    event_t *journal, *payment, *ledger; // streams; sequence n is [n - 1]
    uint64_t journal_count, payment_count, ledger_count;
    uint64_t payment_heard;  // by autopay; committed with what it derived
    uint64_t payment_posted; // by the ledger
    uint64_t ledger_seen;    // by autopay's view
    harness_account_t accounts[HARNESS_ACCOUNTS_MAX];
    size_t accounts_count;
    instant_t now;
    uint64_t invoices, commands;
} harness_t;

harness_t *harness_new(instant_t now); // founded: the default policy is in the journal
void harness_free(harness_t *self);

// --- the ledger ---
size_t harness_open(harness_t *self); // an account with balance 0; its index
void harness_post(harness_t *self, size_t account, kopecks_t amount); // usage below 0; no cause
void harness_ledger_says(harness_t *self, const event_t *event);      // any other event of it
// A refund or chargeback of so much.
void harness_give_back(harness_t *self, size_t account, posting_kind_t kind, kopecks_t amount);
bool harness_ledger_consume(harness_t *self); // the next of payment's events; false at its head

// --- payment ---
uint64_t harness_say(harness_t *self, const event_t *event); // its sequence
uint64_t harness_topup(harness_t *self, size_t account, kopecks_t amount);
// A linking top-up of `amount` and the consent to it.
uint64_t harness_consent(harness_t *self, size_t account, kopecks_t amount, uint64_t count_max,
                         kopecks_t sum_max);
void harness_refund(harness_t *self, size_t account); // payment's word of a full one
void harness_revoke(harness_t *self, size_t account, const uid_t16 *mandate);
uint64_t harness_succeed(harness_t *self, uint64_t request, bool after);
void harness_decline(harness_t *self, uint64_t request, decline_t reason, uint64_t code,
                     uint64_t credit);
uid_t16 harness_mandate(const harness_t *self, size_t account); // of the last consent said

// --- autopay ---
bool harness_hear(harness_t *self);                 // one event of payment; false at its head
bool harness_see(harness_t *self);                  // one event of the ledger; false at its head
void harness_catch_up(harness_t *self);             // all three at their heads
size_t harness_tick(harness_t *self, bool current); // how many events it decided
fail_t harness_command(harness_t *self, role_t role, request_t request);
answer_autopay_t harness_ask(harness_t *self, size_t account, bool current);
instant_t harness_wake(harness_t *self);
void harness_crash(harness_t *self);

// --- its journal ---
const event_t *harness_last(const harness_t *self, event_type_t type); // NULL if there is none
uint64_t harness_last_sequence(const harness_t *self, event_type_t type);
size_t harness_count(const harness_t *self, event_type_t type);
size_t harness_account_index(const harness_t *self, const uid_t16 *id);
