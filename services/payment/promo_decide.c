#include "services/payment/promo_decide.h"
#include <assert.h>

const char *promo_answer_name(promo_answer_t answer)
{
    static const char *const names[] = {
#define ANSWER(enumerator, name) name,
        PROMO_ANSWERS(ANSWER)
#undef ANSWER
    };
    return names[answer];
}

// The code's row under any of the keys: all are tried, so that a look-up takes the same time.
static uint32_t find_code(const promo_state_t *self, const promo_keys_t *keys,
                          const promo_code_t *code)
{
    uint32_t found = TABLE_NONE;
    assert(keys->count > 0 && keys->count <= PROMO_KEYS_MAX);
    for (size_t i = 0; i < keys->count; i++) {
        hash_t hmac = promo_code_hmac(&keys->keys[i], code);
        uint32_t row = promo_state_find(self, &hmac);
        found = row == TABLE_NONE ? found : row;
    }
    return found;
}

// --- operators ---

// Who was there before is not welcomed, also where he is told of only now.
bool promo_decide_begin(const promo_state_t *self, const promo_terms_t *terms, instant_t now,
                        promo_event_t *ret_event, const char **ret_wrong)
{
    promo_terms_t begun = *terms;
    if (begun.kind == PROMO_WELCOME && !begun.starts)
        begun.starts = now;
    *ret_event = (promo_event_t){.at = now};
    *ret_wrong = promo_terms_wrong(&begun);
    if (!*ret_wrong && table_used(&self->campaigns) == PROMO_CAMPAIGNS_MAX)
        *ret_wrong = "there are too many campaigns";
    if (*ret_wrong)
        return false;
    ret_event->kind = PROMO_BEGAN;
    ret_event->campaign = table_used(&self->campaigns) + 1;
    ret_event->terms = begun;
    return true;
}

static const char *add_wrong(const promo_state_t *self, const promo_keys_t *keys, uint32_t campaign,
                             promo_shape_t shape, const promo_code_t *code)
{
    if (!promo_state_campaign(self, campaign))
        return "there is no such campaign";
    if (promo_state_campaign(self, campaign)->terms.kind == PROMO_WELCOME)
        return "a welcome balance has no codes";
    if (shape == PROMO_SHAPE_NONE)
        return "a word has 6 to 24 letters and digits";
    if (shape == PROMO_SHAPE_WRONG)
        return "12 signs are a single-use code, and its check symbol is wrong";
    if (find_code(self, keys, code) != TABLE_NONE)
        return "there is such a code";
    return table_used(&self->codes) == PROMO_CODES_MAX ? "there are too many codes" : NULL;
}

bool promo_decide_add(const promo_state_t *self, const promo_keys_t *keys, uint32_t campaign,
                      span_t typed, instant_t now, promo_event_t *ret_event, const char **ret_wrong)
{
    promo_code_t code = {""};
    promo_shape_t shape = promo_code_read(typed, &code);
    const promo_key_t *key = &keys->keys[keys->count - 1];
    *ret_event = (promo_event_t){.at = now};
    *ret_wrong = add_wrong(self, keys, campaign, shape, &code);
    if (*ret_wrong)
        return false;
    ret_event->kind = PROMO_ADDED;
    ret_event->campaign = campaign;
    ret_event->hmac = promo_code_hmac(key, &code);
    ret_event->key_version = key->version;
    ret_event->single = shape == PROMO_SHAPE_SINGLE;
    return true;
}

bool promo_decide_stop(const promo_state_t *self, uint32_t campaign, instant_t now,
                       promo_event_t *ret_event)
{
    const promo_campaign_t *row = promo_state_campaign(self, campaign);
    *ret_event = (promo_event_t){.at = now};
    if (!row || row->stopped)
        return false;
    ret_event->kind = PROMO_STOPPED;
    ret_event->campaign = campaign;
    return true;
}

// --- new accounts ---

static bool fits_budget(const promo_campaign_t *campaign)
{
    kopecks_t sum;
    return money_add(campaign->committed, promo_terms_most(&campaign->terms), &sum) &&
           (!campaign->terms.budget || sum <= campaign->terms.budget);
}

// Is it open to accounts of that instant, and is there one more?
static bool welcomes(const promo_campaign_t *campaign, instant_t opened)
{
    const promo_terms_t *terms = &campaign->terms;
    bool open = opened >= terms->starts && (!terms->ends || opened < terms->ends);
    bool room = !terms->in_all || campaign->taken < terms->in_all;
    return open && !campaign->stopped && room && fits_budget(campaign);
}

