#pragma once
// ledger_decide_wish - a posting that somebody asks for: a posting.requested of a bulk feed, or
// what the command `post` says. It is checked, and posted or refused.
//
// Example: a wish to move 100 kopecks from one customer to another is FAIL_INVALID, since one side
// must be a system account.
//
// A wish opens an account only if it says so (docs/rules.md "Postings by hand").
//
// Failures: FAIL_INVALID with what was wrong, FAIL_DENIED for a kind that comes from a stream and
// not from a person, FAIL_UNKNOWN_ACCOUNT for an account that the ledger
// never heard of where the wish does not say that it opens one, FAIL_LIMIT when no account can
// be opened any more, FAIL_OVERFLOW when a balance would leave its range, FAIL_STATE when there is
// less than is to be taken back, FAIL_FUTURE for a run whose id is from the future. Threads: one.
#include "proto/request.h"
#include "services/ledger/ledger_state.h"

#define LEDGER_ITEMS "the ledger takes items of the types posting.requested and postings.begun"

fail_t ledger_decide_wish(const ledger_state_t *self, const event_posting_requested_t *wish,
                          decision_t *out);
// The command: a wish, and of a chargeback the lot that it takes first. FAIL_MISSING for a lot that
// the account does not have.
fail_t ledger_decide_post(const ledger_state_t *self, const request_post_t *post, decision_t *out);
// Notes the beginning of a run of wishes, so that one that was cut off can see how far it came.
fail_t ledger_decide_run(const input_t *input, decision_t *out);
// core_t's `check`: would the wish be posted whatever others of its batch come before it?
fail_t ledger_decide_check(const void *state, const input_t *input, const char **ret_detail);
// core_t's `moves`.
kopecks_t ledger_decide_moves(const input_t *input);
