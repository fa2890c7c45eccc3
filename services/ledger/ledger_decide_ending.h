#pragma once
// ledger_decide_ending - bonuses that end: by their time, with their account, or because an
// operator says so; and the bonus that an operator gives.
//
// A bonus lapses 10 minutes after metering closed the last hour that it may pay, and no earlier
// than it ends. That hour's closing is noted, where some bonus waits for it (`bonuses.ending`).
//
// So long before its end as the policy says, what is left of it is told of (`bonus.ends_soon`),
// once.
//
// Example: a bonus until 10:30 waits for the hour that ends at 10:00; closed at 10:02, it lapses at
// 10:30. One until 10:00 lapses at 10:12.
//
// Failures: an operator's command is refused; a fact never is. Threads: one.
// Source: docs/rules.md "Bonuses that end".
#include "services/ledger/ledger_state.h"

#define LEDGER_LAPSE_AFTER_US (10 * MINUTE_US)
#define LEDGER_BONUS_LIFE_MAX_US (3660 * DAY_US)
#define LEDGER_LAPSE_NOTICE_MAX_US (366 * DAY_US)

// Metering has closed an hour.
fail_t ledger_ending_closed(const ledger_state_t *self, const event_hour_closed_t *closed,
                            decision_t *out);
// When the bonus that ends first lapses; INT64_MAX if no instant is known.
instant_t ledger_ending_due(const ledger_state_t *self);
// At a tick, when everything is current: one bonus lapses. False if none is to.
bool ledger_ending_lapse(const ledger_state_t *self, const input_t *input, decision_t *out);

// When the bonus that ends first of those that nobody was told of is to be told of, and that, at a
// tick when everything is current. False if none is to.
instant_t ledger_ending_warn_due(const ledger_state_t *self);
bool ledger_ending_warn(const ledger_state_t *self, const input_t *input, decision_t *out);

// At a tick: one bonus of a closed account ends. False if none is to.
bool ledger_ending_close(const ledger_state_t *self, decision_t *out);

fail_t ledger_bonus_order(const ledger_state_t *self, const request_bonus_give_t *order,
                          decision_t *out);
fail_t ledger_bonus_void(const ledger_state_t *self, const request_bonus_void_t *order,
                         decision_t *out);
