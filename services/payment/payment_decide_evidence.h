#pragma once
// payment_decide_evidence - what is known of a payment becomes events: notices, state answers,
// answers to charges, an operator's word. The only place where money is credited.
//
// Threads    One.
#include "services/payment/payment_form.h"

// Command `callback`.
fail_t payment_evidence_notice(const payment_state_t *self, const request_callback_t *callback,
                               decision_t *out);
// Command `payment.resolve`.
fail_t payment_evidence_operator(const payment_state_t *self,
                                 const request_payment_resolve_t *resolve, decision_t *out);
// What came back from the POST of a charge, from a question.
void payment_evidence_charged(const payment_state_t *self, const invoice_t *invoice,
                              const result_t *result, decision_t *out);
void payment_evidence_told(const payment_state_t *self, const invoice_t *invoice,
                           const result_t *result, decision_t *out);

void payment_evidence_unknown(const invoice_t *invoice, uint64_t why, decision_t *out);
void payment_evidence_declined(const payment_state_t *self, const invoice_t *invoice,
                               decline_t reason, uint64_t code, decision_t *out);
// Ends a mandate; what its account was to send is not sent any more.
void payment_evidence_revoke(const payment_state_t *self, const payment_account_t *account,
                             const uid_t16 *mandate, uint64_t why, decision_t *out);
