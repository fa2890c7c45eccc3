#pragma once
// payment_decide_posting - what the ledger's postings say of mandates: a chargeback revokes the
// live one and stands against tickets, a full refund is handed on to autopay, which suspends.
//
// The ledger is followed so that this is never forgotten: what came while payment was down is heard
// when it is back. Facts wait for nothing. A journal that an earlier release wrote has no cursor of
// the ledger, and hears its whole stream once, from 1 on. A
// chargeback says nothing of a mandate whose linking money the ledger posted after it; by the order
// of postings, for stamps of a ledger that was restored lie far apart from ours.
// Example: 700 of 1000 rubles are taken back by the payer's bank. The mandate is revoked with why
// 4, and a charge under it that found no connection is declined.
//
// Failures   None; other postings decide nothing.
// Threads    One.
// Source     docs/rules.md "Refunds and chargebacks".
#include "services/payment/payment_state.h"

// The ledger goes by another history of ours: what it posted up to now is counted anew.
void payment_decide_reposted(const payment_state_t *self, const event_t *event);
void payment_decide_posting(const payment_state_t *self, const event_t *posting, decision_t *out);
