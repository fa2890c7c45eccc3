#include "services/payment/payment_decide_refund.h"
#include "services/payment/payment_forget.h"
#include "proto/payment_number.h"
#include "proto/posting.h"
#include "services/payment/payment_form_refund.h"
#include "services/robokassa/robokassa_state.h"
#include <assert.h>

static const invoice_t *invoice_of(const payment_state_t *self, const refund_t *refund)
{
    return invoice_at(self, refund->invoice);
}

static const uid_t16 *account_of(const payment_state_t *self, const refund_t *refund)
{
    return &account_at(self, invoice_of(self, refund)->account)->key;
}

// --- events ---

static event_refund_requested_t *add_requested(const payment_state_t *self,
                                               const invoice_t *invoice, kopecks_t amount,
                                               decision_t *out)
{
    uint64_t number = payment_number_next(self->number, out->input->now);
    assert(number); // the clock leaves numbers until 3114
    event_refund_requested_t *e = &decision_add(out, EVENT_refund_requested)->refund_requested;
    *e = (event_refund_requested_t){.refund = number,
                                    .invoice = invoice_number(invoice),
                                    .account = account_at(self, invoice->account)->key,
                                    .amount = amount};
    return e;
}

static void add_done(const payment_state_t *self, const refund_t *refund, evidence_t evidence,
                     decision_t *out)
{
    decision_add(out, EVENT_refund_done)->refund_done =
        (event_refund_done_t){.refund = refund_number(refund),
                              .invoice = invoice_number(invoice_of(self, refund)),
                              .account = *account_of(self, refund),
                              .amount = refund->progress.sum,
                              .evidence = evidence,
                              .by_itself = refund->why};
}

static void add_ended(const payment_state_t *self, const refund_t *refund, refund_end_t why,
                      decision_t *out)
{
    decision_add(out, EVENT_refund_ended)->refund_ended =
        (event_refund_ended_t){.refund = refund_number(refund),
                               .invoice = invoice_number(invoice_of(self, refund)),
                               .account = *account_of(self, refund),
                               .amount = refund->progress.sum,
                               .why = why,
                               .by_itself = refund->why};
}

static void add_unknown(const refund_t *refund, refund_doubt_t why, decision_t *out)
{
    decision_add(out, EVENT_refund_unknown)->refund_unknown =
        (event_refund_unknown_t){.refund = refund_number(refund), .why = why};
}

// --- commands ---

// What has gone back of the payment; *ret_open: one of its refunds is not over.
static kopecks_t refunded(const payment_state_t *self, const invoice_t *invoice, bool *ret_open)
{
    kopecks_t sum = 0;
    *ret_open = false;
    for (uint32_t n = invoice->refund; n; n = refund_at(self->refunds, n - 1)->previous) {
        const refund_t *refund = refund_at(self->refunds, n - 1);
        if (refund_is_second(refund))
            continue; // other money
        sum += refund->progress.state == PAYMENT_REFUND_DONE ? refund->progress.sum : 0;
        *ret_open = *ret_open || !refund_is_over(refund);
    }
    return sum;
}

static const char *refuse_partial(const payment_refunds_t *refunds)
{
    if (refunds->partial == PARTIAL_NO)
        return "this shop refunds whole payments alone";
    if (refunds->partial == PARTIAL_UNKNOWN && refunds->partial_open)
        return "the first refund of a part is not over: it shows whether this shop refunds parts";
    return NULL;
}

