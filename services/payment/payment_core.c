#include "services/payment/payment_core.h"
#include "services/payment/payment_evidence.h"
#include "services/payment/payment_query.h"
#include <assert.h>

static void *create(const void *settings)
{
    const char *detail;
    assert(payment_settings_check(settings, &detail) == FAIL_NONE);
    return payment_state_new(settings);
}

static void destroy(void *arg)
{
    state_t *self = arg;
    payment_state_destroy(&self);
}

static void apply(void *arg, const event_t *event, uint64_t sequence)
{
    payment_state_apply(arg, event, sequence);
}

// --- invoices ---

static uint64_t next_number(const state_t *self)
{
    uint64_t epoch = self->settings->epoch ? self->settings->epoch : self->epoch;
    assert(epoch <= PAYMENT_EPOCH_MAX && self->invoices.count < PAYMENT_NUMBERS_PER_EPOCH - 1);
    return epoch * PAYMENT_NUMBERS_PER_EPOCH + self->invoices.count + 1;
}

// Ids made of the input's entropy; one of them does not tell another.
static uid_t16 random_id(const input_t *input, char purpose)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    uid_t16 id;
    digest_sha256_2(&purpose, 1, input->entropy.bytes, sizeof input->entropy.bytes, digest);
    memcpy(id.bytes, digest, sizeof id.bytes);
    return id;
}

static event_payment_created_t *add_created(const state_t *self, const uid_t16 *account,
                                            kopecks_t amount, decision_t *out)
{
    event_payment_created_t *e = &decision_add(out, EVENT_payment_created)->payment_created;
    e->invoice = next_number(self);
    e->account = *account;
    e->amount = amount;
    e->token = random_id(out->input, 't');
    return e;
}

static void add_sent(uint64_t number, uint64_t attempt, decision_t *out)
{
    event_payment_sent_t *e = &decision_add(out, EVENT_payment_sent)->payment_sent;
    e->invoice = number;
    e->attempt = attempt;
}

// --- commands ---

static fail_t check_terms(const request_topup_t *topup, kopecks_t amount, kopecks_t *ret_sum_max,
                          const char **ret_detail)
{
    kopecks_t most = (kopecks_t)topup->count_max * amount;
    kopecks_t sum_max = topup->sum_max ? topup->sum_max : most;
    if (topup->count_max == 0 && topup->sum_max != 0)
        *ret_detail = "a sum a month without a number of payments";
    else if (topup->count_max > 0 && (sum_max < amount || sum_max > most))
        *ret_detail = "the sum a month is between one payment and all of them";
    else {
        *ret_sum_max = sum_max;
        return FAIL_NONE;
    }
    return FAIL_INVALID;
}

static fail_t decide_topup(const state_t *self, const request_topup_t *topup, decision_t *out)
{
    const char *detail = NULL;
    kopecks_t sum_max = 0;
    if (uid_is_zero(&topup->account))
        return decision_refuse(out, FAIL_INVALID, "the account's id is zero");
    if (topup->amount_rub == 0 || topup->amount_rub > self->settings->topup_max_rub)
        return decision_refuse(out, FAIL_INVALID, "a top-up is 1 ruble to the configured largest");
    if (topup->count_max > PAYMENT_COUNT_MAX)
        return decision_refuse(out, FAIL_INVALID, "at most 31 payments a month");
    if (topup->count_max > 0 && self->settings->shop.test)
        return decision_refuse(out, FAIL_STATE, "a test shop charges no saved cards");
    kopecks_t amount = (kopecks_t)topup->amount_rub * 100;
    if (check_terms(topup, amount, &sum_max, &detail))
        return decision_refuse(out, FAIL_INVALID, detail);
    const account_t *account = payment_state_account(self, &topup->account);
    if (account && account->topups_open >= PAYMENT_TOPUPS_OPEN_MAX)
        return decision_refuse(out, FAIL_FULL, "too many unpaid top-ups of this account");
    if (self->invoices.count >= PAYMENT_INVOICES_MAX)
        return decision_refuse(out, FAIL_FULL, "this epoch's invoice numbers are used up");

    event_payment_created_t *e = add_created(self, &topup->account, amount, out);
    e->kind = PAYMENT_KIND_TOPUP;
    e->count_max = topup->count_max;
    e->sum_max = sum_max;
    if (topup->count_max > 0)
        e->mandate = random_id(out->input, 'm');
    e->expires = out->input->now + PAYMENT_TOPUP_LIFE_US;
    return FAIL_NONE;
}

// The last top-up with the box ticked, while it or one before it may still give a mandate: that
// consent can be refused already. (If an operator credited it, it gives none itself.)
static const invoice_t *open_ticket(const state_t *self, const account_t *account)
{
    if (!account || account->ticked == 0 || account->ticked - 1 < account->consent_from)
        return NULL;
    return invoice_at(self, account->ticked - 1);
}

