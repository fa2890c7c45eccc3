#include "services/ledger/ledger_decide_refund.h"
#include "services/ledger/ledger_transfer.h"

void ledger_refund_due(const ledger_state_t *self, due_t *out)
{
    for (uint32_t n = self->holds.noted.first; n && out->recalls_count < DUE_RECALLS_MAX;) {
        const ledger_hold_t *row = table_row(&self->holds.rows, n - 1);
        out->recalls[out->recalls_count++] =
            (recall_t){.key = row->noted.refund | LEDGER_REFUND_KEY,
                       .by = RECALL_CAUSE,
                       .stream = STREAM_PAYMENT,
                       .number = row->noted.credit};
        n = row->link.after;
    }
}

static void refuse(const event_refund_noted_t *noted, refund_refusal_t why, decision_t *out)
{
    decision_add(out, EVENT_refund_refused)->refund_refused =
        (event_refund_refused_t){.refund = noted->refund, .account = noted->account, .why = why};
}

// The lot that the payment is, by the first event that it caused; 0 if it was not credited to that
// account. Before its first posting an account is opened.
static uint64_t lot_of(const event_refund_noted_t *noted, const recalled_t *recalled)
{
    if (recalled->fail)
        return 0;
    const event_t *event = recalled->event;
    if (event->type == EVENT_account_opened)
        return uid_equal(&event->account_opened.account, &noted->account) ? recalled->sequence + 1
                                                                          : 0;
    bool ours = event->type == EVENT_posted && uid_equal(&event->posted.account, &noted->account) &&
                event->posted.credit >= SYSTEM_END;
    return ours ? recalled->sequence : 0;
}

static bool is_there(const ledger_state_t *self, const ledger_row_t *row, uint64_t number,
                     kopecks_t amount)
{
    uint32_t n = ledger_purse_find(&self->lots, &row->purse, number);
    const ledger_lot_t *lot = n ? ledger_purse_lot(&self->lots, n) : NULL;
    return lot && !lot->bonus && amount <= ledger_purse_left(&row->purse, lot) &&
           amount <= row->cash;
}

static void hold(const ledger_state_t *self, const event_refund_noted_t *noted, uint64_t lot,
                 decision_t *out)
{
    uint32_t index;
    ledger_transfer_t transfer = {.customer = noted->account,
                                  .credit = SYSTEM_REFUNDS,
                                  .amount = noted->amount,
                                  .kind = POSTING_HOLD,
                                  .reference = posting_payment_reference(noted->invoice),
                                  .lot = lot};
    if (!ledger_transfer_has_place(self, &transfer, &index) || index == TABLE_NONE ||
        !is_there(self, ledger_row_at(self, index), lot, noted->amount)) {
        refuse(noted, REFUND_REFUSED_SPENT, out);
        return;
    }
    ledger_transfer_add(self, out, &transfer, index);
    decision_add(out, EVENT_refund_held)->refund_held = (event_refund_held_t){
        .refund = noted->refund, .account = noted->account, .amount = noted->amount, .lot = lot};
}

fail_t ledger_refund_recalled(const ledger_state_t *self, const recalled_t *recalled,
                              decision_t *out)
{
    const ledger_hold_t *row =
        ledger_holds_find(&self->holds, recalled->wish.key & ~LEDGER_REFUND_KEY);
    if (!row || row->state != LEDGER_HOLD_NOTED)
        return FAIL_NONE;
    uint64_t lot = lot_of(&row->noted, recalled);
    if (lot)
        hold(self, &row->noted, lot, out);
    else
        refuse(&row->noted, REFUND_REFUSED_UNPLACED, out);
    return FAIL_NONE;
}

// --- how it ended ---

// So old that it is not known any more whether it was held and settled: only a history of payment
// that is a year older than this one tells of it again.
static bool is_past(const ledger_state_t *self, uint64_t refund, const decision_t *out)
{
    return !ledger_holds_find(&self->holds, refund) &&
           ledger_credited_is_past(refund, out->input->now);
}

