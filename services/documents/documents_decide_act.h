#pragma once
// documents_decide_act - the numbers, taxes and names of acts and advance invoices: what they are
// about follows from the journals and is computed by who asks (act_fold).
//
// Failures: FAIL_INVALID for what does not add up; FAIL_STATE for an account without a company, a
// quarter that is not over or has its act, money that has its invoice; FAIL_MISSING for a paper of
// no document; FAIL_LIMIT. Threads: one. Source: docs/rules.md "Acts and advance invoices".
#include "proto/core.h"
#include "services/documents/documents_state.h"

enum { ACT_SERIES = 1000000 }; // numbers of a year

fail_t documents_decide_advance(const documents_state_t *self, const request_advance_issue_t *asked,
                                decision_t *out);
fail_t documents_decide_act(const documents_state_t *self, const request_act_issue_t *asked,
                            decision_t *out);
fail_t documents_decide_render(const documents_state_t *self,
                               const request_document_render_t *asked, decision_t *out);
