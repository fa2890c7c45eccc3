#pragma once
// payment_closing - what payment makes of an account that the ledger calls closed: no payment of it
// is begun any more, and its consent to autopay has ended.
//
// What was begun before may still be paid: the money is told of as ever, and the ledger puts it
// into suspense. Failures: none. Threads: one. Source: docs/rules.md "Closing an account".
#include "services/payment/payment_state.h"

// account.closed or account.reopened, from the ledger.
void payment_closing_hear(const payment_state_t *self, const event_t *event, decision_t *out);
