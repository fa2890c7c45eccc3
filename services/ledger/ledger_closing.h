#pragma once
// ledger_closing - accounts that are closed, and how far below zero an account may go: the two
// things that an operator says of a single account.
//
// A closed account takes no money: what comes is put into suspense. Its bonuses end one after the
// other, at the ticks after it; usage that is told late is posted as ever. Reopened, it is as any
// other; what has ended stays so.
//
// Units: kopecks. Memory: 16 bytes an account that is closed and still has a bonus, 24 one with a
// limit, and their places in the index. Failures: a command is refused; a fact never is. Threads:
// one. Source: docs/rules.md "Closing an account", "Credit limits".
#include "services/ledger/ledger_state.h"

#define LEDGER_CREDIT_LIMIT_MAX POSTING_AMOUNT_MAX

fail_t ledger_closing_close(const ledger_state_t *self, const request_account_close_t *order,
                            decision_t *out);
fail_t ledger_closing_reopen(const ledger_state_t *self, const request_account_reopen_t *order,
                             decision_t *out);
fail_t ledger_closing_limit(const ledger_state_t *self, const request_credit_limit_t *order,
                            decision_t *out);

// Does the ledger know that account, and is it closed?
bool ledger_closing_is(const ledger_state_t *self, const uid_t16 *account);
