#include "services/notify/notify_decide.h"
#include "services/notify/notify_decide_contact.h"
#include "services/notify/notify_decide_heard.h"
#include "services/notify/notify_state.h"

#define SPAN_MAX_US (400 * DAY_US)

// The rules to begin with (docs/rules.md "Ladder").
static const ladder_policy_t policy_default = {
    .low_threshold = 10000,
    .early_us = DAY_US,
    .late_us = 3 * HOUR_US,
    .stop_us = MINUTE_US,
    .grace_us = 15 * MINUTE_US,
    .grace_again_us = DAY_US,
    .freeze_us = 30 * DAY_US,
    .delete_us = 30 * DAY_US,
};

fail_t notify_decide_found(const void *state, const input_t *input, decision_t *out)
{
    (void)state, (void)input;
    decision_add(out, EVENT_ladder_policy_changed)->ladder_policy_changed = policy_default;
    return FAIL_NONE;
}

void notify_decide_policy_first(event_t *ret_event)
{
    *ret_event =
        (event_t){.type = EVENT_ladder_policy_changed, .ladder_policy_changed = policy_default};
}

// --- commands ---

static const char *refusal_of(const request_ladder_policy_t *asked)
{
    if (asked->low_threshold < 0 || asked->low_threshold > POSTING_AMOUNT_MAX)
        return "low_threshold: expected 0 to 10^14 kopecks";
    const uint64_t spans[] = {asked->early_us, asked->late_us,        asked->stop_us,
                              asked->grace_us, asked->grace_again_us, asked->freeze_us,
                              asked->delete_us};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        if (spans[i] > (uint64_t)SPAN_MAX_US)
            return "a span: expected at most 400 days";
    return asked->late_us > asked->early_us ? "late_us: expected at most early_us" : NULL;
}

static fail_t decide_policy(const request_ladder_policy_t *asked, decision_t *out)
{
    const char *refusal = refusal_of(asked);
    if (refusal)
        return decision_refuse(out, FAIL_INVALID, refusal);
    decision_add(out, EVENT_ladder_policy_changed)->ladder_policy_changed =
        (ladder_policy_t){.low_threshold = asked->low_threshold,
                          .early_us = asked->early_us,
                          .late_us = asked->late_us,
                          .stop_us = asked->stop_us,
                          .grace_us = asked->grace_us,
                          .grace_again_us = asked->grace_again_us,
                          .freeze_us = asked->freeze_us,
                          .delete_us = asked->delete_us};
    return FAIL_NONE;
}

// --- judgements ---

static void add_moved(const notify_state_t *self, const notify_account_t *account,
                      const notify_view_row_t *row, const ladder_inputs_t *in, ladder_step_t step,
                      decision_t *out)
{
    instant_t lasts = ladder_lasts(in->money, in->burn, in->hour);
    uint64_t span = step == LADDER_GRACE ? UINT64_MAX : self->policy.grace_us;
    decision_add(out, EVENT_ladder_moved)->ladder_moved = (event_ladder_moved_t){
        .account = row->account,
        .rung = step,
        .rung_before = in->step,
        .balance = row->balance,
        .balance_sequence = row->head,
        .burn = in->burn,
        .hour = in->hour,
        .burn_sequence = in->burn ? row->line : 0,
        .lasts = lasts == LADDER_LASTS_EVER ? 0 : lasts,
        .next = ladder_next(in, step),
        .pending = notify_view_pending(row, in->now, span),
        .rule = LADDER_RULE,
        .previous = account ? account->moved : 0,
        .limit = row->limit,
        .closed = row->closed,
    };
    uint64_t to = notify_outbox_to_step(self->outbox, &row->account, step);
    if (to)
        decision_add(out, EVENT_notice_queued)->notice_queued = (event_notice_queued_t){
            .account = row->account, .kind = NOTICE_LADDER, .back = 1, .to = to};
}

