#include "services/autopay/autopay_core.h"
#include "services/autopay/autopay_decide.h"
#include "services/autopay/autopay_query.h"
#include "services/autopay/autopay_state.h"

const core_t autopay_core = {
    .name = "autopay",
    .stream = STREAM_AUTOPAY,
    .follows = {{STREAM_PAYMENT, FOLLOW_FACTS}, {STREAM_LEDGER, FOLLOW_VIEW}},
    .follows_count = 2,
    .create = autopay_state_create,
    .destroy = autopay_state_destroy,
    .walk = autopay_state_walk,
    .found = autopay_decide_found,
    .policy_first = autopay_decide_policy_first,
    .decide = autopay_decide,
    .apply = autopay_state_apply,
    .query = autopay_query,
    .due = autopay_decide_due,
    .view_reset = autopay_state_view_reset,
    .view_row = autopay_state_view_row,
    .view_cursors = autopay_state_view_cursors,
    .observe = autopay_state_observe,
    .counters = autopay_query_counters,
};
