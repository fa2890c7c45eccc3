#pragma once
// verify_notify - checks notify's journal, and holds it against those of the ledger and metering:
// each account climbs the ladder step by step, none said twice, none for who has money, each when
// it was due, and comes down when money came; and the balances and the hours' costs that it states
// are what the two journals come to there.
//
// Notify is fed first, to its end: what it says of the others is held against them as they come by.
// Of a history that was replaced nothing can be held against anything. Memory: 96 bytes an account
// on the ladder, 200 a step, 80 an account with usage. Shares no code with the core. Failures: in
// the report. Threads: one. Source: docs/rules.md "Ladder".
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    event_ladder_policy_changed_t policy;
    table_t accounts;
    table_t claims;                // what steps say of others
    table_t balances_at, hours_at; // the claims about a sequence of the ledger, of metering
    table_t hours;                 // an account's last hour, by metering's lines
    uint64_t heard[2];             // how far the ledger and metering came by
} verify_notify_t;

void verify_notify_init(verify_notify_t *self, verify_report_t *report);
void verify_notify_release(verify_notify_t *self);
// The next event of notify, of the ledger, of metering.
void verify_notify_feed(verify_notify_t *self, uint64_t sequence, const event_t *event);
void verify_notify_ledger(verify_notify_t *self, uint64_t sequence, const event_t *event);
void verify_notify_metering(verify_notify_t *self, uint64_t sequence, const event_t *event);
// After everything. Whether the ledger and metering were read to their ends.
void verify_notify_finish(verify_notify_t *self, bool ledger, bool metering);
