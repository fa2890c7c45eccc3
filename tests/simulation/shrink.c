#include "tests/simulation/shrink.h"
#include <assert.h>

typedef struct {
    shrink_t *best;
    double until_s;
    unsigned trial_s; // that a candidate may take
} search_t;

static bool is_over(const search_t *self)
{
    return trial_spent_s() >= self->until_s;
}

// Takes the candidate if it breaks the same invariant.
static bool try(search_t *self, const scenario_t *candidate)
{
    trial_t trial;
    if (!scenario_is_sound(candidate) || is_over(self))
        return false;
    trial_run(candidate, &(trial_how_t){.seconds_max = self->trial_s}, &trial);
    self->best->trials++;
    if (!trial.violated || strcmp(trial.invariant, self->best->trial.invariant) != 0)
        return false;
    self->best->scenario = *candidate;
    self->best->trial = trial;
    return true;
}

// A number of the scenario that makes it smaller the nearer it comes to `least`.
typedef unsigned *number_fn(scenario_t *scenario);

// Halves the distance until no step is left. What is broken at some number need not be at a larger
// one, so the least is not proved to be the least.
static void approach(search_t *self, number_fn *number, unsigned least)
{
    for (;;) {
        scenario_t candidate = self->best->scenario;
        unsigned *value = number(&candidate), now = *value;
        if (now == least || is_over(self))
            return;
        *value = now > least ? least + (now - least) / 2 : least - (least - now) / 2;
        if (!try(self, &candidate))
            least = now > least ? *value + 1 : *value - 1;
    }
}

static unsigned *days(scenario_t *scenario)
{
    return &scenario->days;
}

static unsigned *from_h(scenario_t *scenario)
{
    return &scenario->from_h;
}

static unsigned *to_h(scenario_t *scenario)
{
    return &scenario->to_h;
}

static unsigned *customers(scenario_t *scenario)
{
    return &scenario->customers;
}

static unsigned *containers(scenario_t *scenario)
{
    return &scenario->containers;
}

static void leave_faults_out(search_t *self)
{
    scenario_t candidate = self->best->scenario;
    candidate.without = FAULTS_ALL;
    if (candidate.without == self->best->scenario.without || try(self, &candidate))
        return;
    for (unsigned i = 0; i < FAULTS; i++) {
        candidate = self->best->scenario;
        candidate.without |= (faults_t)1 << i;
        if (candidate.without != self->best->scenario.without)
            (void)try(self, &candidate);
    }
}

// The run up to a violation does not depend on how long it would have gone on.
static void cut_what_follows(search_t *self)
{
    scenario_t candidate = self->best->scenario;
    unsigned hour = (unsigned)(self->best->trial.day * 24) + 1;
    candidate.days = hour / 24 + 1 + CALM_DAYS;
    if (candidate.days >= self->best->scenario.days || !try(self, &candidate))
        candidate = self->best->scenario;
    candidate.to_h = hour;
    if (candidate.to_h < scenario_calm_h(&self->best->scenario))
        (void)try(self, &candidate);
}

static bool is_same(const scenario_t *a, const scenario_t *b)
{
    return a->days == b->days && a->without == b->without && a->customers == b->customers &&
           a->containers == b->containers && a->from_h == b->from_h && a->to_h == b->to_h;
}

void shrink(const scenario_t *failing, const trial_t *violation, double seconds_max,
            shrink_t *ret_shrink)
{
    assert(violation->violated);
    *ret_shrink = (shrink_t){.scenario = *failing, .trial = *violation};
    // What is smaller takes less, if it breaks the same; many a case that does not has no end.
    search_t search = {ret_shrink, trial_spent_s() + seconds_max,
                       2 + (unsigned)(2 * violation->seconds)};
    scenario_t before;
    do {
        before = ret_shrink->scenario;
        cut_what_follows(&search);
        approach(&search, days, SCENARIO_DAYS_MIN);
        approach(&search, customers, 0);
        approach(&search, containers, 0);
        leave_faults_out(&search); // one by one, so in what is small by then
        scenario_t *best = &ret_shrink->scenario;
        best->to_h = scenario_calm_h(best); // the same, and the place to search from
        approach(&search, to_h, best->from_h + 1);
        approach(&search, from_h, ret_shrink->scenario.to_h - 1);
    } while (!is_same(&before, &ret_shrink->scenario) && !is_over(&search));
}