static fail_t decide_refund(const payment_state_t *self, const request_refund_t *request,
                            decision_t *out)
{
    const invoice_t *invoice = payment_state_invoice(self, request->invoice);
    bool open;
    if (!self->settings->refunds.password3.size)
        return decision_refuse(out, FAIL_STATE, "no password 3: this shop refunds by hand alone");
    if (self->settings->shop.test)
        return decision_refuse(out, FAIL_STATE, "a test shop refunds nothing");
    if (!invoice && payment_forget_is_past(self, request->invoice, out->input->now))
        return decision_refuse(out, FAIL_MISSING, PAYMENT_FORGOTTEN_TEXT);
    if (!invoice)
        return decision_refuse(out, FAIL_MISSING, "no such payment");
    if (invoice->state != PAYMENT_SUCCEEDED)
        return decision_refuse(out, FAIL_STATE, "the payment has brought nothing");
    if (request->amount <= 0 || request->amount > POSTING_AMOUNT_MAX)
        return decision_refuse(out, FAIL_INVALID, "the amount to go back is not positive");
    if (request->amount > invoice->credited - refunded(self, invoice, &open))
        return decision_refuse(out, FAIL_STATE, "more than the payment brought goes back");
    if (open)
        return decision_refuse(out, FAIL_STATE, "another refund of the payment is not over");
    bool partial = request->amount < invoice->credited;
    const char *detail = partial ? refuse_partial(self->refunds) : NULL;
    if (detail)
        return decision_refuse(out, FAIL_STATE, detail);
    event_refund_requested_t *e = add_requested(self, invoice, request->amount, out);
    e->credit = invoice->paid;
    e->partial = partial;
    return FAIL_NONE;
}

void payment_refund_ask(const payment_state_t *self, const invoice_t *invoice, kopecks_t amount,
                        uint64_t credit, unwanted_t why, decision_t *out)
{
    event_refund_requested_t *e = add_requested(self, invoice, amount, out);
    e->credit = credit;
    e->why = why;
}

static bool is_asked_back(const payment_state_t *self, const invoice_t *invoice, kopecks_t amount)
{
    for (uint32_t n = invoice->refund; n; n = refund_at(self->refunds, n - 1)->previous) {
        const refund_t *refund = refund_at(self->refunds, n - 1);
        if (refund_is_second(refund) && refund->progress.sum == amount)
            return true;
    }
    return false;
}

// Nothing of it is in the ledger, so nothing is to be held before it may leave.
void payment_refund_second(const payment_state_t *self, const invoice_t *invoice, kopecks_t amount,
                           decision_t *out)
{
    const payment_settings_t *settings = self->settings;
    if (!settings->refunds.password3.size || settings->shop.test || !settings->refunds.by_itself ||
        amount <= 0 || amount > POSTING_AMOUNT_MAX || is_asked_back(self, invoice, amount))
        return;
    event_refund_requested_t *e = add_requested(self, invoice, amount, out);
    e->why = UNWANTED_SECOND;
    uint64_t number = e->refund;
    decision_add(out, EVENT_refund_approved)->refund_approved.refund = number;
}

static const refund_t *find(const payment_state_t *self, uint64_t number)
{
    uint32_t row = payment_refunds_find(self->refunds, number);
    return row == TABLE_NONE ? NULL : refund_at(self->refunds, row);
}

// Nothing of it has left, and no lost journal can have sent it.
static bool is_here(const refund_t *refund)
{
    return refund->progress.state <= PAYMENT_REFUND_APPROVED && !refund->orphan;
}

static fail_t decide_cancel(const payment_state_t *self, const request_refund_cancel_t *request,
                            decision_t *out)
{
    const refund_t *refund = find(self, request->refund);
    if (!refund)
        return decision_refuse(out, FAIL_MISSING, "no such refund");
    if (!is_here(refund))
        return decision_refuse(out, FAIL_STATE, "the refund is over, or may have left");
    add_ended(self, refund, REFUND_END_CANCELED, out);
    return FAIL_NONE;
}

static fail_t decide_resolve(const payment_state_t *self, const request_refund_resolve_t *request,
                             decision_t *out)
{
    const refund_t *refund = find(self, request->refund);
    if (!refund)
        return decision_refuse(out, FAIL_MISSING, "no such refund");
    if (refund->progress.state != PAYMENT_REFUND_UNKNOWN)
        return decision_refuse(out, FAIL_STATE, "only what is unknown is resolved by hand");
    if (request->amount != refund->progress.sum)
        return decision_refuse(out, FAIL_MISMATCH, "expected the refund's own amount");
    if (request->done)
        add_done(self, refund, EVIDENCE_OPERATOR, out);
    else
        add_ended(self, refund, REFUND_END_OPERATOR, out);
    return FAIL_NONE;
}