static fail_t decide_revoke(const state_t *self, const request_revoke_t *revoke, decision_t *out)
{
    if (revoke->why != REVOKE_CUSTOMER && revoke->why != REVOKE_OPERATOR &&
        revoke->why != REVOKE_CHARGEBACK)
        return decision_refuse(out, FAIL_INVALID, "why is 1 customer, 3 operator or 4 chargeback");
    if (revoke->why != REVOKE_CUSTOMER && out->input->role != ROLE_OPERATOR)
        return decision_refuse(out, FAIL_DENIED, "only an operator revokes for that reason");
    const account_t *account = payment_state_account(self, &revoke->account);
    const mandate_t *mandate = payment_state_mandate(self, account);
    const invoice_t *ticket = open_ticket(self, account);
    if (!mandate && !ticket && !(account && account->ticked))
        return decision_refuse(out, FAIL_MISSING, "the account never allowed autopay");
    if (mandate && mandate->live)
        payment_evidence_revoke(self, account, &mandate->key, revoke->why, out);
    else if (ticket)
        payment_evidence_revoke(self, account, &ticket->mandate, revoke->why, out);
    return FAIL_NONE; // what is revoked already stays so
}

static fail_t decide_change(const state_t *self, const request_mandate_change_t *change,
                            decision_t *out)
{
    const account_t *account = payment_state_account(self, &change->account);
    const mandate_t *mandate = payment_state_mandate(self, account);
    if (!mandate || !mandate->live)
        return decision_refuse(out, FAIL_MISSING, "the account has no live mandate");
    if (change->count_max > mandate->count_max || change->sum_max > mandate->sum_max)
        return decision_refuse(out, FAIL_STATE, "a limit is only raised by a new consent");
    if (change->count_max == 0 || change->sum_max < mandate->amount)
        return decision_refuse(out, FAIL_INVALID, "limits below one payment: revoke instead");
    if (change->count_max == mandate->count_max && change->sum_max == mandate->sum_max)
        return FAIL_NONE;
    event_mandate_changed_t *e = &decision_add(out, EVENT_mandate_changed)->mandate_changed;
    e->mandate = mandate->key;
    e->account = change->account;
    e->count_max = change->count_max;
    e->sum_max = change->sum_max;
    return FAIL_NONE;
}

static fail_t decide_request(const state_t *self, const request_t *request, decision_t *out)
{
    switch (request->type) {
    case REQUEST_topup:
        return decide_topup(self, &request->topup, out);
    case REQUEST_callback:
        return payment_evidence_notice(self, &request->callback, out);
    case REQUEST_revoke:
        return decide_revoke(self, &request->revoke, out);
    case REQUEST_mandate_change:
        return decide_change(self, &request->mandate_change, out);
    case REQUEST_payment_resolve:
        return payment_evidence_operator(self, &request->payment_resolve, out);
    default:
        return decision_refuse(out, FAIL_INVALID, "not a command of payment");
    }
}

// --- autopay's requests ---

// Why a request is not sent; DECLINE_NONE if it is. The moment of sending is now.
static decline_t refusal(const state_t *self, const account_t *account, const mandate_t *mandate,
                         const event_t *event, instant_t now)
{
    const event_autopay_payment_requested_t *request = &event->autopay_payment_requested;
    if (!mandate || !mandate->live || !uid_equal(&mandate->key, &request->mandate))
        return DECLINE_REVOKED;
    if (request->amount != mandate->amount)
        return DECLINE_AMOUNT;
    if (event->at < now - PAYMENT_REQUEST_AGE_US)
        return DECLINE_EXPIRED;
    if (account_is_busy(account))
        return DECLINE_BUSY;
    if (account->credit != request->credit)
        return DECLINE_STALE;
    return self->settings->shop.test ? DECLINE_REJECTED : DECLINE_NONE;
}

enum { CODE_RECURRING_REFUSED = 34 }; // what Robokassa would answer to a test shop

static fail_t decide_requested(const state_t *self, const input_t *input, decision_t *out)
{
    const event_autopay_payment_requested_t *request = &input->event->autopay_payment_requested;
    const account_t *account = payment_state_account(self, &request->account);
    const mandate_t *mandate = payment_state_mandate(self, account);
    decline_t reason = refusal(self, account, mandate, input->event, input->now);
    if (reason) {
        event_payment_declined_t *e = &decision_add(out, EVENT_payment_declined)->payment_declined;
        e->account = request->account;
        e->request = input->sequence;
        e->reason = reason;
        e->code = reason == DECLINE_REJECTED ? CODE_RECURRING_REFUSED : 0;
        e->credit = reason == DECLINE_STALE ? account->credit : 0;
        return FAIL_NONE;
    }
    event_payment_created_t *e = add_created(self, &request->account, request->amount, out);
    e->kind = PAYMENT_KIND_AUTOPAY;
    e->request = input->sequence;
    e->parent = mandate->parent;
    e->mandate = mandate->key;
    // By a clock ahead of ours it was decided later than now: that makes it live no longer.
    instant_t decided = input->event->at < input->now ? input->event->at : input->now;
    e->expires = decided + PAYMENT_REQUEST_AGE_US;
    add_sent(e->invoice, 1, out);
    return FAIL_NONE;
}