bool promo_decide_welcome(const promo_state_t *self, const uid_t16 *account, instant_t opened,
                          instant_t now, promo_event_t *ret_event)
{
    uint32_t number = self->welcome_first;
    *ret_event = (promo_event_t){.at = now, .account = *account};
    while (number && !welcomes(promo_state_campaign(self, number), opened))
        number = promo_state_campaign(self, number)->welcome;
    if (!number)
        return false;
    const promo_terms_t *terms = &promo_state_campaign(self, number)->terms;
    ret_event->kind = PROMO_WELCOMED;
    ret_event->campaign = number;
    ret_event->amount = promo_terms_most(terms);
    ret_event->until = promo_terms_until(terms, now);
    ret_event->begins = promo_terms_begins(terms, now);
    ret_event->category = terms->category;
    return true;
}

// --- customers ---

static promo_reason_t time_reason(const promo_campaign_t *campaign, instant_t now)
{
    if (campaign->stopped)
        return PROMO_CAMPAIGN_STOPPED;
    if (now < campaign->terms.starts)
        return PROMO_NOT_YET;
    return campaign->terms.ends && now >= campaign->terms.ends ? PROMO_ENDED : PROMO_NO_REASON;
}

static promo_reason_t account_reason(const promo_terms_t *terms, const promo_wish_t *wish)
{
    if (terms->new_accounts && wish->opened < terms->starts)
        return PROMO_NOT_NEW;
    if (terms->new_us && wish->opened < wish->now - terms->new_us)
        return PROMO_NOT_NEW;
    return terms->first_topup && wish->topped_up ? PROMO_NOT_FIRST : PROMO_NO_REASON;
}

static promo_reason_t limit_reason(const promo_state_t *self, const promo_campaign_t *campaign,
                                   uint32_t code, const uid_t16 *account)
{
    promo_uses_t uses = promo_state_uses(self, account, code);
    const promo_code_row_t *row = promo_state_code(self, code);
    const promo_terms_t *terms = &campaign->terms;
    if (uses.of_code || (terms->per_account && uses.of_campaign >= terms->per_account))
        return PROMO_USED_BEFORE;
    if ((row->single && row->taken) || (terms->in_all && campaign->taken >= terms->in_all))
        return PROMO_USED_UP;
    if (!fits_budget(campaign))
        return PROMO_BUDGET;
    bool full = uses.in_all == PROMO_ACCOUNT_USES_MAX || self->uses.used == PROMO_USES_MAX ||
                table_used(&self->reservations) == PROMO_RESERVED_MAX;
    return full ? PROMO_FULL : PROMO_NO_REASON;
}

// The first reason that speaks against a code that is there.
static promo_reason_t code_reason(const promo_state_t *self, const promo_wish_t *wish,
                                  uint32_t code)
{
    const promo_campaign_t *campaign =
        promo_state_campaign(self, promo_state_code(self, code)->campaign);
    promo_reason_t reason = time_reason(campaign, wish->now);
    if (!reason)
        reason = account_reason(&campaign->terms, wish);
    return reason ? reason : limit_reason(self, campaign, code, &wish->account);
}

static bool holds(const promo_reservation_t *held, uint32_t code, instant_t now)
{
    return held && held->code == code && now < held->until;
}

static promo_reason_t judge(const promo_state_t *self, const promo_keys_t *keys,
                            const promo_wish_t *wish, uint32_t *ret_code)
{
    promo_code_t typed;
    promo_shape_t shape = promo_code_read(wish->typed, &typed);
    const promo_reservation_t *held = promo_state_reservation(self, &wish->account);
    if (shape == PROMO_SHAPE_NONE)
        return PROMO_NO_CODE;
    if (shape == PROMO_SHAPE_WRONG)
        return PROMO_CHECK_SYMBOL;
    *ret_code = find_code(self, keys, &typed);
    if (*ret_code == TABLE_NONE)
        return PROMO_UNKNOWN;
    if (holds(held, *ret_code, wish->now))
        return PROMO_NO_REASON;
    return held ? PROMO_ANOTHER_HELD : code_reason(self, wish, *ret_code);
}

static void accept(const promo_state_t *self, uint32_t code, promo_event_t *event)
{
    const promo_code_row_t *row = promo_state_code(self, code);
    const promo_terms_t *terms = &promo_state_campaign(self, row->campaign)->terms;
    bool gift = terms->kind == PROMO_GIFT;
    event->kind = gift ? PROMO_GIVEN : PROMO_RESERVED;
    event->campaign = row->campaign;
    event->hmac = row->hmac;
    event->key_version = row->key_version;
    event->amount = promo_terms_most(terms);
    event->until = gift ? promo_terms_until(terms, event->at) : event->at + PROMO_RESERVED_US;
    event->begins = gift ? promo_terms_begins(terms, event->at) : 0;
    event->category = gift ? terms->category : CATEGORY_ANY;
}