static fail_t note(const ledger_state_t *self, const event_refund_requested_t *request,
                   decision_t *out)
{
    if (ledger_holds_find(&self->holds, request->refund) || request->amount <= 0 ||
        is_past(self, request->refund, out))
        return FAIL_NONE;
    decision_add(out, EVENT_refund_noted)->refund_noted =
        (event_refund_noted_t){.refund = request->refund,
                               .invoice = request->invoice,
                               .account = request->account,
                               .amount = request->amount,
                               .credit = request->credit};
    return FAIL_NONE;
}

static void settled(uint64_t refund, const uid_t16 *account, kopecks_t amount, bool left, bool held,
                    decision_t *out)
{
    decision_add(out, EVENT_refund_settled)->refund_settled = (event_refund_settled_t){
        .refund = refund, .account = *account, .amount = amount, .left = left, .held = held};
}

static fail_t take_done(const ledger_state_t *self, const event_refund_done_t *done,
                        decision_t *out)
{
    const ledger_hold_t *row = ledger_holds_find(&self->holds, done->refund);
    const ledger_hold_t *held = row && row->state == LEDGER_HOLD_HELD ? row : NULL;
    ledger_transfer_t transfer = {.debit = held ? SYSTEM_REFUNDS : 0,
                                  .credit = SYSTEM_CLEARING,
                                  .amount = held ? held->noted.amount : done->amount,
                                  .kind = POSTING_REFUND,
                                  .reference = posting_payment_reference(done->invoice)};
    if ((row && row->state == LEDGER_HOLD_LEFT) || transfer.amount <= 0 ||
        is_past(self, done->refund, out))
        return FAIL_NONE;
    if (!held)
        transfer.customer = done->account;
    else if (!ledger_transfer_fits(self, &transfer, NULL, INT64_MAX))
        return decision_refuse(out, FAIL_OVERFLOW, "a system account is at the end of int64");
    fail_t fail = FAIL_NONE;
    if (held)
        ledger_transfer_add(self, out, &transfer, TABLE_NONE);
    else
        fail = ledger_transfer_place(self, out, &transfer);
    if (!fail)
        settled(done->refund, &done->account, transfer.amount, true, held != NULL, out);
    return fail;
}

static fail_t take_ended(const ledger_state_t *self, const event_refund_ended_t *ended,
                         decision_t *out)
{
    const ledger_hold_t *row = ledger_holds_find(&self->holds, ended->refund);
    if (!row || (row->state != LEDGER_HOLD_HELD && row->state != LEDGER_HOLD_NOTED))
        return FAIL_NONE;
    bool held = row->state == LEDGER_HOLD_HELD;
    ledger_transfer_t transfer = {.customer = row->noted.account,
                                  .debit = SYSTEM_REFUNDS,
                                  .amount = row->noted.amount,
                                  .kind = POSTING_RELEASE,
                                  .reference = posting_payment_reference(row->noted.invoice),
                                  .lot = row->lot};
    fail_t fail = held ? ledger_transfer_place(self, out, &transfer) : FAIL_NONE;
    if (!fail)
        settled(ended->refund, &row->noted.account, held ? transfer.amount : 0, false, held, out);
    return fail;
}

// What goes back of a second payment was never credited here.
static bool is_second(uint64_t by_itself)
{
    return by_itself == UNWANTED_SECOND;
}

fail_t ledger_refund_fact(const ledger_state_t *self, const event_t *event, decision_t *out)
{
    const event_refund_requested_t *requested = &event->refund_requested;
    switch (event->type) {
    case EVENT_refund_requested:
        return is_second(requested->why) ? FAIL_NONE : note(self, requested, out);
    case EVENT_refund_done:
        return is_second(event->refund_done.by_itself) ? FAIL_NONE
                                                       : take_done(self, &event->refund_done, out);
    case EVENT_refund_ended:
        return take_ended(self, &event->refund_ended, out);
    default:
        return FAIL_NONE;
    }
}
