#include "services/payment/payment_promo.h"

// --- from the journal ---

static promo_terms_t read_terms(const event_promo_began_t *e)
{
    return (promo_terms_t){.kind = (promo_kind_t)e->kind,
                           .value = (int64_t)e->value,
                           .cap = e->cap,
                           .topup_min = e->topup_min,
                           .budget = e->budget,
                           .category = e->category,
                           .starts = e->starts,
                           .ends = e->ends,
                           .bonus_life_us = (int64_t)e->life_us,
                           .per_account = (uint32_t)e->per_account,
                           .in_all = (uint32_t)e->in_all,
                           .new_accounts = e->new_accounts,
                           .first_topup = e->first_topup,
                           .begins = e->begins,
                           .new_us = (int64_t)e->new_us};
}

// Campaigns and codes.
static bool read_operators(const event_t *event, promo_event_t *ret)
{
    switch (event->type) {
    case EVENT_promo_began:
        ret->kind = PROMO_BEGAN;
        ret->campaign = (uint32_t)event->promo_began.campaign;
        ret->terms = read_terms(&event->promo_began);
        return true;
    case EVENT_promo_stopped:
        ret->kind = PROMO_STOPPED;
        ret->campaign = (uint32_t)event->promo_stopped.campaign;
        return true;
    case EVENT_promo_forgotten:
        ret->kind = PROMO_FORGOTTEN;
        ret->campaign = (uint32_t)event->promo_forgotten.campaign;
        return true;
    case EVENT_promo_added:
        ret->kind = PROMO_ADDED;
        ret->campaign = (uint32_t)event->promo_added.campaign;
        ret->hmac = event->promo_added.hmac;
        ret->key_version = (uint8_t)event->promo_added.key_version;
        ret->single = event->promo_added.single;
        return true;
    default:
        return false;
    }
}

// What customers and their payments come to.
static bool read_customers(const event_t *event, promo_event_t *ret)
{
    const event_promo_reserved_t *reserved = &event->promo_reserved;
    const event_promo_redeemed_t *redeemed = &event->promo_redeemed;
    const event_promo_given_t *given = &event->promo_given;
    const event_promo_welcomed_t *welcomed = &event->promo_welcomed;
    ret->account = reserved->account; // each of these begins with the account
    switch (event->type) {
    case EVENT_promo_reserved:
        ret->kind = PROMO_RESERVED;
        ret->campaign = (uint32_t)reserved->campaign;
        ret->hmac = reserved->hmac;
        ret->amount = reserved->amount;
        ret->until = reserved->until;
        return true;
    case EVENT_promo_bound:
        ret->kind = PROMO_BOUND;
        ret->invoice = event->promo_bound.invoice;
        ret->until = event->promo_bound.until;
        return true;
    case EVENT_promo_redeemed:
        ret->kind = PROMO_REDEEMED;
        ret->invoice = redeemed->invoice;
        ret->campaign = (uint32_t)redeemed->campaign;
        ret->amount = redeemed->amount;
        ret->until = redeemed->until;
        ret->category = redeemed->category;
        ret->begins = redeemed->begins;
        return true;
    case EVENT_promo_given:
        ret->kind = PROMO_GIVEN;
        ret->campaign = (uint32_t)given->campaign;
        ret->hmac = given->hmac;
        ret->amount = given->amount;
        ret->until = given->until;
        ret->category = given->category;
        ret->begins = given->begins;
        return true;
    case EVENT_promo_welcomed:
        ret->kind = PROMO_WELCOMED;
        ret->campaign = (uint32_t)welcomed->campaign;
        ret->amount = welcomed->amount;
        ret->until = welcomed->until;
        ret->category = welcomed->category;
        ret->begins = welcomed->begins;
        return true;
    case EVENT_promo_released:
        ret->kind = PROMO_RELEASED;
        ret->invoice = event->promo_released.invoice;
        ret->reason = (promo_reason_t)event->promo_released.reason;
        return true;
    case EVENT_promo_refused:
        ret->kind = PROMO_REFUSED;
        ret->reason = (promo_reason_t)event->promo_refused.reason;
        return true;
    default:
        return false;
    }
}

bool payment_promo_read(const event_t *event, promo_event_t *ret_event)
{
    promo_event_t read = {.at = event->at};
    if (!read_operators(event, &read) && !read_customers(event, &read))
        return false;
    *ret_event = read;
    return true;
}

// --- into the journal ---

