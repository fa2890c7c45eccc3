#pragma once
// documents_decide_numbers - that no number of a paper is given twice after an older journal was
// put back: none is given before an operator said up to which numbers the lost one may have come.
//
// A journal knows that it was put back by its new name (node.booted). Failures: FAIL_STATE,
// FAIL_INVALID. Threads: one. Source: docs/rules.md "Numbers after a restore".
#include "proto/core.h"
#include "services/documents/documents_state.h"

// FAIL_STATE, and what is to be done, while numbers may have been given that are not known here.
fail_t documents_decide_numbers_known(const documents_state_t *self, decision_t *out);
fail_t documents_decide_numbers(const documents_state_t *self, const request_numbers_note_t *asked,
                                decision_t *out);
