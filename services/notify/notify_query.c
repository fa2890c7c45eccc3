#include "services/notify/notify_query.h"
#include "proto/counter.h"
#include "services/notify/notify_state.h"

static void fill_seen(const notify_state_t *self, const notify_account_t *account,
                      const notify_view_row_t *row, instant_t now, answer_notices_t *answer)
{
    ladder_inputs_t in = notify_inputs(self, account, row, now);
    instant_t lasts = ladder_lasts(in.balance, in.burn, in.hour);
    answer->balance = row->balance;
    answer->balance_sequence = row->head;
    answer->burn = in.burn;
    answer->hour = in.hour;
    answer->lasts = lasts == LADDER_LASTS_EVER ? 0 : lasts;
    answer->pending = notify_view_pending(row, now, self->policy.grace_us);
    if (in.balance >= 0)
        answer->next = ladder_next(&in, in.step);
}

static fail_t answer_notices(const notify_state_t *self, const uid_t16 *id, query_t *out)
{
    const notify_account_t *account = notify_account(self, id);
    uint32_t number = notify_view_find(&self->view, id);
    // A customer may ask of himself before anything was heard of him.
    if (!account && number == TABLE_NONE && !out->owner)
        return FAIL_UNKNOWN_ACCOUNT;
    answer_notices_t *answer = &out->answer->notices;
    *answer = (answer_notices_t){0};
    if (account)
        *answer = (answer_notices_t){.rung = account->step,
                                     .since = account->since,
                                     .next = account->next,
                                     .grace = account->grace,
                                     .moved = account->moved};
    if (number != TABLE_NONE)
        fill_seen(self, account, notify_view_row(&self->view, number), out->now, answer);
    return FAIL_NONE;
}

fail_t notify_query(const void *state, const request_t *request, const event_t *first,
                    uint64_t first_sequence, query_t *out)
{
    (void)first, (void)first_sequence;
    switch (request->type) {
    case REQUEST_notices:
        return answer_notices(state, &request->notices.account, out);
    case REQUEST_ladder_policy:
        return FAIL_NONE; // its answer has no fields
    default:
        return FAIL_INVALID;
    }
}

size_t notify_query_counters(const void *state, char *text, size_t cap)
{
    const notify_state_t *self = state;
    const uint64_t *on = self->on;
    writer_t out = writer_on(text, cap);
    counter_put(&out, COUNTER_accounts, self->view.rows.count);
    counter_put(&out, COUNTER_ladder_warned,
                (int64_t)(on[LADDER_LOW] + on[LADDER_EARLY] + on[LADDER_LATE]));
    counter_put(&out, COUNTER_ladder_exhausted, (int64_t)(on[LADDER_EXHAUSTED] + on[LADDER_GRACE]));
    counter_put(&out, COUNTER_ladder_stopped,
                (int64_t)(on[LADDER_STOPPED] + on[LADDER_FROZEN] + on[LADDER_DELETABLE]));
    counter_put(&out, COUNTER_ladder_moves, (int64_t)self->moves);
    return out.size;
}
