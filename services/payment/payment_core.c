#include "services/payment/payment_core.h"
#include "services/payment/payment_decide.h"
#include "services/payment/payment_decide_command.h"
#include "services/payment/payment_decide_outside.h"
#include "services/payment/payment_light.h"
#include "services/payment/payment_query.h"
#include "services/payment/payment_state.h"

const core_t payment_core = {
    .name = "payment",
    .stream = STREAM_PAYMENT,
    .follows = {{STREAM_AUTOPAY, FOLLOW_FACTS}, {STREAM_LEDGER, FOLLOW_FACTS}},
    .follows_count = 2,
    .keeps_rows = true,
    .create = payment_state_create,
    .destroy = payment_state_destroy,
    .walk = payment_state_walk,
    .decide = payment_decide,
    .moves = payment_decide_moves,
    .apply = payment_state_apply,
    .lacks = payment_light_lacks,
    .query = payment_query,
    .table = payment_query_table,
    .number = payment_query_number,
    .due = payment_decide_due,
    .counters = payment_query_counters,
    .light = payment_light,
    .outside = payment_query_outside,
};
