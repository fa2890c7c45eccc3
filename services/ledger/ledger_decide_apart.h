#pragma once
// ledger_decide_apart - bonuses that stand apart: they begin later, or one category of service
// alone may use them. Their money lies on the system account "bonuses set apart" and is in no
// balance.
//
//   given    promo expense to apart (kind 14), bonus.set_apart, bonus.given
//   used     apart to the customer (kind 15), and the charge, in one decision (ledger_transfer)
//   begun    one for any service: what is left comes into the balance (kind 15), bonus.begun
//   taken    apart to promo expense (kind 14), and bonus.ended or bonus.clawed
//
// Example: 5.00 for models from June 1st. A charge of 2.00 for tokens of the hour that ends on June
// 1st at 01:00 moves 2.00 from apart to the bonus, and from there to revenue.
//
// Units: kopecks. Failures: none. Threads: one. Source: docs/rules.md "Bonuses set apart".
#include "services/ledger/ledger_state.h"
#include "services/ledger/ledger_transfer.h"

// Does such a bonus, given now, stand apart?
static inline bool ledger_apart_is(const event_bonus_given_t *bonus, instant_t now)
{
    return bonus->category || bonus->begins > now;
}

// From promo expense to apart, or, unless it is `given`, back.
ledger_transfer_t ledger_apart_transfer(const uid_t16 *reference, kopecks_t amount, bool given);
// The events that give it; `index` is its account's row, TABLE_NONE for none yet. It fits.
void ledger_apart_give(const ledger_state_t *self, uint32_t index, const event_bonus_given_t *bonus,
                       decision_t *out);

// When the bonus that begins first does; INT64_MAX if none does.
instant_t ledger_apart_due(const ledger_state_t *self);
// At a tick, when everything is current: one bonus begins. False if none is to.
bool ledger_apart_begin(const ledger_state_t *self, const input_t *input, decision_t *out);
