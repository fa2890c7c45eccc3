#include "services/autopay/autopay_core.h"
#include "services/autopay/autopay_judge.h"
#include <assert.h>

static void *create(const void *settings)
{
    (void)settings;
    return autopay_state_new();
}

static void destroy(void *state)
{
    autopay_state_free(state);
}

static fail_t found(const void *state, const input_t *input, decision_t *out)
{
    (void)state, (void)input;
    decision_add(out, EVENT_autopay_policy_changed)->autopay_policy_changed = (autopay_policy_t){
        .threshold = 10000,
        .interval_us = HOUR_US,
        .backoff_first_us = HOUR_US,
        .backoff_second_us = 6 * HOUR_US,
        .declines_max = 3,
        .attempts_max = 5,
        .pacing_us = 15 * MINUTE_US,
        .crowd = 64,
    };
    return FAIL_NONE;
}

// --- facts from payment ---

enum { RESUMED_BY_CUSTOMER = 1, RESUMED_BY_CONSENT = 2, RESUMED_BY_OPERATOR = 3 };
enum { SUSPENDED_BY_DECLINES = 1, SUSPENDED_BY_HARD_DECLINE = 2 };
// Robokassa's codes for a repeat that it will never accept: the card or the parent is no good.
enum { CODE_HARD_FIRST = 34, CODE_HARD_LAST = 35 };

static void add_resumed(decision_t *out, const uid_t16 *account, uint64_t why)
{
    decision_add(out, EVENT_autopay_resumed)->autopay_resumed =
        (event_autopay_resumed_t){.account = *account, .why = why};
}

static void hear_consent(const autopay_state_t *self, const event_mandate_consented_t *said,
                         decision_t *out)
{
    decision_add(out, EVENT_autopay_mandate_noted)->autopay_mandate_noted =
        (event_autopay_mandate_noted_t){
            .account = said->account,
            .mandate = said->mandate,
            .amount = said->amount,
            .count_max = said->count_max,
            .sum_max = said->sum_max,
            .state = MANDATE_LIVE,
            .credit = said->credit,
        };
    const account_t *account = autopay_account(self, &said->account);
    if (account && account->suspended)
        add_resumed(out, &said->account, RESUMED_BY_CONSENT);
}

// The account, if that mandate is the one we go by: what is said of a replaced one is past.
static const account_t *of_mandate(const autopay_state_t *self, const uid_t16 *id,
                                   const uid_t16 *mandate)
{
    const account_t *account = autopay_account(self, id);
    return account && uid_equal(&account->mandate, mandate) ? account : NULL;
}

static event_autopay_mandate_noted_t *add_noted(decision_t *out, const account_t *account)
{
    event_autopay_mandate_noted_t *noted =
        &decision_add(out, EVENT_autopay_mandate_noted)->autopay_mandate_noted;
    *noted = (event_autopay_mandate_noted_t){
        .account = account->id,
        .mandate = account->mandate,
        .amount = account->amount,
        .count_max = account->count_max,
        .sum_max = account->sum_max,
        .state = account->state,
    };
    return noted;
}

static void hear_change(const autopay_state_t *self, const event_mandate_changed_t *said,
                        decision_t *out)
{
    const account_t *account = of_mandate(self, &said->account, &said->mandate);
    if (!account)
        return;
    event_autopay_mandate_noted_t *noted = add_noted(out, account);
    noted->count_max = said->count_max;
    noted->sum_max = said->sum_max;
}

static void hear_revocation(const autopay_state_t *self, const event_mandate_revoked_t *said,
                            decision_t *out)
{
    const account_t *account = of_mandate(self, &said->account, &said->mandate);
    if (account)
        add_noted(out, account)->state = MANDATE_REVOKED;
}

static void hear_success(const autopay_state_t *self, const event_payment_succeeded_t *said,
                         uint64_t sequence, decision_t *out)
{
    if (said->request == 0)
        return;
    decision_add(out, EVENT_autopay_settled)->autopay_settled = (event_autopay_settled_t){
        .account = said->account,
        .request = said->request,
        .outcome = OUTCOME_SUCCEEDED,
        .amount = said->amount,
        .month = autopay_request_month(self, said->request),
        .credit = sequence,
    };
}

