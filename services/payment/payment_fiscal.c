#include "services/payment/payment_fiscal.h"

// The regime of a day; NULL before the first one.
static const payment_fiscal_regime_t *regime_on(payment_fiscal_policy_t policy, day_t day)
{
    const payment_fiscal_regime_t *found = NULL;
    for (size_t i = 0; i < policy.count; i++)
        if (policy.regimes[i].from <= day)
            found = &policy.regimes[i];
    return found;
}

static uint32_t rate_on(const payment_fiscal_regime_t *regime, day_t day)
{
    switch (regime->vat) {
    case PAYMENT_FISCAL_FULL:
        return vat_rate_on(day);
    case PAYMENT_FISCAL_5:
        return 5;
    case PAYMENT_FISCAL_7:
        return 7;
    case PAYMENT_FISCAL_NONE:
        break;
    }
    return 0;
}

// What a receipt calls a rate; of an advance it is the calculated one, as 22/122. False for a rate
// that receipts do not know any more.
static bool find_tax(uint32_t rate, bool advance, robokassa_tax_t *ret_tax)
{
    static const struct {
        uint32_t rate;
        robokassa_tax_t service, advance;
    } taxes[] = {{22, ROBOKASSA_TAX_VAT22, ROBOKASSA_TAX_VAT122},
                 {20, ROBOKASSA_TAX_VAT20, ROBOKASSA_TAX_VAT120},
                 {7, ROBOKASSA_TAX_VAT7, ROBOKASSA_TAX_VAT107},
                 {5, ROBOKASSA_TAX_VAT5, ROBOKASSA_TAX_VAT105},
                 {0, ROBOKASSA_TAX_NONE, ROBOKASSA_TAX_NONE}};
    for (size_t i = 0; i < sizeof taxes / sizeof taxes[0]; i++)
        if (taxes[i].rate == rate) {
            *ret_tax = advance ? taxes[i].advance : taxes[i].service;
            return true;
        }
    return false;
}

// Fills in what follows from the sum and the day: the regime, the tax and its sum.
static payment_fiscal_verdict_t say(payment_fiscal_policy_t policy, day_t day,
                                    payment_fiscal_t receipt, payment_fiscal_t *ret_receipt)
{
    const payment_fiscal_regime_t *regime = regime_on(policy, day);
    bool advance = receipt.method == ROBOKASSA_METHOD_ADVANCE;
    if (!regime || receipt.sum <= 0 || !find_tax(rate_on(regime, day), advance, &receipt.tax) ||
        !vat_of(receipt.sum, rate_on(regime, day), &receipt.vat))
        return PAYMENT_FISCAL_REFUSED;
    receipt.sno = regime->sno;
    *ret_receipt = receipt;
    return PAYMENT_FISCAL_SAYS;
}

bool payment_fiscal_paid(const payment_fiscal_use_t *uses, size_t uses_count, kopecks_t *ret_sum)
{
    kopecks_t sum = 0;
    for (size_t i = 0; i < uses_count; i++)
        if (uses[i].sum <= 0 || (uses[i].kind == LOT_CASH && !money_add(sum, uses[i].sum, &sum)))
            return false;
    *ret_sum = sum;
    return true;
}

// What is neither used nor refunded. False for sums that cannot be.
static bool find_unspent(const payment_fiscal_lot_t *lot, kopecks_t *ret_used,
                         kopecks_t *ret_unspent)
{
    kopecks_t used, unspent;
    if (lot->sum <= 0 || lot->refunded < 0 || lot->refunded > lot->sum ||
        !payment_fiscal_paid(lot->uses, lot->uses_count, &used))
        return false;
    unspent = lot->sum - lot->refunded;
    if (used > unspent)
        return false;
    *ret_used = used;
    *ret_unspent = unspent - used;
    return true;
}

static payment_fiscal_t advance_of(kopecks_t sum, bool back)
{
    return (payment_fiscal_t){.back = back,
                              .method = ROBOKASSA_METHOD_ADVANCE,
                              .object = ROBOKASSA_OBJECT_PAYMENT,
                              .sum = sum};
}

payment_fiscal_verdict_t payment_fiscal_first(payment_fiscal_policy_t policy,
                                              const payment_fiscal_lot_t *lot,
                                              payment_fiscal_t *ret_receipt)
{
    return say(policy, lot->came, advance_of(lot->sum, false), ret_receipt);
}

// PAYMENT_FISCAL_SAYS if all that money paid for was served under one regime at one rate, those of
// *ret_day.
static payment_fiscal_verdict_t find_day(payment_fiscal_policy_t policy,
                                         const payment_fiscal_lot_t *lot, day_t *ret_day)
{
    const payment_fiscal_regime_t *first = NULL;
    for (size_t i = 0; i < lot->uses_count; i++) {
        day_t day = lot->uses[i].served;
        const payment_fiscal_regime_t *regime = regime_on(policy, day);
        if (lot->uses[i].kind != LOT_CASH)
            continue;
        if (!regime)
            return PAYMENT_FISCAL_REFUSED;
        if (!first) {
            first = regime;
            *ret_day = day;
        }
        if (regime->sno != first->sno || rate_on(regime, day) != rate_on(first, *ret_day))
            return PAYMENT_FISCAL_SEVERAL;
    }
    return PAYMENT_FISCAL_SAYS;
}

payment_fiscal_verdict_t payment_fiscal_second(payment_fiscal_policy_t policy,
                                               const payment_fiscal_lot_t *lot,
                                               payment_fiscal_t *ret_receipt)
{
    kopecks_t used, unspent;
    day_t day = lot->came;
    if (!find_unspent(lot, &used, &unspent))
        return PAYMENT_FISCAL_REFUSED;
    if (lot->offset || used == 0 || (unspent > 0 && !lot->closed))
        return PAYMENT_FISCAL_NOTHING;
    payment_fiscal_verdict_t verdict = find_day(policy, lot, &day);
    if (verdict != PAYMENT_FISCAL_SAYS)
        return verdict;
    payment_fiscal_t receipt = {.method = ROBOKASSA_METHOD_FULL_PAYMENT,
                                .object = ROBOKASSA_OBJECT_SERVICE,
                                .sum = used,
                                .offset = used};
    return say(policy, day, receipt, ret_receipt);
}

payment_fiscal_verdict_t payment_fiscal_refund(payment_fiscal_policy_t policy,
                                               const payment_fiscal_lot_t *lot, kopecks_t sum,
                                               payment_fiscal_t *ret_receipt)
{
    kopecks_t used, unspent;
    if (!find_unspent(lot, &used, &unspent) || sum > unspent)
        return PAYMENT_FISCAL_REFUSED;
    return say(policy, lot->came, advance_of(sum, true), ret_receipt);
}