// Who is below zero no more runs again at once, whatever else is not heard yet.
static void relieve(const notify_state_t *self, uint32_t number, decision_t *out)
{
    const notify_view_row_t *row = notify_view_row(&self->view, number);
    const notify_account_t *account = notify_account(self, &row->account);
    if (!account || account->step < LADDER_EXHAUSTED || row->head == 0 ||
        notify_view_money(row->balance, row->limit) < 0)
        return;
    ladder_inputs_t in = notify_inputs(self, account, row, out->input->now);
    add_moved(self, account, row, &in, ladder_judge(&in), out);
}

static void judge(const notify_state_t *self, uint32_t number, decision_t *out)
{
    const notify_view_row_t *row = notify_view_row(&self->view, number);
    if (!notify_view_is_consistent(&self->view, row))
        return; // what is missing comes, and is about this account
    const notify_account_t *account = notify_account(self, &row->account);
    ladder_inputs_t in = notify_inputs(self, account, row, out->input->now);
    ladder_step_t step = ladder_judge(&in);
    if (step != in.step)
        add_moved(self, account, row, &in, step, out);
    else
        notify_agenda_set_alarm(self->agenda, number, ladder_until(&in));
}

enum { MOVES_UNTIL = DECISION_EVENTS_MAX - 1 }; // each may be two events

// Whoever moves is judged again when that is applied, and gets his alarm then.
static void decide_tick(const notify_state_t *self, decision_t *out)
{
    uint32_t number;
    // But another ledger in the place of ours takes nobody off the ladder.
    bool ours = out->input->vouched >> FOLLOWS_LEDGER & 1;
    while (ours && out->count < MOVES_UNTIL &&
           (number = notify_agenda_take(self->relief)) != TABLE_NONE)
        relieve(self, number, out);
    out->more = out->count > 0;
    if (out->more || !out->input->current)
        return;
    notify_agenda_ring(self->agenda, out->input->now);
    while (out->count < MOVES_UNTIL && (number = notify_agenda_take(self->agenda)) != TABLE_NONE)
        judge(self, number, out);
    out->more = out->count >= MOVES_UNTIL;
}

static fail_t decide_request(const notify_state_t *self, const request_t *request, decision_t *out)
{
    switch (request->type) {
    case REQUEST_ladder_policy:
        return decide_policy(&request->ladder_policy, out);
    case REQUEST_contact_set:
        return notify_decide_contact_set(self, &request->contact_set, out);
    case REQUEST_contact_confirm:
        return notify_decide_contact_confirm(self, &request->contact_confirm, out);
    case REQUEST_contact_choose:
        return notify_decide_contact_choose(self, &request->contact_choose, out);
    case REQUEST_contact_erase:
        return notify_decide_contact_erase(self, &request->contact_erase, out);
    default:
        return decision_refuse(out, FAIL_INVALID, "notify knows no such command");
    }
}

fail_t notify_decide(const void *state, const input_t *input, decision_t *out)
{
    const notify_state_t *self = state;
    switch (input->kind) {
    case INPUT_TICK:
        (void)notify_delivery_begin(self->flights, self->outbox, input->now);
        out->more = notify_prices_tell(&self->prices, self->outbox, self->last, out);
        if (!out->more)
            decide_tick(self, out);
        return FAIL_NONE;
    case INPUT_REQUEST:
        return decide_request(self, input->request, out);
    case INPUT_EVENT:
        notify_decide_heard(self, input->event, out);
        return FAIL_NONE;
    case INPUT_RECALLED:
        return notify_delivery_recalled(
            self->flights, self->outbox,
            &(notify_renders_t){.settings = &self->settings, .epoch = self->epoch}, input->recalled,
            out);
    case INPUT_RESULT:
        return notify_delivery_result(self->flights, self->outbox, input->result, out);
    default:
        return decision_refuse(out, FAIL_INVALID, "notify takes no feed");
    }
}

void notify_decide_due(const void *state, instant_t now, due_t *out)
{
    const notify_state_t *self = state;
    out->wake =
        self->relief->count || self->prices.count ? now : notify_agenda_wake(self->agenda, now);
    instant_t delivers = notify_delivery_wake(self->flights, self->outbox);
    out->wake = delivers < out->wake ? delivers : out->wake;
    out->count = out->recalls_count = 0;
    notify_delivery_due(self->flights, self->settings.inside, out);
}
