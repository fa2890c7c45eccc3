#include "services/payment/payment_decide_evidence.h"
#include "services/payment/payment_decide_promo.h"
#include "services/payment/payment_decide_refund.h"
#include "services/payment/payment_forget.h"
#include "services/payment/payment_unwanted.h"
#include "services/payment/payment_work.h"
#include "services/robokassa/robokassa_answer.h"
#include "services/robokassa/robokassa_state.h"

static const uid_t16 *account_id(const payment_state_t *self, const invoice_t *invoice)
{
    return &account_at(self, invoice->account)->key;
}

void payment_evidence_unknown(const invoice_t *invoice, uint64_t why, decision_t *out)
{
    event_payment_unknown_t *e = &decision_add(out, EVENT_payment_unknown)->payment_unknown;
    e->invoice = invoice_number(invoice);
    e->why = why;
}

void payment_evidence_declined(const payment_state_t *self, const invoice_t *invoice,
                               decline_t reason, uint64_t code, decision_t *out)
{
    event_payment_declined_t *e = &decision_add(out, EVENT_payment_declined)->payment_declined;
    e->invoice = invoice_number(invoice);
    e->account = *account_id(self, invoice);
    e->request = invoice->request;
    e->reason = reason;
    e->code = code;
    e->credit = reason == DECLINE_STALE ? account_at(self, invoice->account)->credit : 0;
    payment_promo_declined(self, invoice, out);
}

// A charge that waits has not left, so it can end here. One that was handed out may
// have left: it is not wanted any more, and asked about.
void payment_evidence_revoke(const payment_state_t *self, const payment_account_t *account,
                             const uid_t16 *mandate, uint64_t why, decision_t *out)
{
    event_mandate_revoked_t *e = &decision_add(out, EVENT_mandate_revoked)->mandate_revoked;
    e->mandate = *mandate;
    e->account = account->key;
    e->why = why;
    if (account->charge == 0)
        return;
    const invoice_t *charge = invoice_at(self, account->charge - 1);
    bool waiting = invoice_is_waiting(self, charge);
    bool ours = waiting || (charge->state == PAYMENT_SENT && !charge->orphan);
    if (!ours || !uid_equal(&charge->mandate, mandate))
        return;
    if (waiting)
        payment_evidence_declined(self, charge, DECLINE_REVOKED, 0, out);
    else
        payment_evidence_unknown(charge, UNKNOWN_NO_ANSWER, out);
}

// The ticket of a paid top-up becomes the mandate, unless its customer has since refused autopay or
// consented to other terms.
static void consent(const payment_state_t *self, const invoice_t *invoice, uint64_t credit,
                    decision_t *out)
{
    const payment_account_t *account = account_at(self, invoice->account);
    const mandate_t *former = payment_state_mandate(self, account);
    if (former && former->live)
        payment_evidence_revoke(self, account, &former->key, REVOKE_REPLACED, out);
    event_mandate_consented_t *e = &decision_add(out, EVENT_mandate_consented)->mandate_consented;
    e->mandate = invoice->mandate;
    e->account = account->key;
    e->parent = invoice_number(invoice);
    e->amount = invoice->amount;
    e->count_max = invoice->count_max;
    e->sum_max = invoice->sum_max;
    e->credit = credit;
}

static void succeed(const payment_state_t *self, const invoice_t *invoice, kopecks_t amount,
                    evidence_t evidence, decision_t *out)
{
    event_payment_succeeded_t *e = &decision_add(out, EVENT_payment_succeeded)->payment_succeeded;
    e->invoice = invoice_number(invoice);
    e->account = *account_id(self, invoice);
    e->amount = amount;
    e->kind = invoice->kind;
    e->request = invoice->request;
    e->evidence = evidence;
    e->after = invoice->state == PAYMENT_DECLINED || invoice->state == PAYMENT_EXPIRED;
    // The node gives a decision's events the next sequences in their order.
    uint64_t credit = self->last + out->count;
    bool ticked = invoice->kind == PAYMENT_KIND_TOPUP && invoice->count_max > 0;
    bool stands = invoice->born > account_at(self, invoice->account)->consented;
    bool heard = evidence == EVIDENCE_CALLBACK || evidence == EVIDENCE_STATE;
    if (ticked && stands && heard)
        consent(self, invoice, credit, out);
    if (invoice->kind == PAYMENT_KIND_TOPUP)
        payment_promo_paid(self, invoice, amount, out);
    else
        payment_unwanted_judge(self, invoice, amount, credit, out);
}

// Money that does not fit its invoice is an operator's to judge; the same news twice is one event.
static void mismatch(const invoice_t *invoice, unsigned what, kopecks_t received, decision_t *out)
{
    bool brought = invoice->state == PAYMENT_SUCCEEDED && received == invoice->credited;
    if ((invoice->mismatch == what && invoice->received == received) ||
        (brought && what == MISMATCH_AMOUNT))
        return;
    event_payment_mismatch_t *e = &decision_add(out, EVENT_payment_mismatch)->payment_mismatch;
    e->invoice = invoice_number(invoice);
    e->expected = invoice->amount;
    e->received = received;
    e->what = what;
}

