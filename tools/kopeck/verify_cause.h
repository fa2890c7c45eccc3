#pragma once
// verify_cause - checks the ledger against what caused it: each charge of metering is posted
// exactly once with its amount to its account, each credit of metering is noted so, each success of
// payment is credited exactly once, and nothing else is posted as a charge, a top-up or an autopay
// payment, but by an importer. A payment's credit bears its number, and so does what is told of it:
// from the first that does, all must.
//
// The ledger takes each stream in order, so this is a merge: before a posting is fed, the stream of
// its cause is fed up to that cause. Between two causes nothing is remembered.
// What lies behind the last cause seen is under way, not lost: verify_cause_finish counts it.
// Ownership: verify_cause_release frees. Failures: in the report. Threads: one. Source:
// docs/rules.md "The ledger".
#include "proto/posting.h"
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

// The last event of a stream that money must follow from.
typedef struct {
    uint64_t sequence; // 0 for none
    uid_t16 account;
    kopecks_t amount, posted;
    uint64_t kind, invoice;  // 0 if it is no payment
    instant_t hour;          // of a charge, the end of its hour
    instant_t until, begins; // of a bonus
    uint64_t category;       // of a bonus, or of a charge
} verify_due_t;

typedef struct {
    verify_report_t *report;
    bool joined[STREAM_END];      // the stream is fed too
    verify_due_t due[STREAM_END]; // by stream: metering and payment
    uint64_t seen[STREAM_END];    // last cause met in the ledger
    uint64_t waiting[STREAM_END]; // money events behind it
    bool numbered;                // a credit that bears its payment's number was met
    uint64_t alone;      // sequence of a posting by command that came from no stream; 0 for none
    uint64_t alone_kind; // its kind
    cause_t alone_cause; // the command
    table_t importers;   // producers whose items an importer pushes
} verify_cause_t;

// What money must follow from an event of metering or payment: account, amount, kind and, of a
// payment, its number. False for an event that none follows from.
bool verify_cause_money(const event_t *event, verify_due_t *ret_due);

// Causes in a stream that is not fed are taken as they are.
void verify_cause_init(verify_cause_t *self, verify_report_t *report, bool metering, bool payment);
void verify_cause_release(verify_cause_t *self);
// The next event of metering or payment. `settled`: the ledger has been fed to its end.
void verify_cause_origin(verify_cause_t *self, stream_t stream, uint64_t sequence,
                         const event_t *event, bool settled);
// The next event of the ledger, after its cause.
void verify_cause_feed(verify_cause_t *self, uint64_t sequence, const event_t *event);
// After everything. `settled`: nothing may be under way. Returns how many money events are.
uint64_t verify_cause_finish(verify_cause_t *self, bool settled);
