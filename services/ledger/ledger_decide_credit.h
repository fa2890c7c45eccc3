#pragma once
// ledger_decide_credit - usage that metering gives back goes where the line took it from: cash,
// bonus, or suspense.
//
// What a line took is in its posting, which no state keeps. So the fact is noted first
// (credit.noted), the posting is recalled by its cause, and what is given back is posted in one
// decision with credit.made. A crash in between asks again, since what is noted is in the journal.
//
// A charge takes the bonus first, so it is given back the other way round: cash first, as far as
// the line took any, then bonus. What was given back of the line before counts. What goes beyond
// what the line took (by the carry it may be a kopeck) is cash. Example: a line took 30 kopecks of
// bonus and 20 of cash. 35 come back as 20 of cash and 15 of bonus.
//
// Of a line that is one posting after which the bonus is 0, the posting before says whether there
// had been a bonus: it is recalled too (credit.noted again, with `look`).
// What would take a system account out of int64 is not given back: credit.made says 0 then.
// Failures: none. Threads: one.
// Source: docs/rules.md "Given back".
#include "services/ledger/ledger_state.h"

fail_t ledger_credit_note(const event_usage_credited_t *credit, decision_t *out);
void ledger_credit_due(const ledger_state_t *self, due_t *out);
fail_t ledger_credit_recalled(const ledger_state_t *self, const recalled_t *recalled,
                              decision_t *out);
