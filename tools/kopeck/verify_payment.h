#pragma once
// verify_payment - checks payment's journal: invoice numbers grow and are used once; money comes
// once for an invoice, with its amount, to its account; nothing is sent under a mandate that is not
// live; each of autopay's requests ends in exactly one success or decline, and is charged as it was
// requested, and the limits that this journal has for its mandate hold for the month of its
// decision; a chargeback in the ledger leaves no mandate live that was consented to before it, and
// what is said to be caused by the ledger was posted there.
//
// Money that comes above a limit or after a revocation is said to be so. Promo codes: verify_promo.
//
// A success after a decline is evidence that beats it, and must say so; it is no second outcome.
// Memory: 100 bytes an invoice, 80 a mandate, 72 each change of it, 80 a request, 40 an account, 48
// one that was credited, 48 a refund or chargeback. Failures: in the report. Threads: one.
// Source: docs/rules.md "Payments", "Refunds and chargebacks", "Money that goes back by
// itself".
#include "proto/codes.h"
#include "proto/posting.h"
#include "services/base/table.h"
#include "tools/kopeck/verify_promo.h"
#include "tools/kopeck/verify_report.h"

// What one event of this journal made of a mandate.
typedef struct {
    uid_t16 mandate;
    kopecks_t amount, sum_max;
    uint64_t count_max;
    bool live;
} verify_terms_t;

typedef struct {
    verify_report_t *report;
    table_t invoices, mandates, requests, terms, paid, accounts, returns;
    uint64_t place;         // of the last number in their order, 0 before the first
    uint64_t requests_last; // autopay is fed up to here; 0 if it is not
    uint64_t postings_last; // the ledger is fed up to here; 0 if it is not, or was another one
    verify_promo_t promo;
    uint64_t came; // the invoice of the event before, if that was money
    bool says;     // this journal knows of money that is not allowed
    uint64_t open; // counted at the end: requests without an outcome
} verify_payment_t;

// Autopay's events up to `requests_last` and the ledger's up to `postings_last` will be fed, each
// before what it caused here; what comes after that is taken as it is.
void verify_payment_init(verify_payment_t *self, verify_report_t *report, uint64_t requests_last,
                         uint64_t postings_last);
void verify_payment_release(verify_payment_t *self);
void verify_payment_request(verify_payment_t *self, uint64_t sequence, const event_t *event);
void verify_payment_posting(verify_payment_t *self, uint64_t sequence, const event_t *event);
void verify_payment_feed(verify_payment_t *self, uint64_t sequence, const event_t *event);
// What the mandate event of that sequence made of it; NULL if it is none, or was not fed.
const verify_terms_t *verify_payment_terms(const verify_payment_t *self, uint64_t sequence);
// `settled`: no request may be open, and no chargeback unheard. Returns how many are.
uint64_t verify_payment_finish(verify_payment_t *self, bool settled);
