#pragma once
// autopay_verdict - the decision of autopay, alone: from every value it looks at to the first
// reason that holds, or CHARGE. `verify` and `why-not` call it again on what a stored decision
// says.
//
// Pure. A version stays here as long as events that name it are kept; a new rule is a new version.
// Units: kopecks, microseconds. Source: docs/rules.md "Reasons", "Limits", "Declines".
#include "proto/codes.h"
#include "proto/event.h"

// Rule 1 did not know AUTOPAY_RETURNED; else they are the same.
enum { AUTOPAY_RULE_FIRST = 1, AUTOPAY_RULE = 2 };

typedef event_autopay_policy_changed_t autopay_policy_t;

typedef struct {
    uint64_t rule;
    uint64_t flags; // autopay_flag_t of proto/codes.def
    instant_t now;
    kopecks_t balance;
    kopecks_t amount, sum_max; // of the mandate
    uint64_t count_max;
    uint64_t count; // succeeded in the Moscow month of `now`
    kopecks_t sum;
    uint64_t declines; // on end
    uint64_t attempts; // declined, of the month
    instant_t last;    // decision CHARGE before, 0 if none
    instant_t declined;
    instant_t earliest; // of a payment that is announced, 0 if none is
    autopay_policy_t policy;
} autopay_inputs_t;

// By autopay_verdict.
/*@ assigns \nothing;
  @ ensures \result != 0 <==> AUTOPAY_RULE_FIRST <= rule <= AUTOPAY_RULE; */
bool autopay_rule_is_known(uint64_t rule);

// Would the balance not be below the threshold without what refunds and chargebacks took since the
// last usage? Example: 50 of 1000 rubles are left by a refund of 950, and the threshold is 100.
bool autopay_balance_was_returned(kopecks_t balance, kopecks_t returned, kopecks_t threshold);

/*@ requires \valid_read(self) && AUTOPAY_RULE_FIRST <= self->rule <= AUTOPAY_RULE;
  @ assigns \nothing;
  @ ensures \result == AUTOPAY_CHARGE ==>
  @         (self->flags & AUTOPAY_STALE) == 0 && (self->flags & AUTOPAY_PENDING) == 0
  @         && (self->flags & AUTOPAY_OPERATOR_HOLD) == 0 && (self->flags & AUTOPAY_SUSPENDED) == 0
  @         && (self->flags & AUTOPAY_REVOKED) == 0 && (self->flags & AUTOPAY_NEVER_ENABLED) == 0
  @         && (self->flags & AUTOPAY_ACCOUNT_CLOSED) == 0 && (self->flags & AUTOPAY_NO_CARD) == 0
  @         && (self->flags & AUTOPAY_NOTICE_RUNS) == 0
  @         && (self->rule == AUTOPAY_RULE_FIRST || (self->flags & AUTOPAY_RETURNED) == 0)
  @         && self->balance < self->policy.threshold
  @         && self->attempts < self->policy.attempts_max && self->count < self->count_max
  @         && self->sum + self->amount <= self->sum_max; */
autopay_reason_t autopay_verdict(const autopay_inputs_t *self);

// When time alone can change that verdict; INT64_MAX if it cannot.
instant_t autopay_verdict_until(const autopay_inputs_t *self, autopay_reason_t verdict);

// The inputs of a stored autopay.payment_requested or autopay.withheld. The threshold is the
// event's; of the policy in force when it was stored (the last autopay.policy_changed before it)
// come interval, back-offs and attempts, which no decision repeats.
autopay_inputs_t autopay_inputs_from_event(const event_t *event, const autopay_policy_t *policy);

// The verdict that a stored decision states.
autopay_reason_t autopay_verdict_stated(const event_t *event);

// Does that reason speak about the card? Of the others nothing was sent: no decline.
bool autopay_reason_declines(decline_t reason);