static event_t *add_began(const promo_event_t *event, decision_t *out)
{
    const promo_terms_t *terms = &event->terms;
    event_t *added = decision_add(out, EVENT_promo_began);
    added->promo_began = (event_promo_began_t){.campaign = event->campaign,
                                               .kind = terms->kind,
                                               .value = (uint64_t)terms->value,
                                               .cap = terms->cap,
                                               .topup_min = terms->topup_min,
                                               .budget = terms->budget,
                                               .category = terms->category,
                                               .starts = terms->starts,
                                               .ends = terms->ends,
                                               .life_us = (uint64_t)terms->bonus_life_us,
                                               .per_account = terms->per_account,
                                               .in_all = terms->in_all,
                                               .new_accounts = terms->new_accounts,
                                               .first_topup = terms->first_topup,
                                               .begins = terms->begins,
                                               .new_us = (uint64_t)terms->new_us};
    return added;
}

static event_t *add_stopped(const promo_event_t *event, decision_t *out)
{
    event_t *added = decision_add(out, EVENT_promo_stopped);
    added->promo_stopped.campaign = event->campaign;
    return added;
}

static event_t *add_forgotten(const promo_event_t *event, decision_t *out)
{
    event_t *added = decision_add(out, EVENT_promo_forgotten);
    added->promo_forgotten.campaign = event->campaign;
    return added;
}

static event_t *add_added(const promo_event_t *event, decision_t *out)
{
    event_t *added = decision_add(out, EVENT_promo_added);
    added->promo_added = (event_promo_added_t){.campaign = event->campaign,
                                               .hmac = event->hmac,
                                               .key_version = event->key_version,
                                               .single = event->single};
    return added;
}

static event_t *add_reserved(const promo_event_t *event, decision_t *out)
{
    event_t *added = decision_add(out, EVENT_promo_reserved);
    added->promo_reserved = (event_promo_reserved_t){.account = event->account,
                                                     .campaign = event->campaign,
                                                     .hmac = event->hmac,
                                                     .amount = event->amount,
                                                     .until = event->until};
    return added;
}

static event_t *add_bound(const promo_event_t *event, decision_t *out)
{
    event_t *added = decision_add(out, EVENT_promo_bound);
    added->promo_bound = (event_promo_bound_t){
        .account = event->account, .invoice = event->invoice, .until = event->until};
    return added;
}

static event_t *add_redeemed(const promo_event_t *event, decision_t *out)
{
    event_t *added = decision_add(out, EVENT_promo_redeemed);
    added->promo_redeemed = (event_promo_redeemed_t){.account = event->account,
                                                     .invoice = event->invoice,
                                                     .campaign = event->campaign,
                                                     .amount = event->amount,
                                                     .until = event->until,
                                                     .category = event->category,
                                                     .begins = event->begins};
    return added;
}

static event_t *add_given(const promo_event_t *event, decision_t *out)
{
    event_t *added = decision_add(out, EVENT_promo_given);
    added->promo_given = (event_promo_given_t){.account = event->account,
                                               .campaign = event->campaign,
                                               .hmac = event->hmac,
                                               .amount = event->amount,
                                               .until = event->until,
                                               .category = event->category,
                                               .begins = event->begins};
    return added;
}

static event_t *add_welcomed(const promo_event_t *event, decision_t *out)
{
    event_t *added = decision_add(out, EVENT_promo_welcomed);
    added->promo_welcomed = (event_promo_welcomed_t){.account = event->account,
                                                     .campaign = event->campaign,
                                                     .amount = event->amount,
                                                     .until = event->until,
                                                     .category = event->category,
                                                     .begins = event->begins};
    return added;
}

static event_t *add_released(const promo_event_t *event, decision_t *out)
{
    event_t *added = decision_add(out, EVENT_promo_released);
    added->promo_released = (event_promo_released_t){
        .account = event->account, .invoice = event->invoice, .reason = event->reason};
    return added;
}

static event_t *add_refused(const promo_event_t *event, decision_t *out)
{
    event_t *added = decision_add(out, EVENT_promo_refused);
    added->promo_refused =
        (event_promo_refused_t){.account = event->account, .reason = event->reason};
    return added;
}

event_t *payment_promo_add(const promo_event_t *event, decision_t *out)
{
    static event_t *(*const adders[])(const promo_event_t *, decision_t *) = {
        [PROMO_BEGAN] = add_began,         [PROMO_STOPPED] = add_stopped,
        [PROMO_FORGOTTEN] = add_forgotten, [PROMO_ADDED] = add_added,
        [PROMO_RESERVED] = add_reserved,   [PROMO_BOUND] = add_bound,
        [PROMO_REDEEMED] = add_redeemed,   [PROMO_GIVEN] = add_given,
        [PROMO_WELCOMED] = add_welcomed,   [PROMO_RELEASED] = add_released,
        [PROMO_REFUSED] = add_refused};
    return event->kind == PROMO_NOTHING ? NULL : adders[event->kind](event, out);
}