// --- time ---

// Why a charge that has not left yet may not leave any more; DECLINE_NONE if it may. Its mandate is
// not asked after: a revocation ends the charge itself.
static decline_t overtaken(const state_t *self, const invoice_t *charge, instant_t now)
{
    const account_t *account = account_at(self, charge->account);
    if (now > charge->expires)
        return DECLINE_EXPIRED;
    if (account->topups_pending)
        return DECLINE_BUSY;
    return account->credit != charge->credit ? DECLINE_STALE : DECLINE_NONE;
}

static void judge_waiting(const state_t *self, const invoice_t *charge, decision_t *out)
{
    decline_t reason = overtaken(self, charge, out->input->now);
    if (reason)
        payment_evidence_declined(self, charge, reason, 0, out);
    else
        add_sent(invoice_number(charge), charge->attempt + 1, out);
}

static void judge(const state_t *self, const invoice_t *invoice, decision_t *out)
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
        e->level = invoice->level + 1u;
    }
}

static fail_t decide_tick(const state_t *self, const input_t *input, decision_t *out)
{
    uint32_t rows[PAYMENT_TICK_MAX];
    instant_t next;
    size_t count =
        payment_agenda_due(&self->work->judgements, input->now, PAYMENT_TICK_MAX, rows, &next);
    for (size_t i = 0; i < count; i++)
        judge(self, invoice_at(self, rows[i]), out);
    out->more = out->count > 0 && next <= input->now;
    return FAIL_NONE;
}

// --- what is wanted outside ---

// A key names the row, the kind of the request, and the turn of the row in its agenda: an answer
// to an earlier turn finds another key.
enum { WANT_CHARGE = 0, WANT_QUESTION = 1 };

static uint64_t key_of(const payment_agenda_t *agenda, uint32_t row, uint64_t want)
{
    return (uint64_t)row << 32 | want << 31 | payment_agenda_turn(agenda, row);
}

static fail_t decide_result(const state_t *self, const result_t *result, decision_t *out)
{
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

static fail_t decide(const void *arg, const input_t *input, decision_t *out)
{
    const state_t *self = arg;
    switch (input->kind) {
    case INPUT_REQUEST:
        return decide_request(self, input->request, out);
    case INPUT_EVENT:
        if (input->event->type == EVENT_autopay_payment_requested)
            return decide_requested(self, input, out);
        return FAIL_NONE;
    case INPUT_RESULT:
        return decide_result(self, input->result, out);
    case INPUT_TICK:
        return decide_tick(self, input, out);
    case INPUT_ITEM:
    case INPUT_THROUGH:
        break;
    }
    return FAIL_INVALID;
}

static void add_wanted(const state_t *self, uint32_t row, uint64_t want, due_t *out)
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
        size = payment_form_charge(settings, number, invoice, body, room);
    } else {
        agenda = &self->work->questions;
        url = settings->shop.state_url;
        size = payment_form_question(settings, number, body, room);
    }
    if (size == 0)
        return; // no room: it is wanted again after the results of these
    *request = (outside_t){.key = key_of(agenda, row, want),
                           .url = {url.bytes, (uint32_t)url.size},
                           .body = {(const uint8_t *)body, (uint32_t)size},
                           .timeout_ms = settings->timeout_ms};
    out->scratch_used += size;
    out->count++;
}

// Charges first: a customer's service may hang on one. One that was overtaken while it waited for a
// free place is wanted no more; whether it had left already, only evidence can tell.
static void due(const void *arg, instant_t now, due_t *out)
{
    const state_t *self = arg;
    const work_t *work = self->work;
    uint32_t rows[DUE_REQUESTS_MAX];
    size_t max = self->settings->requests_max;
    instant_t next;
    out->at_once = max;
    out->wake = payment_agenda_first(&work->judgements);
    size_t count = payment_agenda_due(&work->charges, now, max, rows, &next);
    for (size_t i = 0; i < count; i++)
        if (!overtaken(self, invoice_at(self, rows[i]), now))
            add_wanted(self, rows[i], WANT_CHARGE, out);
    count = payment_agenda_due(&work->questions, now, max - count, rows, &next);
    for (size_t i = 0; i < count; i++)
        add_wanted(self, rows[i], WANT_QUESTION, out);
    if (next > now && next < out->wake) // those that wait for a free place wake nobody
        out->wake = next;
}

const core_t payment_core = {
    .name = "payment",
    .stream = STREAM_PAYMENT,
    .follows = {{STREAM_AUTOPAY, FOLLOW_FACTS}},
    .follows_count = 1,
    .create = create,
    .destroy = destroy,
    .decide = decide,
    .apply = apply,
    .query = payment_query,
    .due = due,
    .counters = payment_query_counters,
};
