#pragma once
// payment_evidence - what is known of a payment becomes events: notices, state answers, answers to
// charges, an operator's word. The only place where money is credited.
//
// Threads    One.
#include "services/payment/payment_form.h"

typedef enum {
    EVIDENCE_CALLBACK = 1,
    EVIDENCE_STATE = 2,
    EVIDENCE_REGISTRY = 3,
    EVIDENCE_OPERATOR = 4
} evidence_t;

enum { MISMATCH_NONE = 0, MISMATCH_AMOUNT = 1, MISMATCH_TOKEN = 2 };
enum { UNKNOWN_NO_ANSWER = 1, UNKNOWN_ANSWER = 2, UNKNOWN_RESTART = 3, UNKNOWN_SERVER = 4 };
enum { REVOKE_CUSTOMER = 1, REVOKE_REPLACED = 2, REVOKE_OPERATOR = 3, REVOKE_CHARGEBACK = 4 };

// Command `callback`.
fail_t payment_evidence_notice(const state_t *self, const request_callback_t *callback,
                               decision_t *out);
// Command `payment.resolve`.
fail_t payment_evidence_operator(const state_t *self, const request_payment_resolve_t *resolve,
                                 decision_t *out);
// What came back from the POST of a charge, from a question.
void payment_evidence_charged(const state_t *self, const invoice_t *invoice, const result_t *result,
                              decision_t *out);
void payment_evidence_told(const state_t *self, const invoice_t *invoice, const result_t *result,
                           decision_t *out);

void payment_evidence_unknown(const invoice_t *invoice, uint64_t why, decision_t *out);
void payment_evidence_declined(const state_t *self, const invoice_t *invoice, decline_t reason,
                               uint64_t code, decision_t *out);
// Ends a mandate; what its account was to send is not sent any more.
void payment_evidence_revoke(const state_t *self, const account_t *account, const uid_t16 *mandate,
                             uint64_t why, decision_t *out);
