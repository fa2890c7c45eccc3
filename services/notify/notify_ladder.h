#pragma once
// notify_ladder - the rule of the ladder, alone: from every value it looks at to the step that an
// account stands on, and when time alone may change that.
//
// The ladder is climbed as money runs out and left when money comes. Example, with the policy of a
// new journal: 99 rubles are low; 40 rubles at 2 rubles an hour are an early warning, at 14 rubles
// an hour a late one; one kopeck below zero is exhausted, a minute later stopped, or in grace for a
// quarter of an hour if a payment is under way; 30 days later frozen, 30 more and deletable.
//
// Money is the balance and the credit limit together: with a limit of 1000 rubles an account is
// exhausted one kopeck below -1000.
//
// Pure. Units: kopecks, carry units an hour (proto/money.h), microseconds.
// Source: docs/rules.md "Ladder".
#include "proto/codes.h"
#include "proto/event.h"

enum { LADDER_RULE = 1 };
#define LADDER_LASTS_EVER INT64_MAX

typedef event_ladder_policy_changed_t ladder_policy_t;

typedef struct {
    ladder_step_t step; // where the account stands
    kopecks_t said;     // the money with which it came there
    instant_t next;     // as it was promised then, 0 if nothing was
    instant_t grace;    // when its last grace began, 0 if it had none
    kopecks_t money;    // its balance, and how far that may go below zero
    bool closed;        // by its customer's wish: nobody is warned that its money runs out
    int64_t burn;       // an hour of it; 0: nothing ran in the last closed one
    instant_t hour;     // the start of that hour
    bool pending;       // a payment is under way
    instant_t now;
    ladder_policy_t policy;
} ladder_inputs_t;

// Until when money covers hours as the one that was charged last: whole minutes from its end
// on. LADDER_LASTS_EVER if nothing burns, or beyond all time.
/*@ assigns \nothing; */
instant_t ladder_lasts(kopecks_t money, int64_t burn, instant_t hour);

// The step that the account belongs on now; its own where nothing has changed.
ladder_step_t ladder_judge(const ladder_inputs_t *self);
// Is that step one to which only money leads, or less usage? It is said whatever is not heard yet.
bool ladder_is_relief(ladder_step_t before, ladder_step_t step);
// When the step after `step` is due if no money comes, told with it; 0 if none follows by time.
instant_t ladder_next(const ladder_inputs_t *self, ladder_step_t step);
// When time alone may change the judgement; INT64_MAX if it cannot.
instant_t ladder_until(const ladder_inputs_t *self);
