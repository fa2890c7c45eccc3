#pragma once
// payment_forget - payments that nothing can concern any more leave the state, as
// payments.forgotten names them: with their refunds, their receipts, and a mandate that is over and
// under which no other payment is left.
//
// Forgotten is a payment that was created 400 days ago, is closed, whose refunds are over, and
// whose lot in the ledger is at its end with all that is to be said of its receipts. The ledger
// credits no number that old, so no money can be lost or credited twice by it. Kept for ever is an
// account's last top-up with the box ticked, which says whether it ever allowed autopay.
//
// Looks go over all accounts, some of them in each judgement, and begin again a month later while
// there is a payment of that age. Nobody waits for them, so they wake nobody: they come with a tick
// that something else wants, and where nothing does nothing grows.
//
// Ownership: the rows are the state's. Failures: none. Threads: one.
// Source: docs/rules.md "Payments that are forgotten".
#include "services/payment/payment_state.h"

#define PAYMENT_KEPT_US (400 * DAY_US)
#define PAYMENT_LOOK_US (30 * DAY_US) // from one look to the next
// What commands about a forgotten one are refused with.
#define PAYMENT_FORGOTTEN_TEXT                                                                     \
    "the payment was begun more than 400 days ago, and what it brought is used up: it is "         \
    "forgotten"

void payment_forget_judge(const payment_state_t *self, decision_t *out);
// Was a payment of that number given, and so long ago that it may have been forgotten?
bool payment_forget_is_past(const payment_state_t *self, uint64_t number, instant_t now);

void payment_forget_apply(payment_state_t *self, const event_payments_forgotten_t *event,
                          instant_t at);
