#include "services/payment/payment_unwanted.h"
#include "proto/money.h"
#include "proto/month.h"
#include "services/payment/payment_decide_refund.h"

// With this payment the month of its decision holds more than that mandate allows. What went back
// gives no place back.
static bool is_above(const payment_state_t *self, const invoice_t *invoice,
                     const mandate_t *mandate, kopecks_t amount)
{
    instant_t least = month_start(invoice->month) - DAY_US; // autopay's clock may be another
    uint64_t count = 1;
    kopecks_t sum = amount;
    for (uint32_t n = account_at(self, invoice->account)->invoices.last; n;) {
        const invoice_t *other = invoice_at(self, n - 1);
        bool counts = other != invoice && other->kind == PAYMENT_KIND_AUTOPAY &&
                      other->state == PAYMENT_SUCCEEDED && other->month == invoice->month;
        if (other->created < least)
            break;
        count += counts;
        if (counts && !money_add(sum, other->credited, &sum))
            return true;
        n = other->of_account.before;
    }
    return count > mandate->count_max || sum > mandate->sum_max;
}

// Whose limits hold for it: its own mandate's, or, where the customer has consented anew since, the
// account's. NULL only in a journal that is not ours.
static const mandate_t *mandate_of(const payment_state_t *self, const invoice_t *invoice)
{
    uint32_t row = table_find(&self->mandates, &invoice->mandate);
    const mandate_t *mandate = row == TABLE_NONE ? NULL : table_row(&self->mandates, row);
    bool replaced = mandate && !mandate->live && mandate->why == REVOKE_REPLACED;
    return replaced ? payment_state_mandate(self, account_at(self, invoice->account)) : mandate;
}

static unreturned_t kept(const payment_settings_t *settings, const mandate_t *mandate)
{
    if (!mandate->live && mandate->why == REVOKE_CHARGEBACK)
        return UNRETURNED_DISPUTED;
    if (!settings->refunds.password3.size || settings->shop.test)
        return UNRETURNED_SHOP;
    return settings->refunds.by_itself ? 0 : UNRETURNED_OFF;
}

void payment_unwanted_judge(const payment_state_t *self, const invoice_t *invoice, kopecks_t amount,
                            uint64_t credit, decision_t *out)
{
    const mandate_t *mandate = mandate_of(self, invoice);
    if (!mandate || (mandate->live && !is_above(self, invoice, mandate, amount)))
        return;
    event_payment_unwanted_t *e = &decision_add(out, EVENT_payment_unwanted)->payment_unwanted;
    e->invoice = invoice_number(invoice);
    e->account = account_at(self, invoice->account)->key;
    e->amount = amount;
    e->why = mandate->live ? UNWANTED_ABOVE : UNWANTED_REVOKED;
    e->kept = kept(self->settings, mandate);
    if (!e->kept)
        payment_refund_ask(self, invoice, amount, credit, (unwanted_t)e->why, out);
}
