#pragma once
// ledger_decide_bonus - bonuses of promo codes: given once, whatever history payment has, and taken
// back with what of their top-up goes back.
//
// Example: a top-up of 3.00 brought 1.00. A third of it is refunded, and 0.33 of the bonus go. The
// rest is charged back and 0.10 of the bonus are left: those go, and 0.57 are owed. The dispute is
// won: 0.57 are owed no more, and 0.10 are given again.
//
// Units      Kopecks. Failures: none; what no account can take goes to suspense. Threads: one.
// Source     docs/rules.md "The bonus of a promo code", "Credited once".
#include "services/ledger/ledger_state.h"

// --- what payment says ---

fail_t ledger_bonus_redeemed(const ledger_state_t *self, const event_promo_redeemed_t *redeemed,
                             decision_t *out);
fail_t ledger_bonus_gift(const ledger_state_t *self, const event_promo_given_t *gift,
                         decision_t *out);
fail_t ledger_bonus_welcome(const ledger_state_t *self, const event_promo_welcomed_t *welcomed,
                            decision_t *out);

// Takes the next share of what went back with a top-up, or gives again what was taken of one that
// came back; false if none waits.
bool ledger_bonus_settle(const ledger_state_t *self, decision_t *out);