static void hear_decline(const autopay_state_t *self, const event_payment_declined_t *said,
                         decision_t *out)
{
    if (said->request == 0)
        return;
    const account_t *account = autopay_account(self, &said->account);
    decision_add(out, EVENT_autopay_settled)->autopay_settled = (event_autopay_settled_t){
        .account = said->account,
        .request = said->request,
        .outcome = OUTCOME_DECLINED,
        .reason = said->reason,
        .amount = account && account->request == said->request ? account->requested : 0,
        .month = autopay_request_month(self, said->request),
        .credit = said->reason == DECLINE_STALE ? said->credit : 0,
    };
    if (!autopay_reason_declines((decline_t)said->reason) || (account && account->suspended))
        return;
    bool hard = said->reason == DECLINE_REJECTED && said->code >= CODE_HARD_FIRST &&
                said->code <= CODE_HARD_LAST;
    uint64_t declines = (account ? account->declines : 0) + UINT64_C(1);
    if (hard || declines >= self->policy.declines_max)
        decision_add(out, EVENT_autopay_suspended)->autopay_suspended = (event_autopay_suspended_t){
            .account = said->account,
            .why = hard ? SUSPENDED_BY_HARD_DECLINE : SUSPENDED_BY_DECLINES,
        };
}

static fail_t hear(const autopay_state_t *self, const input_t *input, decision_t *out)
{
    const event_t *event = input->event;
    if (input->stream != STREAM_PAYMENT)
        return FAIL_NONE;
    if (event->type == EVENT_mandate_consented)
        hear_consent(self, &event->mandate_consented, out);
    else if (event->type == EVENT_mandate_changed)
        hear_change(self, &event->mandate_changed, out);
    else if (event->type == EVENT_mandate_revoked)
        hear_revocation(self, &event->mandate_revoked, out);
    else if (event->type == EVENT_payment_succeeded)
        hear_success(self, &event->payment_succeeded, input->sequence, out);
    else if (event->type == EVENT_payment_declined)
        hear_decline(self, &event->payment_declined, out);
    return FAIL_NONE;
}

// --- commands ---

static fail_t command_hold(const autopay_state_t *self, const request_autopay_hold_t *asked,
                           decision_t *out)
{
    const account_t *account = autopay_account(self, &asked->account);
    if (!account)
        return decision_refuse(out, FAIL_STATE, "the account never allowed autopay");
    if (account->held != asked->held)
        decision_add(out, EVENT_autopay_held)->autopay_held =
            (event_autopay_held_t){.account = asked->account, .held = asked->held};
    return FAIL_NONE;
}

static fail_t command_resume(const autopay_state_t *self, const request_autopay_resume_t *asked,
                             role_t role, decision_t *out)
{
    if (asked->why != RESUMED_BY_CUSTOMER && asked->why != RESUMED_BY_OPERATOR)
        return decision_refuse(out, FAIL_INVALID, "why: expected 1 customer or 3 operator");
    if (asked->why == RESUMED_BY_OPERATOR && role != ROLE_OPERATOR)
        return decision_refuse(out, FAIL_DENIED, "why 3: only an operator can say so");
    const account_t *account = autopay_account(self, &asked->account);
    if (!account)
        return decision_refuse(out, FAIL_STATE, "the account never allowed autopay");
    if (account->suspended)
        add_resumed(out, &asked->account, asked->why);
    return FAIL_NONE;
}

enum { DECLINES_MAX = 1000, CROWD_MAX = 1000000 };

static fail_t command_policy(const request_autopay_policy_t *asked, decision_t *out)
{
    const uint64_t span_max_us = 31 * DAY_US;
    if (asked->threshold < 0 || asked->threshold > POSTING_AMOUNT_MAX)
        return decision_refuse(out, FAIL_INVALID, "threshold: expected 0 to 10^14 kopecks");
    if (asked->interval_us > span_max_us || asked->backoff_first_us > span_max_us ||
        asked->backoff_second_us > span_max_us || asked->pacing_us > (uint64_t)DAY_US)
        return decision_refuse(out, FAIL_INVALID,
                               "expected interval and back-offs up to 31 days, pacing up to one");
    if (asked->declines_max < 1 || asked->declines_max > DECLINES_MAX || asked->attempts_max < 1 ||
        asked->attempts_max > DECLINES_MAX)
        return decision_refuse(out, FAIL_INVALID, "declines and attempts: expected 1 to 1000");
    if (asked->crowd > CROWD_MAX)
        return decision_refuse(out, FAIL_INVALID, "crowd: expected up to 1000000");
    decision_add(out, EVENT_autopay_policy_changed)->autopay_policy_changed = (autopay_policy_t){
        .threshold = asked->threshold,
        .interval_us = asked->interval_us,
        .backoff_first_us = asked->backoff_first_us,
        .backoff_second_us = asked->backoff_second_us,
        .declines_max = asked->declines_max,
        .attempts_max = asked->attempts_max,
        .pacing_us = asked->pacing_us,
        .crowd = asked->crowd,
    };
    return FAIL_NONE;
}

