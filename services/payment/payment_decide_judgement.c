#include "services/payment/payment_decide_judgement.h"
#include "services/payment/payment_decide_charge.h"
#include "services/payment/payment_decide_evidence.h"
#include "services/payment/payment_decide_receipt.h"
#include "services/payment/payment_decide_refund.h"
#include "services/payment/payment_forget.h"
#include "services/payment/payment_invoice.h"

static void judge_waiting(const payment_state_t *self, const invoice_t *charge, decision_t *out)
{
    decline_t reason = payment_charge_overtaken(self, charge, out->input->now);
    if (reason)
        payment_evidence_declined(self, charge, reason, 0, out);
    else
        payment_invoice_send(invoice_number(charge), charge->attempt + 1, out);
}

static void judge_invoice(const payment_state_t *self, const invoice_t *invoice, decision_t *out)
{
    uint64_t number = invoice_number(invoice);
    bool waiting = invoice_is_waiting(self, invoice);
    if (invoice->orphan) { // no judgement: it is so since the process before ended
        payment_evidence_unknown(invoice, UNKNOWN_RESTART, out);
    } else if (invoice->state == PAYMENT_SENT && !waiting) { // nor this: its time is over
        payment_evidence_unknown(invoice, UNKNOWN_NO_ANSWER, out);
    } else if (!out->input->current) {
        return;
    } else if (waiting) {
        judge_waiting(self, invoice, out);
    } else if (invoice->state == PAYMENT_CREATED) {
        decision_add(out, EVENT_payment_expired)->payment_expired.invoice = number;
    } else {
        event_payment_overdue_t *e = &decision_add(out, EVENT_payment_overdue)->payment_overdue;
        e->invoice = number;
        e->level = invoice->level ? OVERDUE_ALARM : OVERDUE_LATE;
    }
}

fail_t payment_decide_judgement(const payment_state_t *self, const input_t *input, decision_t *out)
{
    uint32_t rows[PAYMENT_TICK_MAX];
    instant_t next;
    payment_refund_judge(self, out);
    payment_receipt_judge(self, out);
    size_t count =
        payment_agenda_due(&self->work->judgements, input->now, PAYMENT_TICK_MAX, rows, &next);
    for (size_t i = 0; i < count; i++)
        judge_invoice(self, invoice_at(self, rows[i]), out);
    out->more = out->count > 0 && next <= input->now;
    payment_forget_judge(self, out);
    return FAIL_NONE;
}