fail_t payment_refund_command(const payment_state_t *self, const request_t *request,
                              decision_t *out)
{
    switch (request->type) {
    case REQUEST_refund:
        return decide_refund(self, &request->refund, out);
    case REQUEST_refund_cancel:
        return decide_cancel(self, &request->refund_cancel, out);
    case REQUEST_refund_resolve:
        return decide_resolve(self, &request->refund_resolve, out);
    default:
        return decision_refuse(out, FAIL_INVALID, "not a command of payment");
    }
}

kopecks_t payment_refund_moves(const request_t *request)
{
    kopecks_t amount = request->type == REQUEST_refund           ? request->refund.amount
                       : request->type == REQUEST_refund_resolve ? request->refund_resolve.amount
                                                                 : 0;
    return amount > 0 ? amount : 0;
}

// --- the ledger ---

static void take_held(const refund_t *refund, decision_t *out)
{
    if (refund->progress.state == PAYMENT_REFUND_REQUESTED && !refund->orphan)
        decision_add(out, EVENT_refund_approved)->refund_approved.refund = refund_number(refund);
}

// Also after it was held: by a ledger that was put back since, and found less.
static void take_refused(const payment_state_t *self, const refund_t *refund, uint64_t why,
                         decision_t *out)
{
    if (is_here(refund))
        add_ended(self, refund,
                  why == REFUND_REFUSED_UNPLACED ? REFUND_END_UNPLACED : REFUND_END_SPENT, out);
}

// Which payment the payer disputes a chargeback does not say.
static void take_chargeback(const payment_state_t *self, const uid_t16 *account, decision_t *out)
{
    const payment_refunds_t *refunds = self->refunds;
    const refund_t *refund;
    for (uint32_t n = refunds->open ? refunds->order.first : 0; n; n = refund->order.after) {
        refund = refund_at(refunds, n - 1);
        if (refund_is_over(refund) || !uid_equal(account_of(self, refund), account))
            continue;
        if (is_here(refund))
            add_ended(self, refund, REFUND_END_CANCELED, out);
        else if (!refund->disputed)
            decision_add(out, EVENT_refund_disputed)->refund_disputed.refund =
                refund_number(refund);
    }
}

void payment_refund_fact(const payment_state_t *self, const event_t *event, decision_t *out)
{
    const event_posted_t *posted = &event->posted;
    const refund_t *refund;
    switch (event->type) {
    case EVENT_refund_held:
        refund = find(self, event->refund_held.refund);
        if (refund)
            take_held(refund, out);
        break;
    case EVENT_refund_refused:
        refund = find(self, event->refund_refused.refund);
        if (refund)
            take_refused(self, refund, event->refund_refused.why, out);
        break;
    case EVENT_posted:
        if (posted->kind == POSTING_CHARGEBACK && posted->debit >= SYSTEM_END)
            take_chargeback(self, &posted->account, out);
        break;
    default:
        break;
    }
}

// --- time ---

void payment_refund_judge(const payment_state_t *self, decision_t *out)
{
    uint32_t rows[PAYMENT_TICK_MAX];
    instant_t next;
    size_t count = payment_agenda_due(&self->refunds->judgements, out->input->now, PAYMENT_TICK_MAX,
                                      rows, &next);
    for (size_t i = 0; i < count; i++) {
        const refund_t *refund = refund_at(self->refunds, rows[i]);
        add_unknown(refund,
                    refund->orphan                                      ? REFUND_DOUBT_RESTART
                    : refund->progress.state == PAYMENT_REFUND_SENT     ? REFUND_DOUBT_LONG
                    : refund->progress.state == PAYMENT_REFUND_APPROVED ? REFUND_DOUBT_SECOND
                                                                        : REFUND_DOUBT_NO_ANSWER,
                    out);
    }
}

// --- Robokassa ---

static span_t body_of(const result_t *result)
{
    return (span_t){(const char *)result->body.data, result->body.size};
}

static bool is_plain(span_t text)
{
    static const char SIGNS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    for (size_t i = 0; i < text.size; i++)
        if (!text.bytes[i] || !strchr(SIGNS, text.bytes[i]))
            return false;
    return true;
}

static refund_end_t refusal_of(const payment_refund_answer_t *answer, span_t message)
{
    if (!answer->readable)
        return REFUND_END_ACCESS;
    return span_is(message, SPAN("NotEnoughOperationFunds")) ? REFUND_END_FUNDS
                                                             : REFUND_END_REFUSED;
}

