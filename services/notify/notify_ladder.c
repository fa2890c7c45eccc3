#include "services/notify/notify_ladder.h"

instant_t ladder_lasts(kopecks_t money, int64_t burn, instant_t hour)
{
    if (burn <= 0)
        return LADDER_LASTS_EVER;
    __int128 minutes = money > 0 ? (__int128)money * CARRY_DENOMINATOR * 60 / burn : 0;
    if (minutes > (INT64_MAX - hour - HOUR_US) / MINUTE_US)
        return LADDER_LASTS_EVER;
    return hour + HOUR_US + (instant_t)minutes * MINUTE_US;
}

// Later than all time there is, it does not matter by how much.
static instant_t after(instant_t at, uint64_t span)
{
    instant_t sum;
    if (span > INT64_MAX || __builtin_add_overflow(at, (instant_t)span, &sum))
        return INT64_MAX;
    return sum;
}

static instant_t before(instant_t at, uint64_t span)
{
    return at == LADDER_LASTS_EVER || span > INT64_MAX ? at : at - (instant_t)span;
}

// --- with money ---

static ladder_step_t warning(const ladder_inputs_t *self, instant_t lasts)
{
    if (self->now > before(lasts, self->policy.late_us))
        return LADDER_LATE;
    if (self->now > before(lasts, self->policy.early_us))
        return LADDER_EARLY;
    return self->money < self->policy.low_threshold ? LADDER_LOW : LADDER_NONE;
}

// A warning is taken back when money came, or when so little runs that it lasts for twice what is
// warned of: else each hour that costs a little less would take it back, and the next one say it
// again.
static bool is_over(const ladder_inputs_t *self, instant_t lasts)
{
    bool eased = self->step >= LADDER_EARLY &&
                 before(before(lasts, self->policy.early_us), self->policy.early_us) >= self->now;
    return self->step >= LADDER_EXHAUSTED || self->money > self->said || eased;
}

static ladder_step_t judge_funded(const ladder_inputs_t *self)
{
    instant_t lasts = ladder_lasts(self->money, self->burn, self->hour);
    ladder_step_t step = warning(self, lasts);
    return step > self->step || is_over(self, lasts) ? step : self->step;
}

// --- below zero ---

static bool has_grace(const ladder_inputs_t *self)
{
    return self->pending && self->policy.grace_us > 0 &&
           (self->grace == 0 || self->now >= after(self->grace, self->policy.grace_again_us));
}

static ladder_step_t judge_owing(const ladder_inputs_t *self)
{
    bool due = self->next != 0 && self->now >= self->next;
    switch (self->step) {
    case LADDER_EXHAUSTED:
        return !due ? LADDER_EXHAUSTED : has_grace(self) ? LADDER_GRACE : LADDER_STOPPED;
    case LADDER_GRACE:
        return due || !self->pending ? LADDER_STOPPED : LADDER_GRACE;
    case LADDER_STOPPED:
        return due ? LADDER_FROZEN : LADDER_STOPPED;
    case LADDER_FROZEN:
        return due ? LADDER_DELETABLE : LADDER_FROZEN;
    case LADDER_DELETABLE:
        return LADDER_DELETABLE;
    default:
        return LADDER_EXHAUSTED;
    }
}

ladder_step_t ladder_judge(const ladder_inputs_t *self)
{
    if (self->money < 0)
        return judge_owing(self);
    return self->closed ? LADDER_NONE : judge_funded(self);
}

bool ladder_is_relief(ladder_step_t before_it, ladder_step_t step)
{
    return step < before_it;
}

// --- what time does ---

static uint64_t span_of(const ladder_policy_t *policy, ladder_step_t step)
{
    return step == LADDER_EXHAUSTED ? policy->stop_us
           : step == LADDER_GRACE   ? policy->grace_us
           : step == LADDER_STOPPED ? policy->freeze_us
                                    : policy->delete_us;
}

// One microsecond after the last instant at which it still lasts for that long.
static instant_t warned_at(const ladder_inputs_t *self, uint64_t span)
{
    instant_t at = before(ladder_lasts(self->money, self->burn, self->hour), span);
    return at == LADDER_LASTS_EVER ? 0 : after(at, 1);
}

instant_t ladder_next(const ladder_inputs_t *self, ladder_step_t step)
{
    if (step == LADDER_DELETABLE || step == LADDER_LATE)
        return 0;
    if (step < LADDER_LATE && self->closed)
        return 0;
    if (step < LADDER_LATE)
        return warned_at(self, step < LADDER_EARLY ? self->policy.early_us : self->policy.late_us);
    return after(self->now, span_of(&self->policy, step));
}

instant_t ladder_until(const ladder_inputs_t *self)
{
    if (self->money < 0)
        return self->next ? self->next : INT64_MAX;
    instant_t at = self->step < LADDER_LATE ? ladder_next(self, self->step) : 0;
    return at ? at : INT64_MAX;
}
