#include "services/payment/payment_decide_charge.h"
#include "services/payment/payment_invoice.h"

// Is it above limits that were lowered while it was on its way? What it counts is the month's: its
// decision knew every credit.
static bool is_above(const event_autopay_payment_requested_t *request, const mandate_t *mandate)
{
    kopecks_t after;
    return request->count >= mandate->count_max ||
           !money_add(request->sum, request->amount, &after) || after > mandate->sum_max;
}

// What was decided before an older journal of ours was put back may have been sent by the one that
// was lost. Autopay's order tells it, and no clock: ours starts at the backup's time. If autopay
// never followed that journal it tells nothing; then a day by its clock is enough.
static bool may_be_sent(const payment_state_t *self, const event_t *request)
{
    return self->suspects && request->at < self->put_back + DAY_US;
}

// Does the balance that was decided on have every credit of the account? The last one that it has
// is another one than ours where that is lost: the ledger then names the last event that both have.
static bool knows_credit(const payment_state_t *self, const payment_account_t *account,
                         const event_autopay_payment_requested_t *request)
{
    return account->credit == request->credit ||
           (account->credit < request->credit && request->credit <= self->common);
}

// Why a request is not sent; DECLINE_NONE if it is. The moment of sending is now.
static decline_t refusal(const payment_state_t *self, const payment_account_t *account,
                         const mandate_t *mandate, const event_t *event, instant_t now)
{
    const event_autopay_payment_requested_t *request = &event->autopay_payment_requested;
    if (!mandate || !mandate->live || !uid_equal(&mandate->key, &request->mandate))
        return DECLINE_REVOKED;
    if (request->amount != mandate->amount)
        return DECLINE_AMOUNT;
    if (event->at < now - PAYMENT_REQUEST_AGE_US)
        return DECLINE_EXPIRED;
    if (may_be_sent(self, event))
        return DECLINE_EXPIRED;
    if (account_is_busy(account))
        return DECLINE_BUSY;
    if (!knows_credit(self, account, request))
        return DECLINE_STALE;
    if (is_above(request, mandate))
        return DECLINE_STALE;
    return self->settings->shop.test ? DECLINE_REJECTED : DECLINE_NONE;
}

void payment_decide_followed(const payment_state_t *self, const event_t *event, decision_t *out)
{
    const event_node_reseeded_t *reseeded = &event->node_reseeded;
    if (self->suspects && reseeded->stream == STREAM_PAYMENT && reseeded->epoch == self->epoch)
        decision_add(out, EVENT_payment_requests_resumed)->payment_requests_resumed.epoch =
            self->epoch;
}

fail_t payment_decide_charge(const payment_state_t *self, const input_t *input, decision_t *out)
{
    const event_autopay_payment_requested_t *request = &input->event->autopay_payment_requested;
    const payment_account_t *account = payment_state_account(self, &request->account);
    const mandate_t *mandate = payment_state_mandate(self, account);
    decline_t reason = refusal(self, account, mandate, input->event, input->now);
    if (reason) {
        event_payment_declined_t *e = &decision_add(out, EVENT_payment_declined)->payment_declined;
        e->account = request->account;
        e->request = input->sequence;
        e->reason = reason;
        if (reason == DECLINE_REJECTED) // what Robokassa would answer to a test shop
            e->code = ROBOKASSA_ERROR_NO_REPEATS;
        e->credit = reason == DECLINE_STALE ? account->credit : 0;
        return FAIL_NONE;
    }
    event_payment_created_t *e =
        payment_invoice_create(self, &request->account, request->amount, out);
    e->kind = PAYMENT_KIND_AUTOPAY;
    e->month = request->month;
    e->request = input->sequence;
    e->parent = mandate->parent;
    e->mandate = mandate->key;
    // By a clock ahead of ours it was decided later than now: that makes it live no longer.
    instant_t decided = input->event->at < input->now ? input->event->at : input->now;
    e->expires = decided + PAYMENT_REQUEST_AGE_US;
    if (input->current) // else a chargeback may be unheard: a tick sends it, or gives it up
        payment_invoice_send(e->invoice, 1, out);
    return FAIL_NONE;
}

decline_t payment_charge_overtaken(const payment_state_t *self, const invoice_t *charge,
                                   instant_t now)
{
    const payment_account_t *account = account_at(self, charge->account);
    if (now > charge->expires)
        return DECLINE_EXPIRED;
    if (account->topups_pending)
        return DECLINE_BUSY;
    return account->credit != charge->credit || charge->lowered ? DECLINE_STALE : DECLINE_NONE;
}
