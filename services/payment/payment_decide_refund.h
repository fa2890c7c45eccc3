#pragma once
// payment_decide_refund - a payment goes back to its payer: what operators ask for, what the ledger
// holds or refuses, what Robokassa answers, and what time alone decides.
//
//   refund                requested; the ledger hears of it
//   refund.held           approved; OpStateExt is asked for the operation's OpKey
//   the OpKey             left, committed before a byte leaves; Create is sent, once
//   its answer            sent, ended, unsent (no connection), or unknown, for people alone
//   GetState              done, ended, or unknown if another sum went back
//
// A chargeback of the account cancels what has not left, and marks what may have (refund.disputed).
// Example: 500 rubles are asked back of a payment of 500, of which 120 are spent. The ledger
// refuses, and nothing is sent.
//
// Failures   Of commands: FAIL_INVALID, FAIL_MISSING, FAIL_STATE, FAIL_MISMATCH with what is wrong.
// Threads    One. Source: docs/rules.md "Asking for a refund", "States of a refund".
#include "services/payment/payment_state.h"

#define PAYMENT_REFUND_KEY (UINT64_C(1) << 63) // in the key of a request: it is a refund's

static inline bool payment_refund_is(const request_t *request)
{
    return request->type == REQUEST_refund || request->type == REQUEST_refund_cancel ||
           request->type == REQUEST_refund_resolve || request->type == REQUEST_refunds;
}
fail_t payment_refund_command(const payment_state_t *self, const request_t *request,
                              decision_t *out);
// Of a second payment of that sum (docs/rules.md "Second payments"): asks for its refund and
// approves it, behind the payment.mismatch that tells of it, once; nothing where the shop does not.
void payment_refund_second(const payment_state_t *self, const invoice_t *invoice, kopecks_t amount,
                           decision_t *out);
// All of a payment that comes with this decision, by itself. `credit` is our sequence of its money.
void payment_refund_ask(const payment_state_t *self, const invoice_t *invoice, kopecks_t amount,
                        uint64_t credit, unwanted_t why, decision_t *out);
// How much of it a command moves; 0 for other commands.
kopecks_t payment_refund_moves(const request_t *request);
// An event of the ledger.
void payment_refund_fact(const payment_state_t *self, const event_t *event, decision_t *out);
void payment_refund_judge(const payment_state_t *self, decision_t *out);
void payment_refund_result(const payment_state_t *self, const result_t *result, decision_t *out);
// Adds at most `max` requests.
void payment_refund_due(const payment_state_t *self, instant_t now, size_t max, due_t *out);
