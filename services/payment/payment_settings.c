#include "services/payment/payment_settings.h"
#include "proto/payment_number.h"
#include "services/payment/payment_form_receipt.h"
#include "services/payment/payment_form_refund.h"

payment_settings_t payment_settings_default(void)
{
    return (payment_settings_t){
        .topup_max_rub = 100000,
        .requests_max = 16,
        .timeout_ms = 10000,
        .refunds = {.by_itself = true},
        .topup_description = SPAN("Пополнение баланса"),
        .charge_description = SPAN("Автоматическое пополнение баланса"),
        .fiscal = {.name = SPAN("Услуги облачной платформы")},
        .receipt = {.wanted = true,
                    .sno = ROBOKASSA_SNO_ABSENT,
                    .method = ROBOKASSA_METHOD_ADVANCE,
                    .object = ROBOKASSA_OBJECT_PAYMENT,
                    .tax = ROBOKASSA_TAX_NONE,
                    .name = SPAN("Пополнение баланса")},
    };
}

static fail_t reject_settings(const char *detail, const char **ret_detail)
{
    *ret_detail = detail;
    return FAIL_CONFIG;
}

// The receipt of the largest refund can be written.
static bool items_are_safe(const payment_settings_t *self)
{
    char payload[PAYMENT_REFUND_PAYLOAD_MAX];
    kopecks_t most = (kopecks_t)self->topup_max_rub * 100;
    robokassa_item_t item = payment_form_refund_item(&self->receipt, most);
    return !self->refunds.items || !self->receipt.wanted ||
           robokassa_refund_payload(SPAN("-"), most, &item, payload, sizeof payload) > 0;
}

static bool refunds_are_safe(const payment_settings_t *self)
{
    span_t password3 = self->refunds.password3;
    return !password3.size ||
           (password3.size >= ROBOKASSA_PASSWORD_MIN && self->refunds.url.size &&
            self->refunds.state_url.size && !span_is(password3, self->shop.password1) &&
            !span_is(password3, self->shop.password2));
}

static bool receipts_can_be_said(const payment_settings_t *self)
{
    char buffer[PAYMENT_FORM_MAX];
    size_t characters;
    receipt_t receipt = {.sum = 1};
    if (!self->fiscal.url.size || !self->fiscal.state_url.size)
        return !self->fiscal.url.size && !self->fiscal.state_url.size;
    return (!self->fiscal.site.size || span_is_plain(self->fiscal.site, &characters)) &&
           payment_form_receipt(self, PAYMENT_NUMBER_MAX, &receipt, (text_t){0}, buffer,
                                sizeof buffer) > 0 &&
           payment_form_receipt_question(self, PAYMENT_NUMBER_MAX, RECEIPT_SECOND, buffer,
                                         sizeof buffer) > 0;
}

fail_t payment_settings_check(const payment_settings_t *self, const char **ret_detail)
{
    char buffer[PAYMENT_FORM_MAX];
    uid_t16 token = {{0}};
    uint64_t number = PAYMENT_NUMBER_MAX;
    if (!robokassa_shop_is_safe(&self->shop))
        return reject_settings("the shop needs a login and two different passwords of 8 characters",
                               ret_detail);
    if (!self->shop.payment_url.size || !self->shop.recurring_url.size ||
        !self->shop.state_url.size)
        return reject_settings("one of the three addresses of Robokassa is missing", ret_detail);
    if (!refunds_are_safe(self))
        return reject_settings("refunds need a password 3 of 8 characters that is another one, and "
                               "both addresses",
                               ret_detail);
    if (!items_are_safe(self))
        return reject_settings("the position of a refund breaks a rule of Robokassa", ret_detail);
    if (!receipts_can_be_said(self))
        return reject_settings("second receipts need both addresses, and a name and a site that "
                               "Robokassa takes",
                               ret_detail);
    if (self->fiscal.contact.size && !payment_contact_is_good(self->fiscal.contact))
        return reject_settings("the shop's contact of receipts: expected local@domain, or + and 11 "
                               "to 15 digits",
                               ret_detail);
    if (self->topup_max_rub == 0 || self->topup_max_rub > 10000000)
        return reject_settings("the largest top-up is 1 to 10000000 rubles", ret_detail);
    if (self->requests_max == 0 || self->requests_max > DUE_REQUESTS_MAX || self->timeout_ms == 0)
        return reject_settings("1 to 64 requests at once, and a time-out", ret_detail);

    kopecks_t most = (kopecks_t)self->topup_max_rub * 100;
    if (!payment_form_link(self, &self->receipt, number, most, &token, true, buffer, sizeof buffer))
        return reject_settings(
            "the description, a return address or the receipt breaks a rule of Robokassa",
            ret_detail);
    invoice_t charge = {.amount = most, .parent = 1};
    if (!self->shop.test &&
        !payment_form_charge(self, &self->receipt, number, &charge, buffer, sizeof buffer))
        return reject_settings("the description of a charge breaks a rule of Robokassa",
                               ret_detail);
    return FAIL_NONE;
}
