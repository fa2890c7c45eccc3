#pragma once
// documents_decide_transfer - what becomes of a transfer of a bank statement: matched, in suspense
// with its reason, or known already; and what two persons say of one in suspense.
//
// Who sends it has read the statement whole, held its totals against its documents and counted
// equals; its own days, sums and texts are judged here.
// Failures: FAIL_INVALID for what is no transfer; FAIL_MISSING, FAIL_STATE for an assignment that
// does not fit; FAIL_FULL. Threads: one. Source: docs/rules.md "Matching".
#include "proto/core.h"
#include "services/documents/documents_state.h"

// Bytes: of a purpose; of a number, and of an account.
enum { TRANSFER_TEXT_MAX = 4096, TRANSFER_WORD_MAX = 64 };

fail_t documents_decide_receive(const documents_state_t *self,
                                const request_transfer_receive_t *asked, decision_t *out);
// What documents_decide_receive would say of it. Pure.
fail_t documents_transfer_look(const documents_state_t *self, const request_transfer_look_t *asked,
                               answer_transfer_look_t *ret_answer);
fail_t documents_decide_assign(const documents_state_t *self,
                               const request_transfer_assign_t *asked, decision_t *out);
// Of what Robokassa paid out.
fail_t documents_decide_settle(const documents_state_t *self,
                               const request_transfer_settle_t *asked, decision_t *out);

// What makes it the same in another statement.
void documents_transfer_identity(const request_transfer_receive_t *asked, hash_t *ret_identity);
