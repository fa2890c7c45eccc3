#pragma once
// payment_unwanted - money of an autopay payment that comes although its customer does not allow
// it: above the limits of its month, or after a revocation. It is credited as any other, and its
// refund is asked for in the same decision.
//
// That can happen, for what has left cannot be called back: a charge that was taken for declined is
// paid late, and another one was made meanwhile; or the customer revokes, or lowers his limit,
// while it is under way. The limits are those that hold when the money comes.
//
// Example: two payments a month are allowed. The second was declined as never arrived, a third
// succeeded, and now the second is paid: it goes back.
//
// Units      Kopecks. Cost: a walk along the account's invoices of that month.
// Failures   None. Threads: one. Source: docs/rules.md "Money that goes back by itself".
#include "services/payment/payment_state.h"

// Behind payment.succeeded, whose sequence `credit` is: adds payment.unwanted and refund.requested,
// or nothing.
void payment_unwanted_judge(const payment_state_t *self, const invoice_t *invoice, kopecks_t amount,
                            uint64_t credit, decision_t *out);
