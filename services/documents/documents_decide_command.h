#pragma once
// documents_decide_command - a company's requisites, and invoices that it is to pay.
//
// Failures: FAIL_INVALID for what is wrong by its digits, with the rule's name; FAIL_STATE for an
// invoice of an account without a company; FAIL_FULL, FAIL_LIMIT. Threads: one.
// Source: docs/rules.md "Requisites", "Numbers of invoices".
#include "proto/core.h"
#include "services/documents/documents_state.h"

fail_t documents_decide_register(const documents_state_t *self,
                                 const request_requisites_register_t *asked, decision_t *out);
fail_t documents_decide_issue(const documents_state_t *self, const request_invoice_issue_t *asked,
                              decision_t *out);
