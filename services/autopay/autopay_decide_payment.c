#include "services/autopay/autopay_decide_payment.h"

// What Robokassa says to a repeat that it will never accept: the card or the parent is no good.
static bool is_hard(uint64_t code)
{
    return code == ROBOKASSA_ERROR_NO_REPEATS || code == ROBOKASSA_ERROR_BAD_REPEAT;
}

// The account, if that mandate is the one we go by: what is said of a replaced one is past.
static const autopay_account_t *of_mandate(const autopay_state_t *self, const uid_t16 *id,
                                           const uid_t16 *mandate)
{
    const autopay_account_t *account = autopay_account(self, id);
    return account && uid_equal(&account->mandate, mandate) ? account : NULL;
}

static event_autopay_mandate_noted_t *add_noted(decision_t *out, const autopay_account_t *account)
{
    event_autopay_mandate_noted_t *noted =
        &decision_add(out, EVENT_autopay_mandate_noted)->autopay_mandate_noted;
    *noted = (event_autopay_mandate_noted_t){
        .account = account->id,
        .mandate = account->mandate,
        .amount = account->amount,
        .count_max = account->count_max,
        .sum_max = account->sum_max,
        .state = account->state,
    };
    return noted;
}

// A mandate that we know already is told of again by a journal that was put back. What the lost one
// said of it since stands: it may be lowered or revoked.
static void hear_consent(const autopay_state_t *self, const event_mandate_consented_t *said,
                         decision_t *out)
{
    const autopay_account_t *known = of_mandate(self, &said->account, &said->mandate);
    if (known) {
        add_noted(out, known)->credit = said->credit;
        return;
    }
    decision_add(out, EVENT_autopay_mandate_noted)->autopay_mandate_noted =
        (event_autopay_mandate_noted_t){
            .account = said->account,
            .mandate = said->mandate,
            .amount = said->amount,
            .count_max = said->count_max,
            .sum_max = said->sum_max,
            .state = MANDATE_LIVE,
            .credit = said->credit,
        };
    const autopay_account_t *account = autopay_account(self, &said->account);
    if (account && account->suspended)
        decision_add(out, EVENT_autopay_resumed)->autopay_resumed =
            (event_autopay_resumed_t){.account = said->account, .why = RESUMED_BY_CONSENT};
}

static void hear_change(const autopay_state_t *self, const event_mandate_changed_t *said,
                        decision_t *out)
{
    const autopay_account_t *account = of_mandate(self, &said->account, &said->mandate);
    if (!account)
        return;
    event_autopay_mandate_noted_t *noted = add_noted(out, account);
    noted->count_max = said->count_max;
    noted->sum_max = said->sum_max;
}

static void hear_revocation(const autopay_state_t *self, const event_mandate_revoked_t *said,
                            decision_t *out)
{
    const autopay_account_t *account = of_mandate(self, &said->account, &said->mandate);
    if (account)
        add_noted(out, account)->state = MANDATE_REVOKED;
}

// The customer got back what he had paid: it is for him, or an operator, to say that he goes on.
static void hear_refund(const autopay_state_t *self, const event_mandate_refunded_t *said,
                        decision_t *out)
{
    const autopay_account_t *account = of_mandate(self, &said->account, &said->mandate);
    if (account && !account->suspended)
        decision_add(out, EVENT_autopay_suspended)->autopay_suspended =
            (event_autopay_suspended_t){.account = said->account, .why = SUSPENDED_BY_REFUND};
}

static void hear_success(const autopay_state_t *self, const event_payment_succeeded_t *said,
                         uint64_t sequence, decision_t *out)
{
    if (said->request == 0)
        return;
    decision_add(out, EVENT_autopay_settled)->autopay_settled = (event_autopay_settled_t){
        .account = said->account,
        .request = said->request,
        .outcome = OUTCOME_SUCCEEDED,
        .amount = said->amount,
        .month = autopay_request_is_counted(self, said->request)
                     ? 0
                     : autopay_request_month(self, said->request),
        .credit = sequence,
    };
}

// The card of the mandate that was charged under is gone. Where the customer has consented anew
// since, that was another card.
static void lose_card(const autopay_account_t *account, const event_payment_declined_t *said,
                      decision_t *out)
{
    if (!account || account->no_card || account->request != said->request || account->renewed)
        return;
    decision_add(out, EVENT_autopay_card_gone)->autopay_card_gone = (event_autopay_card_gone_t){
        .account = said->account, .mandate = account->mandate, .code = said->code};
}

static void hear_decline(const autopay_state_t *self, const event_payment_declined_t *said,
                         decision_t *out)
{
    if (said->request == 0)
        return;
    const autopay_account_t *account = autopay_account(self, &said->account);
    decision_add(out, EVENT_autopay_settled)->autopay_settled = (event_autopay_settled_t){
        .account = said->account,
        .request = said->request,
        .outcome = OUTCOME_DECLINED,
        .reason = said->reason,
        .amount = account && account->request == said->request ? account->requested : 0,
        .month = autopay_request_month(self, said->request),
        .credit = said->reason == DECLINE_STALE ? said->credit : 0,
    };
    if (!autopay_reason_declines((decline_t)said->reason))
        return;
    if (said->reason == DECLINE_REJECTED && is_hard(said->code)) {
        lose_card(account, said, out);
        return;
    }
    if (account && account->suspended)
        return;
    uint64_t declines = (account ? account->declines : 0) + UINT64_C(1);
    if (declines >= self->policy.declines_max)
        decision_add(out, EVENT_autopay_suspended)->autopay_suspended =
            (event_autopay_suspended_t){.account = said->account, .why = SUSPENDED_BY_DECLINES};
}

fail_t autopay_decide_payment(const autopay_state_t *self, const input_t *input, decision_t *out)
{
    const event_t *event = input->event;
    if (input->stream != STREAM_PAYMENT)
        return FAIL_NONE;
    if (event->type == EVENT_mandate_consented)
        hear_consent(self, &event->mandate_consented, out);
    else if (event->type == EVENT_mandate_changed)
        hear_change(self, &event->mandate_changed, out);
    else if (event->type == EVENT_mandate_revoked)
        hear_revocation(self, &event->mandate_revoked, out);
    else if (event->type == EVENT_mandate_refunded)
        hear_refund(self, &event->mandate_refunded, out);
    else if (event->type == EVENT_payment_succeeded)
        hear_success(self, &event->payment_succeeded, input->sequence, out);
    else if (event->type == EVENT_payment_declined)
        hear_decline(self, &event->payment_declined, out);
    return FAIL_NONE;
}
