#include "services/payment/payment_decide_outside.h"
#include "services/payment/payment_decide_charge.h"
#include "services/payment/payment_decide_evidence.h"
#include "services/payment/payment_decide_receipt.h"
#include "services/payment/payment_decide_refund.h"
#include "services/payment/payment_form_receipt.h"
#include "services/payment/payment_work.h"

// A key names the row, the kind of the request, and the turn of the row in its agenda: an answer
// to an earlier turn finds another key.
enum { WANT_CHARGE = 0, WANT_QUESTION = 1 };

static uint64_t key_of(const payment_agenda_t *agenda, uint32_t row, uint64_t want)
{
    return (uint64_t)row << 32 | want << 31 | payment_agenda_turn(agenda, row);
}

fail_t payment_decide_result(const payment_state_t *self, const result_t *result, decision_t *out)
{
    if (!(result->key & PAYMENT_REFUND_KEY) && result->key & PAYMENT_RECEIPT_KEY) {
        payment_receipt_result(self, result, out); // another machine of theirs: no outage of this
        return FAIL_NONE;
    }
    payment_outage_note(&self->work->outage, result, out->input->now);
    if (result->key & PAYMENT_REFUND_KEY) {
        payment_refund_result(self, result, out);
        return FAIL_NONE;
    }
    uint32_t row = (uint32_t)(result->key >> 32);
    uint64_t want = result->key >> 31 & 1;
    const payment_agenda_t *agenda =
        want == WANT_CHARGE ? &self->work->charges : &self->work->questions;
    if (!payment_agenda_has(agenda, row) || key_of(agenda, row, want) != result->key)
        return FAIL_NONE; // the invoice has gone on without it
    const invoice_t *invoice = invoice_at(self, row);
    if (want == WANT_CHARGE)
        payment_evidence_charged(self, invoice, result, out);
    else
        payment_evidence_told(self, invoice, result, out);
    return FAIL_NONE;
}

static void add_wanted(const payment_state_t *self, uint32_t row, uint64_t want, due_t *out)
{
    const payment_settings_t *settings = self->settings;
    const invoice_t *invoice = invoice_at(self, row);
    uint64_t number = invoice_number(invoice);
    char *body = (char *)out->scratch + out->scratch_used;
    size_t room = DUE_SCRATCH_BYTES - out->scratch_used, size;
    outside_t *request = &out->requests[out->count];
    const payment_agenda_t *agenda;
    span_t url;
    if (want == WANT_CHARGE) {
        agenda = &self->work->charges;
        url = settings->shop.recurring_url;
        payment_receipt_t says = payment_form_first_receipt(self, invoice->created);
        size = payment_form_charge(settings, &says, number, invoice, body, room);
    } else {
        agenda = &self->work->questions;
        url = settings->shop.state_url;
        size = payment_form_question(settings, number, body, room);
    }
    if (size == 0)
        return; // no room: it is wanted again after the results of these
    *request = (outside_t){.key = key_of(agenda, row, want),
                           .method = OUTSIDE_POST,
                           .url = {url.bytes, (uint32_t)url.size},
                           .content_type = text_of(OUTSIDE_FORM),
                           .body = {(const uint8_t *)body, (uint32_t)size},
                           .timeout_ms = settings->timeout_ms};
    out->scratch_used += size;
    out->count++;
}

// Charges first: a customer's service may hang on one. One that was overtaken while it waited for a
// free place is wanted no more; whether it had left already, only evidence can tell.
void payment_decide_due(const void *arg, instant_t now, due_t *out)
{
    const payment_state_t *self = arg;
    const work_t *work = self->work;
    uint32_t rows[DUE_REQUESTS_MAX];
    size_t max = self->settings->requests_max;
    instant_t next;
    out->at_once = max;
    out->wake = payment_agenda_first(&work->judgements);
    uint32_t campaign;
    instant_t ends = heap_least(&self->promo.ends);
    instant_t forgets = promo_state_forgets(&self->promo, &campaign);
    ends = forgets < ends ? forgets : ends;
    out->wake = ends < out->wake ? ends : out->wake;
    size_t count = payment_agenda_due(&work->charges, now, max, rows, &next);
    for (size_t i = 0; i < count; i++)
        if (!payment_charge_overtaken(self, invoice_at(self, rows[i]), now))
            add_wanted(self, rows[i], WANT_CHARGE, out);
    payment_refund_due(self, now, max - count, out); // few, and somebody looks
    size_t used = count > out->count ? count : out->count;
    count = payment_agenda_due(&work->questions, now, max - used, rows, &next);
    for (size_t i = 0; i < count; i++)
        add_wanted(self, rows[i], WANT_QUESTION, out);
    if (next > now && next < out->wake) // those that wait for a free place wake nobody
        out->wake = next;
    used = used + count > out->count ? used + count : out->count;
    payment_receipt_due(self, now, max - used, out); // nothing waits for them
}
