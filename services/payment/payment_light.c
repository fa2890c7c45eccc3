#include "services/payment/payment_light.h"
#include "services/payment/payment_state.h"
#include <inttypes.h>
#include <stdio.h>

enum { SAID_MAX = 8, ABOUT_MAX = 160 };

static void look_at_refunds(const payment_refunds_t *refunds, core_raise_fn *raise, void *arg)
{
    unsigned said = 0;
    for (uint32_t n = refunds->people.first; n && said < SAID_MAX; said++) {
        const refund_t *refund = refund_at(refunds, n - 1);
        bool unknown = refund->progress.state == PAYMENT_REFUND_UNKNOWN;
        char about[ABOUT_MAX];
        snprintf(about, sizeof about, "refund %" PRIu64 ": %s", refund_number(refund),
                 unknown ? codes_text(CODES_refund_doubt, refund->doubt)
                         : "a chargeback came while it is under way");
        raise(arg, ALARM_REFUND, about);
        n = refund->link.after;
    }
}

static void look_at_receipts(const payment_receipts_t *receipts, core_raise_fn *raise, void *arg)
{
    char about[ABOUT_MAX];
    if (!receipts->missing && !receipts->people)
        return;
    snprintf(about, sizeof about, "%" PRIu64 " missing, %" PRIu64 " for people", receipts->missing,
             receipts->people);
    raise(arg, ALARM_RECEIPT, about);
}

void payment_light(const void *state, instant_t now, core_raise_fn *raise, void *arg)
{
    const payment_state_t *self = state;
    (void)now;
    look_at_refunds(self->refunds, raise, arg);
    look_at_receipts(self->receipts, raise, arg);
}

bool payment_light_lacks(const void *state, char *ret_what, size_t cap)
{
    const payment_state_t *self = state;
    if (self->contacts && !self->settings->contacts) {
        snprintf(ret_what, cap,
                 "side/keys: the journal has contacts of receipts, whose keys are missing");
        return true;
    }
    uint8_t version = promo_state_lacks_key(&self->promo, &self->settings->promo, self->stamp);
    if (!version)
        return false;
    snprintf(ret_what, cap,
             "promo/keys: the key of version %u is missing, and promo codes in the journal were "
             "written with it",
             version);
    return true;
}
