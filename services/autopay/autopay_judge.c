#include "services/autopay/autopay_judge.h"
#include "proto/month.h"

static void add_requested(const autopay_inputs_t *in, const account_t *account,
                          const view_row_t *row, decision_t *out)
{
    decision_add(out, EVENT_autopay_payment_requested)->autopay_payment_requested =
        (event_autopay_payment_requested_t){
            .account = account->id,
            .mandate = account->mandate,
            .amount = in->amount,
            .month = month_of(in->now),
            .balance = in->balance,
            .balance_sequence = row->head,
            .credit = row->credit,
            .threshold = in->policy.threshold,
            .count = in->count,
            .sum = in->sum,
            .count_max = in->count_max,
            .sum_max = in->sum_max,
            .declines = in->declines,
            .attempts = in->attempts,
            .last = in->last,
            .declined = in->declined,
            .rule = in->rule,
            .previous = account->decision,
        };
}

static void add_withheld(const autopay_inputs_t *in, autopay_reason_t reason,
                         const account_t *account, const view_row_t *row, decision_t *out)
{
    decision_add(out, EVENT_autopay_withheld)->autopay_withheld = (event_autopay_withheld_t){
        .account = account->id,
        .reason = reason,
        .mandate = account->mandate,
        .amount = in->amount,
        .month = month_of(in->now),
        .balance = in->balance,
        .balance_sequence = row->head,
        .credit = row->credit,
        .threshold = in->policy.threshold,
        .count = in->count,
        .sum = in->sum,
        .count_max = in->count_max,
        .sum_max = in->sum_max,
        .declines = in->declines,
        .attempts = in->attempts,
        .last = in->last,
        .declined = in->declined,
        .flags = in->flags,
        .rule = in->rule,
        .previous = account->decision,
    };
}

// The same for an account at every start and on every machine (FNV-1a).
static uint64_t hash(const uid_t16 *id)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof id->bytes; i++)
        h = (h ^ id->bytes[i]) * UINT64_C(0x100000001b3);
    return h;
}

static instant_t turn_of(const autopay_state_t *self, const account_t *account, instant_t now)
{
    return now + (instant_t)(hash(&account->id) % self->policy.pacing_us);
}

typedef enum { FIRST_LOOK, ITS_TURN } look_t;

// Judges one account: adds the decision if it is one to store, and puts down when to look again.
static void judge(const autopay_state_t *self, uint32_t number, look_t look, decision_t *out)
{
    agenda_t *agenda = self->agenda;
    const account_t *account = table_row(&self->accounts, number);
    if (account->state == MANDATE_NONE)
        return;
    const view_row_t *row;
    autopay_inputs_t in = autopay_inputs(self, account, out->input->now, &row);
    autopay_reason_t verdict = autopay_verdict(&in);
    if (verdict == AUTOPAY_CHARGE) {
        if (look == FIRST_LOOK && agenda_turn_came(agenda, number))
            look = ITS_TURN;
        if (look == FIRST_LOOK) {
            if (!agenda_in_crowd(agenda, number))
                agenda_keep(agenda, number);
            return;
        }
        add_requested(&in, account, row, out);
    } else if (verdict != AUTOPAY_NO_STALE && verdict != account->reason) {
        add_withheld(&in, verdict, account, row, out);
    }
    agenda_set_alarm(agenda, number, autopay_verdict_until(&in, verdict), false);
    bool unposted = account->credit > self->view.payment;
    agenda_set_credit(agenda, number, unposted ? account->credit : 0);
}

// In a crowd each waits for his turn, to be judged then on the balance of then.
static void give_turn(const autopay_state_t *self, uint32_t number, instant_t now)
{
    const account_t *account = table_row(&self->accounts, number);
    agenda_set_alarm(self->agenda, number, turn_of(self, account, now), true);
}

void autopay_judge(const autopay_state_t *self, decision_t *out)
{
    agenda_t *agenda = self->agenda;
    if (!out->input->current)
        return;
    agenda_ring(agenda, out->input->now);
    uint32_t number;
    while (out->count < DECISION_EVENTS_MAX && (number = agenda_judge(agenda)) != TABLE_NONE)
        judge(self, number, FIRST_LOOK, out);
    out->more = out->count == DECISION_EVENTS_MAX;
    if (out->more)
        return;
    // only now it is known how many would be charged at once
    bool crowd = self->policy.pacing_us > 0 &&
                 (uint64_t)agenda_kept(agenda) + agenda->waiting > self->policy.crowd;
    while (out->count < DECISION_EVENTS_MAX && (number = agenda_charge(agenda)) != TABLE_NONE) {
        if (crowd)
            give_turn(self, number, out->input->now);
        else
            judge(self, number, ITS_TURN, out);
    }
    out->more = out->count == DECISION_EVENTS_MAX;
}
