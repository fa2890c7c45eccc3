#pragma once
// verify_closing - checks accounts that are closed, in the ledger's journal and in payment's: what
// is told of a closing is what there was, nothing is credited to a closed account but what had gone
// out and comes back, no bonus of it ends without need, and payment begins nothing for it.
//
// Shares no code with the cores: the rules stand here a second time. Failures: in the report.
// Threads: one. Source: docs/rules.md "Closing an account".
#include "services/base/table.h"
#include "tools/kopeck/verify_ledger.h"

typedef struct {
    verify_report_t *report;
    table_t closed;   // by the ledger: rows are the accounts' ids
    table_t noted;    // by payment
    table_t mandates; // live ones, by their ids
    uint64_t closings;
    event_t before; // of payment: a closing, while its end of the consent may follow
} verify_closing_t;

void verify_closing_init(verify_closing_t *self, verify_report_t *report);
void verify_closing_release(verify_closing_t *self);
// That journal is read from its first event on again.
void verify_closing_restart(verify_closing_t *self, stream_t stream);
// Each event of the ledger, before `ledger` is fed with it; NULL if what it says of balances is
// another's to check.
void verify_closing_ledger(verify_closing_t *self, uint64_t sequence, const event_t *event,
                           const verify_ledger_t *ledger);
void verify_closing_payment(verify_closing_t *self, uint64_t sequence, const event_t *event);
