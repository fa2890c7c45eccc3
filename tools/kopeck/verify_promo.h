#pragma once
// verify_promo - checks promo codes in payment's journal: no use beyond the limits of its code, its
// campaign, its account and the budget; one reservation of an account at a time, honoured up to its
// end and no longer; a bonus of what its terms say, once, and with the money of its top-up.
//
// Shares no code with payment's core: the rules stand here a second time.
// Memory: 150 bytes a campaign, 60 a code, 100 a reservation, 24 for each account that used a code,
// and again for each that used a campaign; 28 an account. Failures: in the report. Threads: one.
// Source: docs/rules.md "Promo campaigns", "Reserved codes", "The bonus of a promo code".
#include "services/base/table.h"
#include "tools/kopeck/verify_report.h"

typedef struct {
    verify_report_t *report;
    table_t campaigns, codes, reservations;
    table_t code_uses, campaign_uses; // by account and code, and by account and campaign
    table_t opened;                   // accounts that the ledger opened
    event_payment_succeeded_t paid;   // the last one
    event_account_noted_t noted;      // the last one
    uint64_t welcome;                 // the campaign that owes it a welcome balance, 0 for none
} verify_promo_t;

void verify_promo_init(verify_promo_t *self, verify_report_t *report);
void verify_promo_release(verify_promo_t *self);
void verify_promo_feed(verify_promo_t *self, uint64_t sequence, const event_t *event);
