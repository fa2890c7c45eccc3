#pragma once
// payment_decide_receipt - the receipts of payments by card: which lot a payment is, when nothing
// of that lot is left, what its second receipt then says, and whether both are registered.
//
//   the ledger credits a payment      lot.placed; from now on the first receipt is asked about
//   usage takes of a later lot, or leaves no cash      lot.ended; the second receipt is due, once,
//                                     or is for people
//   a refund is held of it            nothing is said of it until the refund is over
//   a chargeback, a refund by hand    the second receipt is for people
//   Robokassa's answers               heard, registered; after a day missing, until people see to
//   it
//
// It never touches money, and no money waits for it. Where the shop sends no receipts, or has no
// address for second ones, or is a test shop, nothing is followed.
// Example: a top-up of 500, of which 200 went back. When the last of the 300 is used, the second
// receipt says 300.
//
// Failures   Of commands: FAIL_INVALID, FAIL_MISSING, FAIL_STATE, FAIL_FULL. Threads: one.
// Source     docs/rules.md "Receipts of a lot", "Registration of receipts".
#include "services/payment/payment_state.h"

#define PAYMENT_RECEIPT_KEY (UINT64_C(1) << 62) // in the key of a request: it is a receipt's

static inline bool payment_receipt_is(const request_t *request)
{
    return request->type == REQUEST_receipts || request->type == REQUEST_receipt_resolve ||
           request->type == REQUEST_receipts_regime;
}
fail_t payment_receipt_command(const payment_state_t *self, const request_t *request,
                               decision_t *out);
// An event of the ledger.
void payment_receipt_fact(const payment_state_t *self, const input_t *input, decision_t *out);
void payment_receipt_judge(const payment_state_t *self, decision_t *out);
void payment_receipt_result(const payment_state_t *self, const result_t *result, decision_t *out);
// Where a receipt goes, which was wished for by the one below.
void payment_receipt_recalled(const payment_state_t *self, const recalled_t *recalled);
// Adds at most `max` requests.
void payment_receipt_due(const payment_state_t *self, instant_t now, size_t max, due_t *out);
