#pragma once
// ledger_decide_refund - a refund that payment asks for is held of the lot that its payment is, and
// leaves or comes back by payment's word.
//
// Which posting credited the payment no state keeps. So the refund is noted first (refund.noted),
// the posting is recalled by its cause, and the sum is held in one decision with refund.held, or
// refused. A crash in between asks again, since what is noted is in the journal.
//
// Held is cash of that one lot, and never more than is unspent of it. What has gone back is never
// refused: of a refund that is not held, since an older journal was put back, it is taken of
// whatever is there. A refund is settled once; what is said of it afterwards changes nothing,
// except that what came back may yet leave. Example: a payment of 500, of which 120 are spent. 380
// can be held, 381 cannot.
//
// Failures: FAIL_OVERFLOW, when a system account would leave int64. Threads: one.
// Source: docs/rules.md "Refunds in the ledger".
#include "services/ledger/ledger_state.h"

#define LEDGER_REFUND_KEY (UINT64_C(1) << 63) // in the key of a recall: it is a refund's

// refund.requested, refund.done, refund.ended.
fail_t ledger_refund_fact(const ledger_state_t *self, const event_t *event, decision_t *out);
void ledger_refund_due(const ledger_state_t *self, due_t *out);
fail_t ledger_refund_recalled(const ledger_state_t *self, const recalled_t *recalled,
                              decision_t *out);
