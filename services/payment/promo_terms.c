#include "services/payment/promo_terms.h"
#include <assert.h>

enum { HUNDREDTHS = 10000 }; // of a percent in the whole

static kopecks_t least(kopecks_t a, kopecks_t b)
{
    return a < b ? a : b;
}

static bool is_sum(kopecks_t sum)
{
    return sum >= 0 && sum <= POSTING_AMOUNT_MAX;
}

static const char *value_wrong(const promo_terms_t *self)
{
    if (!codes_find(CODES_promo_kind, self->kind))
        return "no kind of campaign";
    if (self->value < 1)
        return "gives nothing";
    if (self->kind == PROMO_PERCENT ? self->value > PROMO_PERCENT_MAX : !is_sum(self->value))
        return "gives too much";
    if (!is_sum(self->cap) || !is_sum(self->topup_min) || !is_sum(self->budget))
        return "a sum is below 0 or above what a posting may move";
    if ((self->kind == PROMO_PERCENT) != (self->cap > 0))
        return "a percent has a cap, and nothing else has one";
    if (self->kind == PROMO_GIFT && self->topup_min)
        return "a gift asks for no top-up";
    if (self->kind == PROMO_WELCOME && (self->topup_min || self->first_topup || self->per_account ||
                                        self->new_accounts || self->new_us))
        return "a welcome balance is every new account's, once: it asks for nothing else";
    return NULL;
}

static const char *bonus_wrong(const promo_terms_t *self)
{
    if (self->bonus_life_us < 0 || self->bonus_life_us > PROMO_BONUS_LIFE_MAX_US)
        return "a bonus lives for at most 3660 days";
    if (self->begins < 0 || self->begins > PROMO_BEGINS_MAX)
        return "a bonus begins at an instant";
    if (self->new_us < 0 || self->new_us > PROMO_BONUS_LIFE_MAX_US)
        return "a new account is at most 3660 days old";
    return codes_find(CODES_category, self->category) ? NULL : "no category of service";
}

const char *promo_terms_wrong(const promo_terms_t *self)
{
    const char *wrong = value_wrong(self);
    if (wrong)
        return wrong;
    if (self->budget && self->budget < promo_terms_most(self))
        return "the budget is less than one use";
    if (self->starts < 0 || (self->ends && self->ends <= self->starts))
        return "ends before it starts";
    if (self->new_accounts && !self->starts)
        return "new accounts are those since a start";
    return bonus_wrong(self);
}

kopecks_t promo_terms_most(const promo_terms_t *self)
{
    return self->kind == PROMO_PERCENT ? self->cap : self->value;
}

kopecks_t promo_terms_total(const promo_terms_t *self)
{
    kopecks_t uses = INT64_MAX, most = promo_terms_most(self);
    kopecks_t budget = self->budget > 0 ? self->budget : INT64_MAX;
    if (most <= 0)
        return 0;
    if (self->in_all && most <= INT64_MAX / (kopecks_t)self->in_all)
        uses = most * (kopecks_t)self->in_all;
    return least(uses, budget);
}

kopecks_t promo_terms_bonus(const promo_terms_t *self, kopecks_t topup)
{
    assert(topup > 0 && topup <= POSTING_AMOUNT_MAX);
    kopecks_t bonus = self->kind == PROMO_PERCENT ? topup * self->value / HUNDREDTHS : self->value;
    return least(bonus, promo_terms_most(self));
}

instant_t promo_terms_begins(const promo_terms_t *self, instant_t given)
{
    return self->begins > given ? self->begins : 0;
}

instant_t promo_terms_until(const promo_terms_t *self, instant_t given)
{
    instant_t from = self->begins > given ? self->begins : given;
    return self->bonus_life_us ? from + self->bonus_life_us : 0;
}

kopecks_t promo_claw_back(kopecks_t bonus, kopecks_t topup, kopecks_t returned, kopecks_t clawed)
{
    assert(is_sum(bonus) && is_sum(topup) && topup > 0 && returned >= 0 && clawed >= 0);
    uint64_t part = (uint64_t)least(returned, topup);
    kopecks_t due = (kopecks_t)((unsigned __int128)bonus * part / (uint64_t)topup);
    return due > clawed ? due - clawed : 0;
}
