#include "services/payment/payment_query_promo.h"

static const promo_terms_t *terms_of(const payment_state_t *self,
                                     const promo_reservation_t *reservation)
{
    uint32_t campaign = promo_state_code(&self->promo, reservation->code)->campaign;
    return &promo_state_campaign(&self->promo, campaign)->terms;
}

// An account's live reservation; NULL if it has none.
static const promo_reservation_t *held(const payment_state_t *self, const uid_t16 *account,
                                       instant_t now)
{
    const promo_reservation_t *reservation = promo_state_reservation(&self->promo, account);
    return reservation && now < reservation->until ? reservation : NULL;
}

static fail_t answer_promo(const payment_state_t *self, const uid_t16 *account, query_t *out)
{
    const promo_reservation_t *reservation = held(self, account, out->now);
    if (!reservation)
        return FAIL_MISSING;
    const promo_terms_t *terms = terms_of(self, reservation);
    out->answer->promo = (answer_promo_t){.kind = terms->kind,
                                          .value = (uint64_t)terms->value,
                                          .cap = reservation->most,
                                          .topup_min = terms->topup_min,
                                          .invoice = reservation->invoice,
                                          .until = reservation->until};
    return FAIL_NONE;
}

// A code that was there already caused no event: the account has it still.
static void answer_apply(const payment_state_t *self, const uid_t16 *account, const event_t *first,
                         query_t *out)
{
    answer_promo_apply_t *answer = &out->answer->promo_apply;
    const promo_reservation_t *reservation = held(self, account, out->now);
    if (first && first->type == EVENT_promo_refused)
        return;
    answer->accepted = true;
    if (first && first->type == EVENT_promo_given) {
        answer->kind = PROMO_GIFT;
        answer->amount = first->promo_given.amount;
    } else if (first && first->type == EVENT_promo_reserved) {
        const promo_campaign_t *campaign =
            promo_state_campaign(&self->promo, (uint32_t)first->promo_reserved.campaign);
        answer->kind = campaign->terms.kind;
        answer->amount = first->promo_reserved.amount;
        answer->until = first->promo_reserved.until;
    } else if (reservation) {
        answer->kind = terms_of(self, reservation)->kind;
        answer->amount = reservation->most;
        answer->until = reservation->until;
    }
}

static void pack_campaign(pack_t *rows, uint32_t number, const promo_campaign_t *campaign)
{
    const promo_terms_t *terms = &campaign->terms;
    pack_array(rows, 20);
    pack_u64(rows, number);
    pack_u64(rows, terms->kind);
    pack_u64(rows, (uint64_t)terms->value);
    pack_i64(rows, terms->cap);
    pack_i64(rows, terms->topup_min);
    pack_i64(rows, terms->budget);
    pack_i64(rows, terms->starts);
    pack_i64(rows, terms->ends);
    pack_u64(rows, terms->per_account);
    pack_u64(rows, terms->in_all);
    pack_flag(rows, terms->first_topup);
    pack_flag(rows, campaign->stopped);
    pack_u64(rows, campaign->codes);
    pack_u64(rows, campaign->taken);
    pack_i64(rows, campaign->committed);
    pack_i64(rows, terms->bonus_life_us);
    pack_u64(rows, terms->category);
    pack_i64(rows, terms->begins);
    pack_flag(rows, terms->new_accounts);
    pack_i64(rows, terms->new_us);
}

static fail_t answer_campaigns(const payment_state_t *self, uint64_t from, query_t *out)
{
    answer_promo_campaigns_t *answer = &out->answer->promo_campaigns;
    uint64_t number = from ? from : 1;
    const promo_campaign_t *campaign = NULL;
    pack_t rows;
    if (out->scratch_size < PROMO_PAGE_ROWS * PROMO_ROW_BYTES)
        return FAIL_INVALID;
    pack_start(&rows, out->scratch, out->scratch_size);
    while (number <= UINT32_MAX && answer->count < PROMO_PAGE_ROWS &&
           (campaign = promo_state_campaign(&self->promo, (uint32_t)number)) != NULL) {
        pack_campaign(&rows, (uint32_t)number++, campaign);
        answer->count++;
    }
    bool more = number <= UINT32_MAX && promo_state_campaign(&self->promo, (uint32_t)number);
    answer->next = more ? number : 0;
    answer->rows = (bytes_t){out->scratch, (uint32_t)pack_end(&rows)};
    return FAIL_NONE;
}

bool payment_promo_query(const payment_state_t *self, const request_t *request,
                         const event_t *first, query_t *out, fail_t *ret_fail)
{
    *ret_fail = FAIL_NONE;
    switch (request->type) {
    case REQUEST_promo_begin:
        out->answer->promo_begin.pending = first && first->type == EVENT_command_proposed;
        if (first && first->type == EVENT_promo_began)
            out->answer->promo_begin.campaign = first->promo_began.campaign;
        return true;
    case REQUEST_promo_add:
        out->answer->promo_add.single =
            first && first->type == EVENT_promo_added && first->promo_added.single;
        return true;
    case REQUEST_promo_stop:
        return true;
    case REQUEST_promo_apply:
        answer_apply(self, &request->promo_apply.account, first, out);
        return true;
    case REQUEST_promo:
        *ret_fail = answer_promo(self, &request->promo.account, out);
        return true;
    case REQUEST_promo_campaigns:
        *ret_fail = answer_campaigns(self, request->promo_campaigns.from, out);
        return true;
    default:
        return false;
    }
}

void payment_promo_counters(const payment_state_t *self, writer_t *out)
{
    counter_put(out, COUNTER_promo_campaigns, table_used(&self->promo.campaigns));
    counter_put(out, COUNTER_promo_codes, table_used(&self->promo.codes));
    counter_put(out, COUNTER_promo_reserved, table_used(&self->promo.reservations));
}
