#include "services/payment/payment_query.h"
#include "proto/counter.h"
#include "proto/payment_number.h"
#include "services/payment/payment_decide_contact.h"
#include "services/payment/payment_decide_receipt.h"
#include "services/payment/payment_forget.h"
#include "services/payment/payment_form_receipt.h"
#include "services/payment/payment_query_promo.h"
#include "services/payment/payment_query_receipt.h"
#include "services/payment/payment_query_refund.h"

enum { TABLE_ROWS = 700 }; // looked at for a page; 70 bytes each at most: below 56 KiB

// The link is made again from the event, so who asks again gets the same one. Empty if it is longer
// than an answer.
static text_t link_of(const payment_state_t *self, const event_t *event, query_t *out)
{
    const event_payment_created_t *created = &event->payment_created;
    payment_receipt_t says = payment_form_first_receipt(self, event->at);
    size_t size =
        payment_form_link(self->settings, &says, created->invoice, created->amount, &created->token,
                          created->count_max > 0, (char *)out->scratch, out->scratch_size);
    return (text_t){(const char *)out->scratch, (uint32_t)size};
}

static fail_t answer_topup(const payment_state_t *self, const event_t *first, query_t *out)
{
    if (!first || first->type != EVENT_payment_created)
        return FAIL_CORRUPT; // a top-up always begins with its invoice
    out->answer->topup.invoice = first->payment_created.invoice;
    out->answer->topup.link = link_of(self, first, out);
    return out->answer->topup.link.size ? FAIL_NONE : FAIL_LIMIT;
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
static fail_t answer_success(const payment_state_t *self, const request_success_t *request,
                             query_t *out)
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

static fail_t answer_mandate(const payment_state_t *self, const uid_t16 *account,
                             answer_mandate_t *ret)
{
    const mandate_t *mandate = payment_state_mandate(self, payment_state_account(self, account));
    if (!mandate)
        return FAIL_MISSING;
    ret->mandate = mandate->key;
    ret->state = mandate->live ? MANDATE_LIVE : MANDATE_REVOKED;
    ret->parent = mandate->parent;
    ret->amount = mandate->amount;
    ret->count_max = mandate->count_max;
    ret->sum_max = mandate->sum_max;
    return FAIL_NONE;
}

// What has come of a payment is kept, until it is forgotten; what it was made as is in the event
// that made it.
static fail_t answer_payment(const payment_state_t *self, uint64_t number, query_t *out)
{
    const invoice_t *invoice = payment_state_invoice(self, number);
    if (!invoice && !payment_forget_is_past(self, number, out->now))
        return FAIL_MISSING;
    if (!out->recalled) {
        out->recall = (recall_t){.by = RECALL_NUMBER, .number = payment_number_order(number)};
        return FAIL_LATER;
    }
    if (out->recalled->fail) // if we know of it, its event is there
        return invoice ? FAIL_CORRUPT : FAIL_MISSING;
    const event_payment_created_t *created = &out->recalled->event->payment_created;
    if (out->owner && !uid_equal(&created->account, out->owner))
        return FAIL_MISSING; // as one that is not there
    answer_payment_t *answer = &out->answer->payment;
    answer->account = created->account;
    answer->kind = created->kind;
    answer->amount = created->amount;
    answer->state = invoice ? invoice->state : PAYMENT_FORGOTTEN;
    answer->request = created->request;
    answer->created = out->recalled->event->at;
    bool open = answer->state == PAYMENT_CREATED && created->kind == PAYMENT_KIND_TOPUP;
    if (open && out->owner) // its token is the payer's, and no reader's
        answer->link = link_of(self, out->recalled->event, out);
    return FAIL_NONE;
}

enum { PAYMENTS_ROWS_MAX = 100, PAYMENTS_WALK_MAX = 1000, PAYMENTS_ROW_BYTES = 64 };

static void pack_invoice(const payment_state_t *self, const invoice_t *invoice, pack_t *rows)
{
    uint32_t receipts = payment_receipts_find(self->receipts, invoice_number(invoice));
    pack_array(rows, 8);
    pack_u64(rows, invoice_number(invoice));
    pack_u64(rows, invoice->kind);
    pack_u64(rows, invoice->state);
    pack_i64(rows, invoice->amount);
    pack_i64(rows, invoice->created);
    pack_u64(rows, invoice->request);
    for (receipt_kind_t kind = RECEIPT_FIRST; kind <= RECEIPT_SECOND; kind++)
        pack_u64(rows, receipts == TABLE_NONE
                           ? 0
                           : payment_receipts_state(self->receipts, receipt_slot(receipts, kind)));
}

// Back along the account's invoices. What is passed over is bounded, too.
static fail_t answer_payments(const payment_state_t *self, const request_payments_t *request,
                              query_t *out)
{
    const payment_account_t *account = payment_state_account(self, &request->account);
    const invoice_t *behind = request->before ? payment_state_invoice(self, request->before) : NULL;
    if (!account)
        return FAIL_UNKNOWN_ACCOUNT;
    if (request->limit < 1 || request->limit > PAYMENTS_ROWS_MAX ||
        out->scratch_size < PAYMENTS_ROWS_MAX * PAYMENTS_ROW_BYTES)
        return FAIL_INVALID;
    if (request->before && (!behind || account_at(self, behind->account) != account))
        return FAIL_MISSING;
    answer_payments_t *answer = &out->answer->payments;
    const invoice_t *last = NULL;
    uint32_t row = behind ? behind->of_account.before : account->invoices.last;
    pack_t rows;
    pack_start(&rows, out->scratch, out->scratch_size);
    for (unsigned i = 0; row && i < PAYMENTS_WALK_MAX && answer->count < request->limit; i++) {
        last = invoice_at(self, row - 1);
        if (!request->states || request->states >> last->state & 1) {
            pack_invoice(self, last, &rows);
            answer->count++;
        }
        row = last->of_account.before;
    }
    answer->next = row && last ? invoice_number(last) : 0;
    answer->rows = (bytes_t){out->scratch, (uint32_t)pack_end(&rows)};
    return FAIL_NONE;
}

// The id that the command was about: its event's, or what it found done already.
static uid_t16 mandate_of(const payment_state_t *self, const uid_t16 *account, const event_t *first)
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
    const payment_state_t *self = state;
    fail_t fail;
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
        return answer_payment(self, request->payment.invoice, out);
    case REQUEST_payments:
        return answer_payments(self, &request->payments, out);
    case REQUEST_payment_resolve:
        out->answer->payment_resolve.pending = first && first->type == EVENT_command_proposed;
        return FAIL_NONE;
    case REQUEST_receipt_contact_set:
    case REQUEST_receipt_contact_erase:
        return FAIL_NONE;
    case REQUEST_receipt_contact:
        return payment_contact_show(self, &request->receipt_contact.account, out);
    default:
        if (payment_receipt_is(request))
            return payment_query_receipt(self, request, out);
        return payment_promo_query(self, request, first, out, &fail)
                   ? fail
                   : payment_query_refund(self, request, first, out);
    }
}