static void add_sent(const refund_t *refund, span_t request, decision_t *out)
{
    char *text = decision_scratch(out, request.size);
    assert(text); // it is this decision's only text
    memcpy(text, request.bytes, request.size);
    decision_add(out, EVENT_refund_sent)->refund_sent = (event_refund_sent_t){
        .refund = refund_number(refund), .request = {text, (uint32_t)request.size}};
}

static void take_created(const payment_state_t *self, const refund_t *refund,
                         const result_t *result, decision_t *out)
{
    robokassa_refund_created_t created = {0};
    payment_refund_answer_t answer = {
        .connected = result->what != RESULT_NOT_CONNECTED,
        .http_status = result->what == RESULT_ANSWERED ? (int)result->http_status : 0};
    answer.readable = answer.http_status == 200 &&
                      robokassa_refund_read_created(body_of(result), &created) &&
                      is_plain(created.request);
    answer.success = created.success;
    answer.request = created.request;
    payment_refund_t progress = refund->progress;
    (void)payment_refund_answered(&progress, &answer, out->input->now);
    if (progress.state == PAYMENT_REFUND_APPROVED)
        decision_add(out, EVENT_refund_unsent)->refund_unsent.refund = refund_number(refund);
    else if (progress.state == PAYMENT_REFUND_FAILED && refund_is_second(refund))
        add_unknown(refund, REFUND_DOUBT_SECOND, out); // it is nobody's, so people see to it
    else if (progress.state == PAYMENT_REFUND_FAILED)
        add_ended(self, refund, refusal_of(&answer, created.message), out);
    else if (progress.state == PAYMENT_REFUND_SENT)
        add_sent(refund, created.request, out);
    else
        add_unknown(refund, REFUND_DOUBT_NO_ANSWER, out);
}

// OpStateExt knows an invoice by its number. Where that was paid twice, the sum tells which of the
// two operations it speaks of; one of the other's must not go back in its place.
static bool is_its_operation(const payment_state_t *self, const refund_t *refund,
                             const robokassa_state_t *state)
{
    const invoice_t *invoice = invoice_of(self, refund);
    bool second = refund_is_second(refund);
    if (!second && invoice->mismatch != MISMATCH_SECOND)
        return true;
    return state->has_sum && state->sum == (second ? refund->progress.sum : invoice->credited);
}

// The operation by its OpKey: now it may leave.
static void take_operation(const payment_state_t *self, uint32_t row, const result_t *result,
                           decision_t *out)
{
    const refund_t *refund = refund_at(self->refunds, row);
    robokassa_state_t state;
    bool read =
        result->what == RESULT_ANSWERED && result->http_status == 200 &&
        robokassa_state_read(body_of(result).bytes, result->body.size, SPAN("Shp_token"), &state) &&
        state.result_code == ROBOKASSA_RESULT_OK && state.has_state &&
        state.state_code == ROBOKASSA_STATE_PAID && state.has_op_key &&
        is_its_operation(self, refund, &state);
    char payload[PAYMENT_REFUND_PAYLOAD_MAX];
    if (!read || !robokassa_refund_payload(span_of(state.op_key), refund->progress.sum, NULL,
                                           payload, sizeof payload)) {
        payment_refunds_ask_again(self->refunds, row, out->input->now);
        return;
    }
    size_t size = strlen(state.op_key);
    char *text = decision_scratch(out, size);
    assert(text); // it is this decision's only text
    memcpy(text, state.op_key, size);
    decision_add(out, EVENT_refund_left)->refund_left =
        (event_refund_left_t){.refund = refund_number(refund),
                              .attempt = (uint64_t)refund->attempt + 1,
                              .operation = {text, (uint32_t)size}};
}

