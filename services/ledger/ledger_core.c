#include "services/ledger/ledger_core.h"
#include "services/ledger/ledger_decide.h"
#include "services/ledger/ledger_decide_wish.h"
#include "services/ledger/ledger_query.h"
#include "services/ledger/ledger_state.h"

const core_t ledger_core = {
    .name = "ledger",
    .stream = STREAM_LEDGER,
    .follows = {{STREAM_METERING, FOLLOW_FACTS},
                {STREAM_PAYMENT, FOLLOW_FACTS},
                {STREAM_DOCUMENTS, FOLLOW_FACTS}},
    .follows_count = 3,
    .takes_feed = true,
    .feed_atomic = true,
    .feed_roles = ROLE_POSTERS,
    .create = ledger_state_create,
    .destroy = ledger_state_destroy,
    .walk = ledger_state_walk,
    .found = ledger_decide_found,
    .policy_first = ledger_decide_policy_first,
    .decide = ledger_decide,
    .check = ledger_decide_check,
    .moves = ledger_decide_moves,
    .apply = ledger_state_apply,
    .prefetch = ledger_state_prefetch,
    .query = ledger_query,
    .due = ledger_decide_due,
    .table = ledger_query_table,
    .counters = ledger_query_counters,
};