size_t payment_query_counters(const void *state, char *text, size_t cap)
{
    const payment_state_t *self = state;
    writer_t out = writer_on(text, cap);
    counter_put(&out, COUNTER_invoices, table_used(&self->invoices));
    counter_put(&out, COUNTER_payments_open, (int64_t)self->open);
    counter_put(&out, COUNTER_payments_unknown, (int64_t)self->unknown);
    counter_put(&out, COUNTER_payments_mismatched, (int64_t)self->mismatched);
    counter_put(&out, COUNTER_payments_second, (int64_t)self->second);
    counter_put(&out, COUNTER_payments_unwanted, (int64_t)self->unwanted);
    counter_put(&out, COUNTER_payments_kept, (int64_t)self->kept);
    counter_put(&out, COUNTER_mandates_live, (int64_t)self->mandates_live);
    counter_put(&out, COUNTER_charges_wanted, payment_agenda_count(&self->work->charges));
    counter_put(&out, COUNTER_questions_waiting, payment_agenda_count(&self->work->questions));
    counter_put(&out, COUNTER_refunds, (int64_t)self->refunds->asked);
    counter_put(&out, COUNTER_refunds_open, (int64_t)self->refunds->open);
    counter_put(&out, COUNTER_refunds_unknown, (int64_t)self->refunds->unknown);
    counter_put(&out, COUNTER_receipts_open, (int64_t)self->receipts->open);
    counter_put(&out, COUNTER_receipts_missing, (int64_t)self->receipts->missing);
    counter_put(&out, COUNTER_receipts_people, (int64_t)self->receipts->people);
    payment_promo_counters(self, &out);
    return out.size;
}

// Each number is larger than all before it of its kind (proto/payment_number.h), also in a journal
// that was put back in an older state; those of the old kind are larger, and stand first.
bool payment_query_number(const event_t *event, uint64_t *ret_number)
{
    if (event->type != EVENT_payment_created)
        return false;
    *ret_number = payment_number_order(event->payment_created.invoice);
    return true;
}

static const invoice_t *under_way(const payment_state_t *self, const payment_account_t *account)
{
    if (account->charge)
        return invoice_at(self, account->charge - 1);
    uint32_t last = account->invoices.last;
    const invoice_t *newest = last ? invoice_at(self, last - 1) : NULL;
    return newest && !invoice_is_closed(newest) ? newest : NULL;
}

uint64_t payment_query_table(const void *state, uint64_t from, pack_t *rows, size_t *ret_count)
{
    const payment_state_t *self = state;
    uint64_t count = self->accounts.count, number = from;
    *ret_count = 0;
    for (; number < count && number - from < TABLE_ROWS; number++) {
        const payment_account_t *account = account_at(self, (uint32_t)number);
        const invoice_t *invoice = under_way(self, account);
        if (!invoice)
            continue;
        pack_array(rows, 6);
        pack_u64(rows, number);
        pack_uid(rows, &account->key);
        pack_u64(rows, invoice_number(invoice));
        pack_u64(rows, invoice->kind);
        pack_i64(rows, invoice->created);
        pack_u64(rows, self->last);
        ++*ret_count;
    }
    return number < count ? number : 0;
}

const outside_health_t *payment_query_outside(const void *state)
{
    return &((const payment_state_t *)state)->work->outage.health;
}
