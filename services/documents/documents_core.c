#include "services/documents/documents_core.h"
#include "services/documents/documents_decide.h"
#include "services/documents/documents_query.h"
#include "services/documents/documents_state.h"

const core_t documents_core = {
    .name = "documents",
    .stream = STREAM_DOCUMENTS,
    .takes_imports = true,
    .keeps_rows = true,
    .create = documents_state_create,
    .destroy = documents_state_destroy,
    .walk = documents_state_walk,
    .decide = documents_decide,
    .moves = documents_decide_moves,
    .apply = documents_state_apply,
    .query = documents_query,
    .due = documents_decide_due,
    .counters = documents_query_counters,
};
