#include "services/payment/payment_decide_promo.h"
#include "services/payment/payment_promo.h"
#include "services/payment/promo_decide.h"

#define NO_KEYS "promo codes need their keys: promo/keys of the configuration names the file"

static span_t span_of_text(text_t text)
{
    return (span_t){text.data, text.size};
}

// --- operators ---

// Of terms that fit their types; what is beyond is told as promo_terms does.
static promo_terms_t terms_of(const request_promo_begin_t *begin)
{
    uint64_t value = begin->value <= INT64_MAX ? begin->value : INT64_MAX;
    int64_t life = begin->life_us <= INT64_MAX ? (int64_t)begin->life_us : INT64_MAX;
    return (promo_terms_t){.kind = (promo_kind_t)begin->kind,
                           .value = (int64_t)value,
                           .cap = begin->cap,
                           .topup_min = begin->topup_min,
                           .budget = begin->budget,
                           .starts = begin->starts,
                           .ends = begin->ends,
                           .per_account = (uint32_t)begin->per_account,
                           .in_all = (uint32_t)begin->in_all,
                           .first_topup = begin->first_topup,
                           .bonus_life_us = life,
                           .category = begin->category,
                           .begins = begin->begins,
                           .new_accounts = begin->new_accounts,
                           .new_us =
                               begin->new_us <= INT64_MAX ? (int64_t)begin->new_us : INT64_MAX};
}

static fail_t begin_campaign(const payment_state_t *self, const request_promo_begin_t *begin,
                             decision_t *out)
{
    promo_terms_t terms = terms_of(begin);
    promo_event_t event;
    const char *wrong;
    if (begin->per_account > UINT32_MAX || begin->in_all > UINT32_MAX)
        return decision_refuse(out, FAIL_INVALID, "at most 4294967295 uses");
    if (!promo_decide_begin(&self->promo, &terms, out->input->now, &event, &wrong))
        return decision_refuse(out, FAIL_INVALID, wrong);
    (void)payment_promo_add(&event, out);
    return FAIL_NONE;
}

// A number of a campaign that there is; 0 for any other.
static uint32_t campaign_of(const payment_state_t *self, uint64_t campaign)
{
    bool there =
        campaign <= UINT32_MAX && promo_state_campaign(&self->promo, (uint32_t)campaign) != NULL;
    return there ? (uint32_t)campaign : 0;
}

static fail_t add_code(const payment_state_t *self, const request_promo_add_t *add, decision_t *out)
{
    promo_event_t event;
    const char *wrong;
    uint32_t campaign = campaign_of(self, add->campaign);
    if (!campaign)
        return decision_refuse(out, FAIL_MISSING, "there is no such campaign");
    if (!promo_decide_add(&self->promo, &self->settings->promo, campaign, span_of_text(add->code),
                          out->input->now, &event, &wrong))
        return decision_refuse(out, FAIL_INVALID, wrong);
    (void)payment_promo_add(&event, out);
    return FAIL_NONE;
}

// What is stopped stays so.
static fail_t stop_campaign(const payment_state_t *self, uint64_t number, decision_t *out)
{
    promo_event_t event;
    uint32_t campaign = campaign_of(self, number);
    if (!campaign)
        return decision_refuse(out, FAIL_MISSING, "there is no such campaign");
    if (promo_decide_stop(&self->promo, campaign, out->input->now, &event))
        (void)payment_promo_add(&event, out);
    return FAIL_NONE;
}

kopecks_t payment_promo_moves(const request_t *request)
{
    if (request->type != REQUEST_promo_begin)
        return 0;
    promo_terms_t terms = terms_of(&request->promo_begin);
    return promo_terms_total(&terms);
}

// --- customers ---

static fail_t apply_code(const payment_state_t *self, const request_promo_apply_t *apply,
                         decision_t *out)
{
    const payment_account_t *account = payment_state_account(self, &apply->account);
    promo_wish_t wish = {.account = apply->account,
                         .typed = span_of_text(apply->code),
                         .now = out->input->now,
                         .opened =
                             promo_accounts_opened(&self->opened, &apply->account, out->input->now),
                         .topped_up = account && account->topped_up};
    promo_event_t event;
    if (uid_is_zero(&apply->account))
        return decision_refuse(out, FAIL_INVALID, "the account's id is zero");
    if (account && account->closed)
        return decision_refuse(out, FAIL_STATE, "the account is closed");
    if (promo_decide_apply(&self->promo, &self->settings->promo, &wish, &event) == PROMO_TRY_LATER)
        return decision_refuse(out, FAIL_FULL, "too many codes that were not accepted: try later");
    (void)payment_promo_add(&event, out);
    return FAIL_NONE;
}

fail_t payment_promo_command(const payment_state_t *self, const request_t *request, decision_t *out)
{
    if (!self->settings->promo.count)
        return decision_refuse(out, FAIL_STATE, NO_KEYS);
    switch (request->type) {
    case REQUEST_promo_begin:
        return begin_campaign(self, &request->promo_begin, out);
    case REQUEST_promo_add:
        return add_code(self, &request->promo_add, out);
    case REQUEST_promo_stop:
        return stop_campaign(self, request->promo_stop.campaign, out);
    case REQUEST_promo_apply:
        return apply_code(self, &request->promo_apply, out);
    default:
        return decision_refuse(out, FAIL_INVALID, "not a command of payment");
    }
}

void payment_promo_opened(const payment_state_t *self, const event_t *event, decision_t *out)
{
    const event_account_opened_t *opened = &event->account_opened;
    promo_event_t welcome;
    if (!self->settings->promo.count || promo_accounts_knows(&self->opened, &opened->account))
        return;
    decision_add(out, EVENT_account_noted)->account_noted = (event_account_noted_t){
        .account = opened->account, .number = opened->number, .opened = event->at};
    if (promo_decide_welcome(&self->promo, &opened->account, event->at, out->input->now, &welcome))
        (void)payment_promo_add(&welcome, out);
}

// --- payments ---

void payment_promo_bind(const payment_state_t *self, const event_payment_created_t *created,
                        decision_t *out)
{
    promo_invoice_t invoice = {.account = created->account,
                               .invoice = created->invoice,
                               .amount = created->amount,
                               .expires = created->expires,
                               .autopay = created->kind == PAYMENT_KIND_AUTOPAY};
    promo_event_t event;
    if (promo_decide_bind(&self->promo, &invoice, out->input->now, &event))
        (void)payment_promo_add(&event, out);
}

void payment_promo_paid(const payment_state_t *self, const invoice_t *invoice, kopecks_t amount,
                        decision_t *out)
{
    const payment_account_t *account = account_at(self, invoice->account);
    promo_invoice_t paid = {
        .account = account->key, .invoice = invoice_number(invoice), .amount = amount};
    promo_event_t event;
    if (!promo_decide_paid(&self->promo, &paid, !account->topped_up, out->input->now, &event))
        return;
    event_t *added = payment_promo_add(&event, out);
    if (added->type == EVENT_promo_redeemed)
        added->promo_redeemed.topup = amount;
}

void payment_promo_declined(const payment_state_t *self, const invoice_t *invoice, decision_t *out)
{
    promo_event_t event;
    if (promo_decide_closed(&self->promo, &account_at(self, invoice->account)->key,
                            invoice_number(invoice), out->input->now, &event))
        (void)payment_promo_add(&event, out);
}

bool payment_promo_due(const payment_state_t *self, const input_t *input, decision_t *out)
{
    promo_event_t event;
    if (!input->current || !promo_decide_due(&self->promo, input->now, &event))
        return false;
    (void)payment_promo_add(&event, out);
    out->more = true;
    return true;
}
