#pragma once
// payment_decide_charge - a request of autopay becomes an invoice that is sent, or is declined at
// once with the reason. While the input is not current the ledger may have said something of the
// mandate that is not heard yet: then the invoice waits for a tick (payment_decide_judgement).
//
// Example: autopay asked for 500 rubles on the balance of the credit 81, and since then the credit
// 90 has come. The request is declined as stale, and says 90.
//
// Failures   None; a request that is not sent is a payment.declined.
// Threads    One.
#include "services/payment/payment_state.h"

// Autopay goes by a history of payment: if by ours, its requests are no longer those that a lost
// journal of ours may have sent.
void payment_decide_followed(const payment_state_t *self, const event_t *event, decision_t *out);
fail_t payment_decide_charge(const payment_state_t *self, const input_t *input, decision_t *out);

// Why a charge that has not left yet may not leave any more; DECLINE_NONE if it may. Its mandate is
// not asked after: a revocation ends the charge itself.
decline_t payment_charge_overtaken(const payment_state_t *self, const invoice_t *charge,
                                   instant_t now);