// Is it other money than the invoice has brought, and than is known of it? What was credited by an
// operator's word may have been that money.
static bool is_second(const invoice_t *invoice, kopecks_t received)
{
    bool known = invoice->mismatch == MISMATCH_AMOUNT && received == invoice->received;
    return invoice->state == PAYMENT_SUCCEEDED && received != invoice->credited && !known &&
           invoice->evidence != EVIDENCE_OPERATOR;
}

// It credits nothing, and goes back by itself.
static void take_second(const payment_state_t *self, const invoice_t *invoice, kopecks_t received,
                        decision_t *out)
{
    size_t before = out->count;
    mismatch(invoice, MISMATCH_SECOND, received, out);
    if (out->count > before)
        payment_refund_second(self, invoice, received, out);
}

// Authentic evidence of a payment. A repeat of what was credited changes nothing.
static void take_payment(const payment_state_t *self, const invoice_t *invoice, kopecks_t received,
                         bool has_token, evidence_t evidence, decision_t *out)
{
    if (!has_token)
        mismatch(invoice, MISMATCH_TOKEN, received, out);
    else if (is_second(invoice, received))
        take_second(self, invoice, received, out);
    else if (received != invoice->amount)
        mismatch(invoice, MISMATCH_AMOUNT, received, out);
    else if (invoice->state != PAYMENT_SUCCEEDED)
        succeed(self, invoice, received, evidence, out);
}

// Whatever is wrong, the refusal looks the same: it must not tell a number of ours from another.
static fail_t refuse_notice(decision_t *out)
{
    return decision_refuse(out, FAIL_SIGNATURE, "the notice is not authentic");
}

fail_t payment_evidence_notice(const payment_state_t *self, const request_callback_t *callback,
                               decision_t *out)
{
    form_t form;
    robokassa_notice_t notice = {.invoice = 0};
    if (!payment_form_read(callback->fields, &form))
        return refuse_notice(out);
    robokassa_verdict_t verdict = robokassa_notice_verify(&self->settings->shop, &form, &notice);
    if (verdict == ROBOKASSA_SUM_INVALID) // signed, and no amount that an invoice could have
        notice = (robokassa_notice_t){.invoice = (int64_t)payment_form_invoice(&form)};
    else if (verdict)
        return refuse_notice(out);
    const invoice_t *invoice = payment_state_invoice(self, (uint64_t)notice.invoice);
    if (!invoice)
        return refuse_notice(out);
    take_payment(self, invoice, notice.sum, payment_form_has_token(&form, &invoice->token),
                 EVIDENCE_CALLBACK, out);
    return FAIL_NONE;
}

fail_t payment_evidence_operator(const payment_state_t *self,
                                 const request_payment_resolve_t *resolve, decision_t *out)
{
    const invoice_t *invoice = payment_state_invoice(self, resolve->invoice);
    if (!invoice && payment_forget_is_past(self, resolve->invoice, out->input->now))
        return decision_refuse(out, FAIL_MISSING, PAYMENT_FORGOTTEN_TEXT);
    if (!invoice)
        return decision_refuse(out, FAIL_MISSING, "no such invoice");
    if (!codes_find(CODES_outcome, resolve->outcome))
        return decision_refuse(out, FAIL_INVALID, "outcome: expected 1 succeeded or 2 declined");
    if (resolve->outcome == OUTCOME_SUCCEEDED) {
        if (resolve->amount <= 0 || resolve->amount > POSTING_AMOUNT_MAX)
            return decision_refuse(out, FAIL_INVALID, "the amount that came is not positive");
        if (invoice->state == PAYMENT_SUCCEEDED)
            return decision_refuse(out, FAIL_STATE, "the payment is credited already");
        // An operator says that it came, not how much: that the invoice says, or its notice did.
        if (resolve->amount != invoice->amount &&
            !(invoice->mismatch && resolve->amount == invoice->received))
            return decision_refuse(
                out, FAIL_MISMATCH,
                "expected the invoice's amount, or what a notice said that came");
        succeed(self, invoice, resolve->amount,
                resolve->registry ? EVIDENCE_REGISTRY : EVIDENCE_OPERATOR, out);
        return FAIL_NONE;
    }
    if (resolve->registry)
        return decision_refuse(out, FAIL_INVALID, "a registry says what came, and no more");
    if (invoice_is_closed(invoice))
        return decision_refuse(out, FAIL_STATE, "the payment is closed already");
    payment_evidence_declined(self, invoice, DECLINE_OPERATOR, 0, out);
    return FAIL_NONE;
}

static span_t body_of(const result_t *result)
{
    return (span_t){(const char *)result->body.data, result->body.size};
}

