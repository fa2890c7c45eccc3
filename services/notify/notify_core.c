#include "services/notify/notify_core.h"
#include "services/notify/notify_decide.h"
#include "services/notify/notify_query.h"
#include "services/notify/notify_state.h"

const core_t notify_core = {
    .name = "notify",
    .stream = STREAM_NOTIFY,
    .follows = {[FOLLOWS_METERING] = {STREAM_METERING, FOLLOW_BOTH},
                [FOLLOWS_LEDGER] = {STREAM_LEDGER, FOLLOW_BOTH},
                [FOLLOWS_PAYMENT] = {STREAM_PAYMENT, FOLLOW_BOTH},
                [FOLLOWS_AUTOPAY] = {STREAM_AUTOPAY, FOLLOW_FACTS}},
    .follows_count = FOLLOWS_COUNT,
    .create = notify_state_create,
    .destroy = notify_state_destroy,
    .found = notify_decide_found,
    .policy_first = notify_decide_policy_first,
    .decide = notify_decide,
    .apply = notify_state_apply,
    .walk = notify_state_walk,
    .keeps_rows = true,
    .mails = true,
    .lacks = notify_state_lacks,
    .query = notify_query,
    .due = notify_decide_due,
    .view_reset = notify_state_view_reset,
    .view_row = notify_state_view_row,
    .view_cursors = notify_state_view_cursors,
    .observe = notify_state_observe,
    .counters = notify_query_counters,
    .light = notify_query_light,
};