promo_answer_t promo_decide_apply(const promo_state_t *self, const promo_keys_t *keys,
                                  const promo_wish_t *wish, promo_event_t *ret_event)
{
    uint32_t code;
    *ret_event = (promo_event_t){.at = wish->now, .account = wish->account};
    if (!promo_guesses_may(&self->guesses, &wish->account, wish->now))
        return PROMO_TRY_LATER;
    ret_event->reason = judge(self, keys, wish, &code);
    if (ret_event->reason) {
        ret_event->kind = PROMO_REFUSED;
        return PROMO_NOT_ACCEPTED;
    }
    if (!promo_state_reservation(self, &wish->account))
        accept(self, code, ret_event);
    return PROMO_ACCEPTED;
}

// --- payments ---

static const promo_campaign_t *campaign_of(const promo_state_t *self,
                                           const promo_reservation_t *reservation)
{
    return promo_state_campaign(self, promo_state_code(self, reservation->code)->campaign);
}

static bool is_worth(const promo_terms_t *terms, kopecks_t topup)
{
    return topup >= terms->topup_min && promo_terms_bonus(terms, topup) > 0;
}

bool promo_decide_bind(const promo_state_t *self, const promo_invoice_t *invoice, instant_t now,
                       promo_event_t *ret_event)
{
    const promo_reservation_t *held = promo_state_reservation(self, &invoice->account);
    *ret_event = (promo_event_t){.at = now, .account = invoice->account};
    if (invoice->autopay || !held || held->invoice || now >= held->until ||
        !is_worth(&campaign_of(self, held)->terms, invoice->amount))
        return false;
    ret_event->kind = PROMO_BOUND;
    ret_event->invoice = invoice->invoice;
    ret_event->until = held->until > invoice->expires ? held->until : invoice->expires;
    return true;
}

static void end(promo_reason_t reason, const promo_reservation_t *held, instant_t now,
                promo_event_t *event)
{
    *event = (promo_event_t){.kind = PROMO_RELEASED,
                             .at = now,
                             .account = held->key,
                             .invoice = held->invoice,
                             .reason = reason};
}

bool promo_decide_paid(const promo_state_t *self, const promo_invoice_t *invoice, bool first,
                       instant_t now, promo_event_t *ret_event)
{
    const promo_reservation_t *held = promo_state_reservation(self, &invoice->account);
    *ret_event = (promo_event_t){.at = now, .account = invoice->account};
    if (!held || !held->invoice || held->invoice != invoice->invoice)
        return false;
    const promo_terms_t *terms = &campaign_of(self, held)->terms;
    if (now >= held->until || (terms->first_topup && !first)) {
        end(now >= held->until ? PROMO_EXPIRED : PROMO_NOT_FIRST, held, now, ret_event);
        return true;
    }
    ret_event->kind = PROMO_REDEEMED;
    ret_event->campaign = promo_state_code(self, held->code)->campaign;
    ret_event->invoice = invoice->invoice;
    ret_event->amount = promo_terms_bonus(terms, invoice->amount);
    ret_event->until = promo_terms_until(terms, now);
    ret_event->begins = promo_terms_begins(terms, now);
    ret_event->category = terms->category;
    return true;
}

bool promo_decide_closed(const promo_state_t *self, const uid_t16 *account, uint64_t invoice,
                         instant_t now, promo_event_t *ret_event)
{
    const promo_reservation_t *held = promo_state_reservation(self, account);
    *ret_event = (promo_event_t){.at = now, .account = *account};
    if (!held || !held->invoice || held->invoice != invoice)
        return false;
    end(PROMO_INVOICE_CLOSED, held, now, ret_event);
    return true;
}

static bool forgets(const promo_state_t *self, instant_t now, promo_event_t *event)
{
    if (now < promo_state_forgets(self, &event->campaign))
        return false;
    event->kind = PROMO_FORGOTTEN;
    return true;
}

bool promo_decide_due(const promo_state_t *self, instant_t now, promo_event_t *ret_event)
{
    uint32_t row;
    instant_t next;
    *ret_event = (promo_event_t){.at = now};
    if (!heap_list(&self->ends, now, 1, &row, &next))
        return forgets(self, now, ret_event);
    end(PROMO_EXPIRED, table_row(&self->reservations, row), now, ret_event);
    return true;
}
