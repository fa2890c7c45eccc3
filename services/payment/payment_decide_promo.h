#pragma once
// payment_decide_promo - what payment decides of promo codes: the commands of operators and of
// customers, and what invoices, payments and time do to a reserved code. The rules are
// promo_decide's; here they meet requests, invoices and the journal.
//
// Example: the account has a code of 20 %, at most 300.00. Its top-up of 2000.00 is bound with
// promo.bound beside payment.created; when it is paid, promo.redeemed with 300.00 follows
// payment.succeeded in the same decision.
//
// Whatever is wrong with a code, its customer hears the same; the reason is in promo.refused. A
// reservation that has ended is released by a tick, which is a judgement and waits until we are
// current.
//
// Failures   Refusals of requests. Threads: one.
// Source     docs/rules.md "Promo campaigns", "Reserved codes", "Guessed promo codes".
#include "services/payment/payment_state.h"

// promo.begin, promo.add, promo.stop, promo.apply.
fail_t payment_promo_command(const payment_state_t *self, const request_t *request,
                             decision_t *out);
// What all its uses may come to; INT64_MAX where nothing bounds it. 0 for any other command.
kopecks_t payment_promo_moves(const request_t *request);

// The ledger opened an account: noted where there are promo codes, and welcomed where a campaign
// does so; told again, it is nothing new.
void payment_promo_opened(const payment_state_t *self, const event_t *event, decision_t *out);

// A top-up was created in this decision.
void payment_promo_bind(const payment_state_t *self, const event_payment_created_t *created,
                        decision_t *out);
// What came for a top-up, which this decision credits.
void payment_promo_paid(const payment_state_t *self, const invoice_t *invoice, kopecks_t amount,
                        decision_t *out);
// It is declined. Not called where it expires: what is reserved for it lives to its own end.
void payment_promo_declined(const payment_state_t *self, const invoice_t *invoice, decision_t *out);
// Releases the next reservation that has ended, and says that there may be more.
bool payment_promo_due(const payment_state_t *self, const input_t *input, decision_t *out);
