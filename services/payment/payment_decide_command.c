#include "services/payment/payment_decide_command.h"
#include "services/payment/payment_decide_contact.h"
#include "services/payment/payment_decide_evidence.h"
#include "services/payment/payment_decide_promo.h"
#include "services/payment/payment_decide_receipt.h"
#include "services/payment/payment_decide_refund.h"
#include "services/payment/payment_invoice.h"

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

static fail_t decide_topup(const payment_state_t *self, const request_topup_t *topup,
                           decision_t *out)
{
    const char *detail = NULL;
    kopecks_t sum_max = 0;
    if (uid_is_zero(&topup->account))
        return decision_refuse(out, FAIL_INVALID, "the account's id is zero");
    if (topup->amount_rub == 0 || topup->amount_rub > self->settings->topup_max_rub)
        return decision_refuse(out, FAIL_INVALID, "a top-up is 1 ruble to the configured largest");
    if (topup->method == METHOD_FOREIGN_CARD && topup->amount_rub < PAYMENT_FOREIGN_MIN_RUB)
        return decision_refuse(out, FAIL_INVALID, "with a foreign card it is 1000 rubles at least");
    if (topup->count_max > PAYMENT_COUNT_MAX)
        return decision_refuse(out, FAIL_INVALID, "at most 31 payments a month");
    if (topup->count_max > 0 && self->settings->shop.test)
        return decision_refuse(out, FAIL_STATE, "a test shop charges no saved cards");
    kopecks_t amount = (kopecks_t)topup->amount_rub * 100;
    if (check_terms(topup, amount, &sum_max, &detail))
        return decision_refuse(out, FAIL_INVALID, detail);
    const payment_account_t *account = payment_state_account(self, &topup->account);
    if (account && account->closed)
        return decision_refuse(out, FAIL_STATE, "the account is closed");
    if (account && account->topups_open >= PAYMENT_TOPUPS_OPEN_MAX)
        return decision_refuse(out, FAIL_FULL, "too many unpaid top-ups of this account");
    if (table_used(&self->invoices) >= PAYMENT_INVOICES_MAX)
        return decision_refuse(out, FAIL_LIMIT, "there are too many invoices");

    event_payment_created_t *e = payment_invoice_create(self, &topup->account, amount, out);
    e->kind = PAYMENT_KIND_TOPUP;
    e->count_max = topup->count_max;
    e->sum_max = sum_max;
    e->method = topup->method;
    e->consent = topup->consent;
    if (topup->count_max > 0)
        e->mandate = payment_invoice_random_id(out->input, 'm');
    e->expires = out->input->now + PAYMENT_TOPUP_LIFE_US;
    payment_promo_bind(self, e, out);
    return FAIL_NONE;
}

static fail_t decide_revoke(const payment_state_t *self, const request_revoke_t *revoke,
                            decision_t *out)
{
    if (revoke->why != REVOKE_CUSTOMER && revoke->why != REVOKE_OPERATOR &&
        revoke->why != REVOKE_CHARGEBACK)
        return decision_refuse(out, FAIL_INVALID,
                               "why: expected 1 customer, 3 operator or 4 chargeback");
    if (revoke->why != REVOKE_CUSTOMER && out->input->role != ROLE_OPERATOR)
        return decision_refuse(out, FAIL_DENIED, "only an operator revokes for that reason");
    const payment_account_t *account = payment_state_account(self, &revoke->account);
    const mandate_t *mandate = payment_state_mandate(self, account);
    const invoice_t *ticket = payment_state_ticket(self, account);
    if (!mandate && !ticket && !(account && account->ticked))
        return decision_refuse(out, FAIL_MISSING, "the account never allowed autopay");
    if (mandate && mandate->live)
        payment_evidence_revoke(self, account, &mandate->key, revoke->why, out);
    else if (ticket)
        payment_evidence_revoke(self, account, &ticket->mandate, revoke->why, out);
    return FAIL_NONE; // what is revoked already stays so
}

static fail_t decide_change(const payment_state_t *self, const request_mandate_change_t *change,
                            decision_t *out)
{
    const payment_account_t *account = payment_state_account(self, &change->account);
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

fail_t payment_decide_command(const payment_state_t *self, const request_t *request,
                              decision_t *out)
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
    case REQUEST_receipt_contact_set:
        return payment_contact_set(self, &request->receipt_contact_set, out);
    case REQUEST_receipt_contact_erase:
        return payment_contact_erase(self, &request->receipt_contact_erase, out);
    default:
        if (payment_receipt_is(request))
            return payment_receipt_command(self, request, out);
        return payment_refund_is(request) ? payment_refund_command(self, request, out)
                                          : payment_promo_command(self, request, out);
    }
}

kopecks_t payment_decide_moves(const input_t *input)
{
    const request_t *request = input->kind == INPUT_REQUEST ? input->request : NULL;
    bool settles = request && request->type == REQUEST_payment_resolve &&
                   request->payment_resolve.outcome == OUTCOME_SUCCEEDED;
    if (settles)
        return request->payment_resolve.amount;
    return request ? payment_promo_moves(request) + payment_refund_moves(request) : 0;
}
