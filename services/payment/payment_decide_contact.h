#pragma once
// payment_decide_contact - where an account's receipts go: set, erased, shown (docs/rules.md "Whom
// receipts go to").
//
// Failures   As core_t.decide and core_t.query. Threads: one.
#include "services/payment/payment_state.h"

fail_t payment_contact_set(const payment_state_t *self, const request_receipt_contact_set_t *asked,
                           decision_t *out);
fail_t payment_contact_erase(const payment_state_t *self,
                             const request_receipt_contact_erase_t *asked, decision_t *out);
fail_t payment_contact_show(const payment_state_t *self, const uid_t16 *account, query_t *out);
