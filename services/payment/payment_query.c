#include "services/payment/payment_query.h"
#include <stdio.h>

// The link is made again from the event, so a repeated command gets the same one.
static fail_t answer_topup(const state_t *self, const event_t *first, query_t *out)
{
    if (!first || first->type != EVENT_payment_created)
        return FAIL_CORRUPT; // a top-up always begins with its invoice
    const event_payment_created_t *created = &first->payment_created;
    size_t size =
        payment_form_link(self->settings, created->invoice, created->amount, &created->token,
                          created->count_max > 0, (char *)out->scratch, out->scratch_size);
    if (size == 0)
        return FAIL_FULL;
    out->answer->topup.invoice = created->invoice;
    out->answer->topup.link = (text_t){(const char *)out->scratch, (uint32_t)size};
    return FAIL_NONE;
}

// The command was accepted, so its fields were authentic.
static fail_t answer_callback(const request_callback_t *callback, query_t *out)
{
    form_t form;
    if (!payment_form_read(callback->fields, &form))
        return FAIL_SIGNATURE;
    out->answer->callback.invoice = payment_form_invoice(&form);
    return FAIL_NONE;
}

// Whoever cannot show the invoice's token learns nothing of it, not even that it is one.
static fail_t answer_success(const state_t *self, const request_success_t *request, query_t *out)
{
    form_t form;
    robokassa_notice_t notice;
    if (!payment_form_read(request->fields, &form))
        return FAIL_SIGNATURE;
    bool read = request->failed ? robokassa_notice_read_fail(&form, &notice)
                                : robokassa_notice_verify_success(&self->settings->shop, &form,
                                                                  &notice) == ROBOKASSA_AUTHENTIC;
    const invoice_t *invoice = read ? payment_state_invoice(self, (uint64_t)notice.invoice) : NULL;
    if (!invoice || !payment_form_has_token(&form, &invoice->token))
        return FAIL_SIGNATURE;
    out->answer->success.invoice = (uint64_t)notice.invoice;
    out->answer->success.state = invoice->state;
    return FAIL_NONE;
}

static fail_t answer_mandate(const state_t *self, const uid_t16 *account, answer_mandate_t *ret)
{
    const mandate_t *mandate = payment_state_mandate(self, payment_state_account(self, account));
    if (!mandate)
        return FAIL_MISSING;
    ret->mandate = mandate->key;
    ret->state = mandate->live ? 1 : 2;
    ret->parent = mandate->parent;
    ret->amount = mandate->amount;
    ret->count_max = mandate->count_max;
    ret->sum_max = mandate->sum_max;
    return FAIL_NONE;
}

static fail_t answer_payment(const state_t *self, uint64_t number, answer_payment_t *ret)
{
    const invoice_t *invoice = payment_state_invoice(self, number);
    if (!invoice)
        return FAIL_MISSING;
    ret->account = account_at(self, invoice->account)->key;
    ret->kind = invoice->kind;
    ret->amount = invoice->amount;
    ret->state = invoice->state;
    ret->request = invoice->request;
    ret->created = invoice->created;
    return FAIL_NONE;
}

// The id that the command was about: its event's, or what it found done already.
static uid_t16 mandate_of(const state_t *self, const uid_t16 *account, const event_t *first)
{
    if (first && first->type == EVENT_mandate_revoked)
        return first->mandate_revoked.mandate;
    if (first && first->type == EVENT_mandate_changed)
        return first->mandate_changed.mandate;
    const mandate_t *mandate = payment_state_mandate(self, payment_state_account(self, account));
    return mandate ? mandate->key : (uid_t16){{0}};
}

fail_t payment_query(const void *state, const request_t *request, const event_t *first,
                     uint64_t first_sequence, query_t *out)
{
    const state_t *self = state;
    (void)first_sequence;
    switch (request->type) {
    case REQUEST_topup:
        return answer_topup(self, first, out);
    case REQUEST_callback:
        return answer_callback(&request->callback, out);
    case REQUEST_success:
        return answer_success(self, &request->success, out);
    case REQUEST_revoke:
        out->answer->revoke.mandate = mandate_of(self, &request->revoke.account, first);
        return FAIL_NONE;
    case REQUEST_mandate_change:
        out->answer->mandate_change.mandate =
            mandate_of(self, &request->mandate_change.account, first);
        return FAIL_NONE;
    case REQUEST_mandate:
        return answer_mandate(self, &request->mandate.account, &out->answer->mandate);
    case REQUEST_payment:
        return answer_payment(self, request->payment.invoice, &out->answer->payment);
    case REQUEST_payment_resolve:
        return FAIL_NONE;
    default:
        return FAIL_INVALID;
    }
}

size_t payment_query_counters(const void *state, char *out, size_t cap)
{
    const state_t *self = state;
    int size = snprintf(out, cap,
                        "invoices %u\n"
                        "payments_open %llu\n"
                        "payments_unknown %llu\n"
                        "payments_mismatched %llu\n"
                        "mandates_live %llu\n"
                        "charges_wanted %u\n"
                        "questions_waiting %u\n",
                        self->invoices.count, (unsigned long long)self->open,
                        (unsigned long long)self->unknown, (unsigned long long)self->mismatched,
                        (unsigned long long)self->mandates_live, self->work->charges.count,
                        self->work->questions.count);
    return size < 0 || (size_t)size >= cap ? 0 : (size_t)size;
}
