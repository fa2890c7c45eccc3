#include "services/notify/notify_core.h"
#include "services/notify/notify_decide.h"
#include "services/notify/notify_query.h"
#include "services/notify/notify_state.h"

const core_t notify_core = {
    .name = "notify",
    .stream = STREAM_NOTIFY,
    .follows = {{STREAM_METERING, FOLLOW_VIEW},
                {STREAM_LEDGER, FOLLOW_VIEW},
                {STREAM_PAYMENT, FOLLOW_VIEW}},
    .follows_count = 3,
    .create = notify_state_create,
    .destroy = notify_state_destroy,
    .found = notify_decide_found,
    .policy_first = notify_decide_policy_first,
    .decide = notify_decide,
    .apply = notify_state_apply,
    .keeps_rows = true,
    .lacks = notify_state_lacks,
    .query = notify_query,
    .due = notify_decide_due,
    .view_reset = notify_state_view_reset,
    .view_row = notify_state_view_row,
    .view_cursors = notify_state_view_cursors,
    .observe = notify_state_observe,
    .counters = notify_query_counters,
};
