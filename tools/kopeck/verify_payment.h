#pragma once
// verify_payment - checks payment's journal: invoice numbers grow and are used once; money comes
// once for an invoice, with its amount, to its account; nothing is sent under a mandate that is not
// live; each of autopay's requests ends in exactly one success or decline, and is charged as it was
// requested.
//
// A success after a decline is evidence that beats it, and must say so; it is no second outcome.
// Memory: 100 bytes an invoice, 64 a mandate, 72 a request. Failures: in the report. Threads: one.
// Source: design.md §9, the billing rules.
#include "proto/payment.h"
#include "proto/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    table_t invoices, mandates, requests;
    uint64_t invoice;       // the last number
    uint64_t requests_last; // autopay is fed up to here; 0 if it is not
    uint64_t open;          // counted at the end: requests without an outcome
} verify_payment_t;

// Autopay's events up to `requests_last` will be fed, each before what it caused here; requests
// after that are taken as they are.
void verify_payment_init(verify_payment_t *self, verify_report_t *report, uint64_t requests_last);
void verify_payment_release(verify_payment_t *self);
void verify_payment_request(verify_payment_t *self, uint64_t sequence, const event_t *event);
void verify_payment_feed(verify_payment_t *self, uint64_t sequence, const event_t *event);
// `settled`: no request may be open. Returns how many are.
uint64_t verify_payment_finish(verify_payment_t *self, bool settled);