static void take_told(const payment_state_t *self, uint32_t row, const result_t *result,
                      decision_t *out)
{
    const refund_t *refund = refund_at(self->refunds, row);
    payment_refund_t progress = refund->progress;
    robokassa_refund_state_t told;
    if (result->what == RESULT_ANSWERED && result->http_status == 200 &&
        robokassa_refund_read_state(body_of(result), &told))
        (void)payment_refund_told(&progress, told.request, told.label, told.amount);
    if (progress.state == PAYMENT_REFUND_DONE)
        add_done(self, refund, EVIDENCE_STATE, out);
    else if (progress.state == PAYMENT_REFUND_CANCELED)
        add_ended(self, refund, REFUND_END_CABINET, out);
    else if (progress.state == PAYMENT_REFUND_UNKNOWN)
        add_unknown(refund, REFUND_DOUBT_AMOUNT, out);
    else
        payment_refunds_ask_again(self->refunds, row, out->input->now);
}

// A key names the row, whether it is Create, and the turn of the row in its agenda.
enum { WANT_CREATE = 0, WANT_ANSWER = 1 };

static const payment_agenda_t *agenda_of(const payment_refunds_t *refunds, uint64_t want)
{
    return want == WANT_CREATE ? &refunds->creates : &refunds->asks;
}

static uint64_t key_of(const payment_refunds_t *refunds, uint32_t row, uint64_t want)
{
    return PAYMENT_REFUND_KEY | (uint64_t)row << 32 | want << 31 |
           payment_agenda_turn(agenda_of(refunds, want), row);
}

void payment_refund_result(const payment_state_t *self, const result_t *result, decision_t *out)
{
    const payment_refunds_t *refunds = self->refunds;
    uint32_t row = (uint32_t)((result->key & ~PAYMENT_REFUND_KEY) >> 32);
    uint64_t want = result->key >> 31 & 1;
    if (!payment_agenda_has(agenda_of(refunds, want), row) ||
        key_of(refunds, row, want) != result->key)
        return; // the refund has gone on without it
    const refund_t *refund = refund_at(refunds, row);
    if (want == WANT_CREATE)
        take_created(self, refund, result, out);
    else if (refund->progress.state == PAYMENT_REFUND_APPROVED)
        take_operation(self, row, result, out);
    else
        take_told(self, row, result, out);
}

static void add_wanted(const payment_state_t *self, uint32_t row, uint64_t want, due_t *out)
{
    const payment_settings_t *settings = self->settings;
    const refund_t *refund = refund_at(self->refunds, row);
    char *text = (char *)out->scratch + out->scratch_used;
    size_t room = DUE_SCRATCH_BYTES - out->scratch_used, size;
    outside_t request = {.key = key_of(self->refunds, row, want),
                         .method = OUTSIDE_POST,
                         .timeout_ms = settings->timeout_ms};
    span_t url = settings->refunds.url;
    if (want == WANT_CREATE) {
        request.content_type = text_of("text/plain");
        size = payment_form_refund(self, invoice_of(self, refund), refund, text, room);
    } else if (refund->progress.state == PAYMENT_REFUND_APPROVED) {
        url = settings->shop.state_url;
        request.content_type = text_of(OUTSIDE_FORM);
        size =
            payment_form_question(settings, invoice_number(invoice_of(self, refund)), text, room);
    } else {
        request.method = OUTSIDE_GET;
        size = payment_form_refund_state(settings, refund, text, room);
        url = (span_t){text, size};
    }
    if (size == 0)
        return; // no room: it is wanted again after the results of these
    request.url = (text_t){url.bytes, (uint32_t)url.size};
    if (request.method == OUTSIDE_POST)
        request.body = (bytes_t){(const uint8_t *)text, (uint32_t)size};
    out->requests[out->count++] = request;
    out->scratch_used += size;
}

void payment_refund_due(const payment_state_t *self, instant_t now, size_t max, due_t *out)
{
    const payment_refunds_t *refunds = self->refunds;
    uint32_t rows[DUE_REQUESTS_MAX];
    instant_t next, judged = payment_agenda_first(&refunds->judgements);
    size_t count = payment_agenda_due(&refunds->creates, now, max, rows, &next);
    for (size_t i = 0; i < count; i++)
        add_wanted(self, rows[i], WANT_CREATE, out);
    count = payment_agenda_due(&refunds->asks, now, max - count, rows, &next);
    for (size_t i = 0; i < count; i++)
        add_wanted(self, rows[i], WANT_ANSWER, out);
    out->wake = judged < out->wake ? judged : out->wake;
    if (next > now && next < out->wake) // those that wait for a free place wake nobody
        out->wake = next;
}
