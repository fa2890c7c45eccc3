#pragma once
// verify_receipts - derives from the ledger's and payment's journals which receipts each payment by
// card must have and which it may have, and names where payment's journal says another: a lot that
// ends too early or never, a second receipt of another sum, rate or tax system, one twice, one that
// is registered and never was due, one that is called missing before its day is over.
//
// Shares no code with the cores: the rules stand here a second time, from docs/rules.md "Receipts
// of a lot", "Registration of receipts". Payment's journal may be fed alone; with the ledger's,
// each event of payment after its cause, what was used is what the postings took, held and gave
// back. Once payment has accepted another history of the ledger, what that one alone says is not
// held against it any more.
//
// Units      Kopecks; days of Moscow. Memory: 152 bytes a payment by card, 32 a lot and an account.
// Failures   In the report. Threads: one.
#include "proto/codes.h"
#include "proto/posting.h"
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

enum { VERIFY_REGIMES_MAX = 64 };

// A check against the ledger's postings that failed: said at the end, if their history is the one
// that payment went by.
typedef struct {
    const char *rule, *expected;
    uint64_t sequence;
    int64_t found;
} verify_receipts_doubt_t;

typedef struct {
    verify_report_t *report;
    table_t rows;     // of payments, by number
    table_t lots;     // of the ledger's: which payment each is
    table_t accounts; // of the ledger's
    struct {
        int64_t from; // day
        uint64_t system, vat;
    } regimes[VERIFY_REGIMES_MAX];
    size_t regimes_count;
    verify_receipts_doubt_t *doubts;
    size_t doubts_count, doubts_room;
    instant_t posted_at;  // of the ledger's posting that is being taken
    uint64_t posted_last; // of the ledger's journal, as far as it was fed
    bool current;         // that is as far as the cause of payment's event
    bool reseeded;        // another history of the ledger goes on
} verify_receipts_t;

void verify_receipts_init(verify_receipts_t *self, verify_report_t *report);
void verify_receipts_release(verify_receipts_t *self);
void verify_receipts_payment(verify_receipts_t *self, uint64_t sequence, const event_t *event);
void verify_receipts_ledger(verify_receipts_t *self, uint64_t sequence, const event_t *event);
// `settled`: both were fed, and nothing may be under way.
void verify_receipts_finish(verify_receipts_t *self, bool settled);
