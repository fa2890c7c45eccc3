#include "services/metering/metering_core.h"
#include "services/metering/metering_burn.h"
#include "services/metering/metering_credits.h"
#include "services/metering/metering_decide.h"
#include "services/metering/metering_light.h"
#include "services/metering/metering_query.h"
#include "services/metering/metering_state.h"

const core_t metering_core = {
    .name = "metering",
    .stream = STREAM_METERING,
    .takes_feed = true,
    .feed_roles = ROLE_PLATFORM,
    .create = metering_state_create,
    .destroy = metering_state_destroy,
    .walk = metering_state_walk,
    .found = metering_decide_found,
    .policy_first = metering_decide_policy_first,
    .decide = metering_decide,
    .batches = metering_decide_batches,
    .decide_batch = metering_decide_batch,
    .check = metering_decide_check,
    .apply = metering_state_apply,
    .query = metering_query,
    .table = burn_table,
    .due = metering_decide_due,
    .order = credits_order,
    .feed_bytes = metering_query_feed_bytes,
    .counters = metering_query_counters,
    .light = metering_light,
};
