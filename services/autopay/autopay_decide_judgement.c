#include "services/autopay/autopay_decide_judgement.h"
#include "proto/month.h"

static void add_requested(const autopay_inputs_t *in, const autopay_account_t *account,
                          const autopay_view_row_t *row, decision_t *out)
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
            .earliest = in->earliest,
            .rule = in->rule,
            .previous = account->decision,
        };
}

static void add_withheld(const autopay_inputs_t *in, autopay_reason_t reason,
                         const autopay_account_t *account, const autopay_view_row_t *row,
                         decision_t *out)
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
        .earliest = in->earliest,
        .flags = in->flags,
        .rule = in->rule,
        .previous = account->decision,
    };
}

// A payment would be due, and its customer is to be told first.
static void announce(autopay_inputs_t *in, const autopay_account_t *account,
                     const autopay_view_row_t *row, decision_t *out)
{
    in->earliest = in->now + (instant_t)in->policy.prenotice_us; // at most 31 days
    decision_add(out, EVENT_autopay_announced)->autopay_announced =
        (event_autopay_announced_t){.account = account->id,
                                    .mandate = account->mandate,
                                    .amount = in->amount,
                                    .earliest = in->earliest,
                                    .balance = in->balance,
                                    .balance_sequence = row->head,
                                    .threshold = in->policy.threshold};
}

// FNV-1a. An account has the same hash at every start and on every machine.
static uint64_t hash_of_id(const uid_t16 *id)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof id->bytes; i++)
        h = (h ^ id->bytes[i]) * UINT64_C(0x100000001b3);
    return h;
}

// When the turn of an account is, if turns are given out now. The hash spreads accounts evenly over
// the pacing, without randomness: a replay gives the same turns.
static instant_t turn_of(const autopay_state_t *self, const autopay_account_t *account,
                         instant_t now)
{
    return now + (instant_t)(hash_of_id(&account->id) % self->policy.pacing_us);
}

typedef enum { FIRST_LOOK, ITS_TURN } look_t;

// For what a look at one account may come to: an announcement, and that it is withheld until then.
static bool has_room(const decision_t *out)
{
    return out->count + 2 <= DECISION_EVENTS_MAX;
}

// Judges one account. Adds the decision if it is one to store, and puts down when to look again.
//
// A first look does not charge: it keeps the account until all are judged, for only then is it
// known whether they are a crowd. An account whose turn has come is charged at the first look.
// Example: an account got the turn 10:07 and falls further at 10:03. The look at 10:03 leaves it
// alone; the alarm of 10:07 brings it back, and then it is charged.
static void judge_account(const autopay_state_t *self, uint32_t number, look_t look,
                          decision_t *out)
{
    autopay_agenda_t *agenda = self->agenda;
    const autopay_account_t *account = table_row(&self->accounts, number);
    if (account->state == MANDATE_NONE)
        return;
    const autopay_view_row_t *row;
    autopay_inputs_t in = autopay_inputs(self, account, out->input->now, &row);
    autopay_reason_t verdict = autopay_verdict(&in);
    if (verdict == AUTOPAY_CHARGE) {
        if (look == FIRST_LOOK && autopay_agenda_turn_came(agenda, number))
            look = ITS_TURN;
        if (look == FIRST_LOOK) {
            if (!autopay_agenda_in_crowd(agenda, number))
                autopay_agenda_keep(agenda, number);
            return;
        }
        add_requested(&in, account, row, out);
    }
    if (verdict == AUTOPAY_NO_PRENOTICE && !in.earliest)
        announce(&in, account, row, out);
    if (verdict != AUTOPAY_CHARGE && verdict != AUTOPAY_NO_STALE && verdict != account->reason) {
        add_withheld(&in, verdict, account, row, out);
    }
    autopay_agenda_set_alarm(agenda, number, autopay_verdict_until(&in, verdict), false);
    bool unposted = account->credit > self->view.payment;
    autopay_agenda_set_credit(agenda, number, unposted ? account->credit : 0);
}

// Puts the account off until its turn. It is judged again then, on the balance that it has then.
static void give_turn(const autopay_state_t *self, uint32_t number, instant_t now)
{
    const autopay_account_t *account = table_row(&self->accounts, number);
    autopay_agenda_set_alarm(self->agenda, number, turn_of(self, account, now), true);
}

void autopay_decide_judgement(const autopay_state_t *self, decision_t *out)
{
    autopay_agenda_t *agenda = self->agenda;
    if (!out->input->current)
        return;
    autopay_agenda_ring(agenda, out->input->now);
    uint32_t number;
    while (has_room(out) && (number = autopay_agenda_take(agenda)) != TABLE_NONE)
        judge_account(self, number, FIRST_LOOK, out);
    out->more = !has_room(out);
    if (out->more)
        return;
    // All are judged. Those who would be charged are kept, and with those whose turn is still to
    // come they may be a crowd.
    bool crowd = self->policy.pacing_us > 0 &&
                 (uint64_t)autopay_agenda_kept_count(agenda) + agenda->waiting > self->policy.crowd;
    while (has_room(out) && (number = autopay_agenda_take_kept(agenda)) != TABLE_NONE) {
        if (crowd)
            give_turn(self, number, out->input->now);
        else
            judge_account(self, number, ITS_TURN, out);
    }
    out->more = !has_room(out);
}
