#pragma once
// verify_documents - checks documents' journal, and the ledger against it: invoices are one series
// without a gap, issued to the account's company; a transfer is received once, credited only if it
// pays its invoice in full and as the first one, and leaves suspense once, by two persons' word;
// each is posted in the ledger once, as it says, under its identity. Acts are one series a year, as
// advance and shipment invoices together are; an act's lines and taxes add up, and no quarter has
// two; whether it is what was charged says `kopeck act check`.
//
// The ledger's events come after their causes. What it has not heard of yet is under way.
// Memory: 48 bytes an account and a transfer's reference, 64 an invoice, 120 a transfer and an
// assignment. Shares no code with the core. Failures: in the report. Threads: one.
// Source: docs/rules.md "Numbers of invoices", "Matching", "Transfers in the ledger".
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    bool joined; // documents' journal is fed too
    table_t companies, invoices, transfers, identities, facts;
    table_t moved;          // by the reference of the ledger's postings
    table_t unexplained;    // the ledger's events whose cause was not found so
    uint64_t series;        // of the last invoice, without its check digit
    uint64_t assigned;      // our sequence of an assignment whose sender is not said yet
    uint64_t seen;          // last cause met in the ledger
    table_t acts;           // by account: the quarter of its last act
    table_t advances;       // by the reference of the money
    uint64_t act, shipment; // numbers of the last act, and of the last advance or shipment invoice
} verify_documents_t;

void verify_documents_init(verify_documents_t *self, verify_report_t *report, bool joined);
void verify_documents_release(verify_documents_t *self);
// The next event of documents.
void verify_documents_feed(verify_documents_t *self, uint64_t sequence, const event_t *event);
// The next event of the ledger.
void verify_documents_posted(verify_documents_t *self, uint64_t sequence, const event_t *event);
// After everything. `settled`: nothing may be under way. Returns how many transfers are.
uint64_t verify_documents_finish(verify_documents_t *self, bool settled);
