#pragma once
// payment_decide_judgement - a tick: what time alone decides about an invoice. A charge without an
// answer becomes unknown, one that waits (to be current, or for a connection) is sent or given up,
// a top-up expires, an open payment is overdue.
//
// What merely follows from what has happened is said at once; the others wait until the input is
// current. Example: a charge was handed out, and the process ended. The next process says
// payment.unknown in its first tick, and asks. Sets `more` after PAYMENT_TICK_MAX invoices.
//
// Failures   None.
// Threads    One.
#include "services/payment/payment_state.h"

fail_t payment_decide_judgement(const payment_state_t *self, const input_t *input, decision_t *out);
