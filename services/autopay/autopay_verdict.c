#include "services/autopay/autopay_verdict.h"
#include "proto/month.h"
#include <assert.h>

// A span after an instant; one that never came about (0) has no span.
//@ assigns \nothing;
static instant_t span_end(instant_t from, uint64_t span_us)
{
    instant_t end;
    if (from == 0)
        return INT64_MIN;
    return __builtin_add_overflow(from, span_us, &end) ? INT64_MAX : end;
}

/*@ requires \valid_read(self);
  @ assigns \nothing; */
static instant_t backoff_end(const autopay_inputs_t *self)
{
    if (self->declines == 0)
        return INT64_MIN;
    return span_end(self->declined, self->declines == 1 ? self->policy.backoff_first_us
                                                        : self->policy.backoff_second_us);
}

/*@ requires \valid_read(self);
  @ assigns \nothing; */
static instant_t interval_end(const autopay_inputs_t *self)
{
    return span_end(self->last, self->policy.interval_us);
}

/*@ requires \valid_read(self);
  @ assigns \nothing;
  @ ensures \result ==> self->sum + self->amount <= self->sum_max; */
static bool sum_allows(const autopay_inputs_t *self)
{
    kopecks_t after;
    return money_add(self->sum, self->amount, &after) && after <= self->sum_max;
}

bool autopay_rule_is_known(uint64_t rule)
{
    return rule >= AUTOPAY_RULE_FIRST && rule <= AUTOPAY_RULE;
}

bool autopay_balance_was_returned(kopecks_t balance, kopecks_t returned, kopecks_t threshold)
{
    kopecks_t before;
    return balance < threshold && (!money_add(balance, returned, &before) || before >= threshold);
}

// What is in flight is reserved by AUTOPAY_PENDING: while it holds, no cap is ever asked, so the
// caps need look only at what succeeded.
autopay_reason_t autopay_verdict(const autopay_inputs_t *self)
{
    assert(autopay_rule_is_known(self->rule));
    if (self->flags & AUTOPAY_STALE)
        return AUTOPAY_NO_STALE;
    if (self->flags & AUTOPAY_ACCOUNT_CLOSED)
        return AUTOPAY_NO_ACCOUNT_CLOSED;
    if (self->flags & AUTOPAY_NEVER_ENABLED)
        return AUTOPAY_NO_NOT_ENABLED;
    if (self->flags & AUTOPAY_REVOKED)
        return AUTOPAY_NO_REVOKED;
    if (self->flags & AUTOPAY_NO_CARD)
        return AUTOPAY_NO_INSTRUMENT;
    if (self->flags & AUTOPAY_OPERATOR_HOLD)
        return AUTOPAY_NO_OPERATOR_HOLD;
    if (self->flags & AUTOPAY_SUSPENDED)
        return AUTOPAY_NO_SUSPENDED;
    if (self->flags & AUTOPAY_PENDING)
        return AUTOPAY_NO_PENDING;
    if (self->balance >= self->policy.threshold)
        return AUTOPAY_NO_ABOVE_THRESHOLD;
    if (self->now < backoff_end(self))
        return AUTOPAY_NO_BACKOFF;
    if (self->now < interval_end(self))
        return AUTOPAY_NO_INTERVAL;
    if (self->attempts >= self->policy.attempts_max)
        return AUTOPAY_NO_ATTEMPT_CAP;
    if (self->count >= self->count_max)
        return AUTOPAY_NO_COUNT_CAP;
    if (!sum_allows(self))
        return AUTOPAY_NO_SUM_CAP;
    if (self->flags & AUTOPAY_NOTICE_RUNS)
        return AUTOPAY_NO_PRENOTICE;
    if (self->rule != AUTOPAY_RULE_FIRST && self->flags & AUTOPAY_RETURNED)
        return AUTOPAY_NO_RETURNED;
    return AUTOPAY_CHARGE;
}

instant_t autopay_verdict_until(const autopay_inputs_t *self, autopay_reason_t verdict)
{
    switch (verdict) {
    case AUTOPAY_NO_BACKOFF:
        return backoff_end(self);
    case AUTOPAY_NO_INTERVAL:
        return interval_end(self);
    case AUTOPAY_NO_PRENOTICE:
        return self->earliest ? self->earliest : INT64_MAX;
    case AUTOPAY_NO_ATTEMPT_CAP:
    case AUTOPAY_NO_COUNT_CAP:
    case AUTOPAY_NO_SUM_CAP:
        return month_start(month_of(self->now) + 1);
    default:
        return INT64_MAX;
    }
}

#define SHARED_INPUTS(decision)                                                                    \
    .rule = (decision).rule, .balance = (decision).balance, .amount = (decision).amount,           \
    .sum_max = (decision).sum_max, .count_max = (decision).count_max, .count = (decision).count,   \
    .sum = (decision).sum, .declines = (decision).declines, .attempts = (decision).attempts,       \
    .last = (decision).last, .declined = (decision).declined, .earliest = (decision).earliest

autopay_inputs_t autopay_inputs_from_event(const event_t *event, const autopay_policy_t *policy)
{
    assert(event->type == EVENT_autopay_payment_requested || event->type == EVENT_autopay_withheld);
    autopay_inputs_t inputs;
    if (event->type == EVENT_autopay_payment_requested) {
        inputs = (autopay_inputs_t){SHARED_INPUTS(event->autopay_payment_requested)};
        inputs.policy = *policy;
        inputs.policy.threshold = event->autopay_payment_requested.threshold;
    } else {
        inputs = (autopay_inputs_t){SHARED_INPUTS(event->autopay_withheld)};
        inputs.policy = *policy;
        inputs.policy.threshold = event->autopay_withheld.threshold;
        inputs.flags = event->autopay_withheld.flags;
    }
    inputs.now = event->at;
    return inputs;
}

autopay_reason_t autopay_verdict_stated(const event_t *event)
{
    assert(event->type == EVENT_autopay_payment_requested || event->type == EVENT_autopay_withheld);
    return event->type == EVENT_autopay_withheld ? (autopay_reason_t)event->autopay_withheld.reason
                                                 : AUTOPAY_CHARGE;
}

bool autopay_reason_declines(decline_t reason)
{
    switch (reason) {
    case DECLINE_STALE:
    case DECLINE_EXPIRED:
    case DECLINE_REVOKED:
    case DECLINE_BUSY:
    case DECLINE_AMOUNT:
        return false;
    default:
        return true;
    }
}
