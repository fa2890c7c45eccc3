#pragma once
// ledger_decide_level - the bonus for a month's service level that was missed, at an operator's
// word, once for an account and month.
//
// Who asks has summed use and top-ups from the journals. The percent, the limit and what was given
// before are the ledger's own, and what is asked for must come to the same; `kopeck verify` sums
// the journals again.
//
// Example: usage of 2345.67 of resources that were up for 43 000 of 44 640 minutes: 469.13 and no
// other sum.
//
// Units: kopecks. Failures: refusals. Threads: one. Source: docs/rules.md "Grant for a missed
// level".
#include "services/ledger/ledger_state.h"

enum { LEDGER_LEVEL_RESOURCES_MAX = 32 };

fail_t ledger_level_grant(const ledger_state_t *self, const request_level_grant_t *order,
                          decision_t *out);
