#include "services/autopay/autopay_query.h"
#include "proto/counter.h"
#include "services/autopay/autopay_state.h"

static fail_t answer_autopay(const autopay_state_t *self, const uid_t16 *id, query_t *out)
{
    const autopay_account_t none = {.id = *id};
    const autopay_account_t *account = autopay_account(self, id);
    const autopay_view_row_t *row;
    autopay_inputs_t in = autopay_inputs(self, account ? account : &none, out->now, &row);
    // A customer may ask of himself before anything was heard of him: what he would agree to.
    if (!account && !row && !out->owner)
        return FAIL_UNKNOWN_ACCOUNT;
    if (!account)
        account = &none;
    if (!out->current)
        in.flags |= AUTOPAY_STALE;
    autopay_reason_t verdict = autopay_verdict(&in);
    instant_t again = autopay_verdict_until(&in, verdict);
    out->answer->autopay = (answer_autopay_t){
        .verdict = verdict,
        .decision = account->decision,
        .mandate = account->mandate,
        .amount = in.amount,
        .count = in.count,
        .count_max = in.count_max,
        .sum = in.sum,
        .sum_max = in.sum_max,
        .request = account->request,
        .balance = in.balance,
        .balance_sequence = row ? row->head : 0,
        .suspended = account->suspended,
        .held = account->held,
        .flags = in.flags,
        .declines = in.declines,
        .attempts = in.attempts,
        .last = in.last,
        .declined = in.declined,
        .threshold = in.policy.threshold,
        .interval_us = in.policy.interval_us,
        .backoff_first_us = in.policy.backoff_first_us,
        .backoff_second_us = in.policy.backoff_second_us,
        .attempts_max = in.policy.attempts_max,
        .again = again == INT64_MAX ? 0 : again,
        .earliest = in.earliest,
        .prenotice_us = in.policy.prenotice_us,
    };
    return FAIL_NONE;
}

fail_t autopay_query(const void *state, const request_t *request, const event_t *first,
                     uint64_t first_sequence, query_t *out)
{
    (void)first_sequence;
    switch (request->type) {
    case REQUEST_autopay:
        return answer_autopay(state, &request->autopay.account, out);
    case REQUEST_autopay_hold:
    case REQUEST_autopay_resume:
        return FAIL_NONE; // their answers have no fields
    case REQUEST_autopay_policy:
        out->answer->autopay_policy.pending = first && first->type == EVENT_command_proposed;
        return FAIL_NONE;
    default:
        return FAIL_INVALID;
    }
}

size_t autopay_query_counters(const void *state, char *text, size_t cap)
{
    const autopay_state_t *self = state;
    writer_t out = writer_on(text, cap);
    counter_put(&out, COUNTER_accounts, self->view.rows.count);
    counter_put(&out, COUNTER_mandates, (int64_t)self->live);
    counter_put(&out, COUNTER_in_flight, (int64_t)self->in_flight);
    counter_put(&out, COUNTER_suspended, (int64_t)self->suspended);
    counter_put(&out, COUNTER_waiting, self->agenda->waiting);
    return out.size;
}