static fail_t command(const autopay_state_t *self, const input_t *input, decision_t *out)
{
    const request_t *request = input->request;
    switch (request->type) {
    case REQUEST_autopay_hold:
        return command_hold(self, &request->autopay_hold, out);
    case REQUEST_autopay_resume:
        return command_resume(self, &request->autopay_resume, input->role, out);
    case REQUEST_autopay_policy:
        return command_policy(&request->autopay_policy, out);
    default:
        return decision_refuse(out, FAIL_INVALID, "autopay knows no such command");
    }
}

static fail_t decide(const void *state, const input_t *input, decision_t *out)
{
    switch (input->kind) {
    case INPUT_REQUEST:
        return command(state, input, out);
    case INPUT_EVENT:
        return hear(state, input, out);
    case INPUT_TICK:
        autopay_judge(state, out);
        return FAIL_NONE;
    default:
        return decision_refuse(out, FAIL_INVALID, "autopay takes no feed and asks nothing outside");
    }
}

static void apply(void *state, const event_t *event, uint64_t sequence)
{
    autopay_state_apply(state, event, sequence);
}

static void due(const void *state, instant_t now, due_t *out)
{
    const autopay_state_t *self = state;
    out->wake = agenda_next(self->agenda, now);
    out->count = 0;
}

// --- the ledger's balances ---

static void forget_view(void *state, stream_t stream)
{
    autopay_state_t *self = state;
    if (stream == STREAM_LEDGER)
        view_reset(&self->view);
}

static fail_t take_row(void *state, stream_t stream, wire_t *row)
{
    autopay_state_t *self = state;
    uid_t16 account;
    assert(stream == STREAM_LEDGER);
    fail_t fail = view_take_row(&self->view, row, &account);
    if (!fail)
        autopay_touch(self, &account);
    return fail;
}

static void take_cursors(void *state, stream_t stream, stream_t of, uint64_t sequence)
{
    autopay_state_t *self = state;
    if (stream != STREAM_LEDGER || of != STREAM_PAYMENT)
        return;
    view_take_cursor(&self->view, sequence);
    agenda_take_credits(self->agenda, self->view.payment);
}

static void observe(void *state, stream_t stream, const event_t *event, uint64_t sequence)
{
    autopay_state_t *self = state;
    if (stream != STREAM_LEDGER)
        return;
    view_take_event(&self->view, event, sequence);
    if (event->type == EVENT_account_opened)
        autopay_touch(self, &event->account_opened.account);
    if (event->type == EVENT_posted) {
        autopay_touch(self, &event->posted.account);
        agenda_take_credits(self->agenda, self->view.payment);
    }
}

// --- questions ---

static fail_t answer_autopay(const autopay_state_t *self, const uid_t16 *id, query_t *out)
{
    const account_t none = {.id = *id};
    const account_t *account = autopay_account(self, id);
    const view_row_t *row;
    autopay_inputs_t in = autopay_inputs(self, account ? account : &none, out->now, &row);
    if (!account) {
        if (!row)
            return FAIL_UNKNOWN_ACCOUNT;
        account = &none;
    }
    if (!out->current)
        in.flags |= AUTOPAY_STALE;
    out->answer->autopay = (answer_autopay_t){
        .verdict = autopay_verdict(&in),
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
    };
    return FAIL_NONE;
}

static fail_t query(const void *state, const request_t *request, const event_t *first,
                    uint64_t first_sequence, query_t *out)
{
    (void)first, (void)first_sequence;
    switch (request->type) {
    case REQUEST_autopay:
        return answer_autopay(state, &request->autopay.account, out);
    case REQUEST_autopay_hold:
    case REQUEST_autopay_resume:
    case REQUEST_autopay_policy:
        return FAIL_NONE; // their answers have no fields
    default:
        return FAIL_INVALID;
    }
}

static size_t counters(const void *state, char *out, size_t cap)
{
    const autopay_state_t *self = state;
    int size = snprintf(
        out, cap, "accounts %u\nmandates %llu\nin_flight %llu\nsuspended %llu\nwaiting %u\n",
        self->view.rows.count, (unsigned long long)self->live, (unsigned long long)self->in_flight,
        (unsigned long long)self->suspended, self->agenda->waiting);
    return size > 0 && (size_t)size < cap ? (size_t)size : 0;
}

const core_t autopay_core = {
    .name = "autopay",
    .stream = STREAM_AUTOPAY,
    .follows = {{STREAM_PAYMENT, FOLLOW_FACTS}, {STREAM_LEDGER, FOLLOW_VIEW}},
    .follows_count = 2,
    .create = create,
    .destroy = destroy,
    .found = found,
    .decide = decide,
    .apply = apply,
    .query = query,
    .due = due,
    .view_reset = forget_view,
    .view_row = take_row,
    .view_cursors = take_cursors,
    .observe = observe,
    .counters = counters,
};