void payment_evidence_charged(const payment_state_t *self, const invoice_t *invoice,
                              const result_t *result, decision_t *out)
{
    if (result->what == RESULT_NOT_CONNECTED) {
        payment_work_retry(self, invoice, out->input->now);
        return;
    }
    if (result->what == RESULT_NO_ANSWER) {
        payment_evidence_unknown(invoice, UNKNOWN_NO_ANSWER, out);
        return;
    }
    robokassa_answer_t answer = robokassa_answer_read((int)result->http_status, body_of(result),
                                                      (int64_t)invoice_number(invoice));
    if (answer.outcome == ROBOKASSA_ACCEPTED)
        decision_add(out, EVENT_payment_accepted)->payment_accepted.invoice =
            invoice_number(invoice);
    else if (robokassa_answer_is_refusal(answer))
        payment_evidence_declined(self, invoice, DECLINE_REJECTED, (uint64_t)answer.code, out);
    else
        payment_evidence_unknown(invoice,
                                 result->http_status >= 500 ? UNKNOWN_SERVER : UNKNOWN_ANSWER, out);
}

static bool has_token(const robokassa_state_t *state, const uid_t16 *token)
{
    char text[PAYMENT_TOKEN_SIZE];
    return state->has_shp && span_is(span_of(state->shp), payment_form_token(token, text));
}

// An answer that is no final one: remembered when it is another than before. "No such operation"
// for long enough says that a charge never arrived.
static void note_answer(const payment_state_t *self, const invoice_t *invoice,
                        const robokassa_state_t *state, decision_t *out)
{
    instant_t now = out->input->now;
    unsigned code = state->has_state ? (unsigned)state->state_code : 0;
    bool missing = state->result_code == ROBOKASSA_RESULT_MISSING;
    bool known = invoice->checked != 0 && invoice->result == state->result_code &&
                 invoice->state_code == code;
    instant_t since = known ? invoice->checked : now;
    bool charge = invoice->kind == PAYMENT_KIND_AUTOPAY;
    if (charge && missing && now - since >= PAYMENT_MISSING_US && out->input->current) {
        payment_evidence_declined(self, invoice, DECLINE_NOT_ARRIVED, 0, out);
        return;
    }
    payment_work_ask_again(self, invoice, now, charge && missing ? since : 0);
    if (known)
        return;
    event_payment_checked_t *e = &decision_add(out, EVENT_payment_checked)->payment_checked;
    e->invoice = invoice_number(invoice);
    e->result = (uint64_t)state->result_code;
    e->state = code;
}

static bool read_state(const result_t *result, robokassa_state_t *ret)
{
    span_t body = body_of(result);
    return result->what == RESULT_ANSWERED && result->http_status == 200 &&
           robokassa_state_read(body.bytes, body.size, SPAN("Shp_token"), ret);
}

static int code_of(const robokassa_state_t *state)
{
    return state->result_code == ROBOKASSA_RESULT_OK && state->has_state ? state->state_code : 0;
}

static void tell_paid(const payment_state_t *self, const invoice_t *invoice,
                      const robokassa_state_t *state, decision_t *out)
{
    take_payment(self, invoice, state->has_sum ? state->sum : 0, has_token(state, &invoice->token),
                 EVIDENCE_STATE, out);
}

static void tell_open(const payment_state_t *self, const invoice_t *invoice,
                      const robokassa_state_t *state, decision_t *out)
{
    int code = code_of(state);
    if (code == ROBOKASSA_STATE_PAID)
        tell_paid(self, invoice, state, out);
    else if (code == ROBOKASSA_STATE_CANCELLED)
        payment_evidence_declined(self, invoice, DECLINE_STATE_10, 0, out);
    else if (code == ROBOKASSA_STATE_RETURNED)
        payment_evidence_declined(self, invoice, DECLINE_STATE_60, 0, out);
    else
        note_answer(self, invoice, state, out);
}

// Of an invoice that is over only money is news. What the answer leaves as it is may be behind.
static void tell_closed(const payment_state_t *self, const invoice_t *invoice,
                        const robokassa_state_t *state, decision_t *out)
{
    bool settled =
        state->result_code == ROBOKASSA_RESULT_OK || state->result_code == ROBOKASSA_RESULT_MISSING;
    if (code_of(state) == ROBOKASSA_STATE_PAID)
        tell_paid(self, invoice, state, out);
    payment_work_doubt(self, invoice, settled, out->input->now);
}

static void tell_nothing(const payment_state_t *self, const invoice_t *invoice, instant_t now)
{
    bool missing = invoice->kind == PAYMENT_KIND_AUTOPAY && invoice->checked != 0 &&
                   invoice->result == ROBOKASSA_RESULT_MISSING;
    if (invoice_is_closed(invoice))
        payment_work_doubt(self, invoice, false, now);
    else
        payment_work_ask_again(self, invoice, now, missing ? invoice->checked : 0);
}

void payment_evidence_told(const payment_state_t *self, const invoice_t *invoice,
                           const result_t *result, decision_t *out)
{
    robokassa_state_t state;
    if (!read_state(result, &state))
        tell_nothing(self, invoice, out->input->now);
    else if (invoice_is_closed(invoice))
        tell_closed(self, invoice, &state, out);
    else
        tell_open(self, invoice, &state, out);
}
