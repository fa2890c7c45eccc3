#include "services/payment/payment_form_receipt.h"
#include "services/robokassa/robokassa_fiscal.h"
#include "services/robokassa/robokassa_jwt.h"

payment_receipt_t payment_form_first_receipt(const payment_state_t *self, instant_t at)
{
    payment_receipt_t receipt = self->settings->receipt;
    payment_fiscal_t says;
    payment_fiscal_lot_t lot = {.sum = 1, .came = payment_receipts_day(at)};
    if (payment_fiscal_first(payment_receipts_policy_at(self->receipts, at), &lot, &says) ==
        PAYMENT_FISCAL_SAYS) {
        receipt.sno = says.sno;
        receipt.tax = says.tax;
    }
    return receipt;
}

static size_t sign(const payment_settings_t *settings, const char *json, size_t size, char *buffer,
                   size_t buffer_size)
{
    return size ? robokassa_jwt_fiscal(settings->shop.digest, settings->shop.password1,
                                       (span_t){json, size}, buffer, buffer_size)
                : 0;
}

// A number goes without its plus.
static void address(robokassa_second_t *second, text_t contact)
{
    if (payment_contact_is_phone(contact))
        second->phone = (span_t){contact.data + 1, contact.size - 1};
    else
        second->email = (span_t){contact.data, contact.size};
}

size_t payment_form_receipt(const payment_settings_t *settings, uint64_t invoice,
                            const receipt_t *receipt, text_t contact, char *buffer,
                            size_t buffer_size)
{
    char json[PAYMENT_RECEIPT_JSON_MAX];
    robokassa_item_t item = {.name = settings->fiscal.name,
                             .quantity = 1,
                             .sum = receipt->sum,
                             .method = ROBOKASSA_METHOD_FULL_PAYMENT,
                             .object = ROBOKASSA_OBJECT_SERVICE,
                             .tax = (robokassa_tax_t)receipt->tax};
    robokassa_receipt_t says = {
        .sno = (robokassa_sno_t)receipt->system, .items = &item, .items_count = 1};
    robokassa_second_t second = {.login = settings->shop.login,
                                 .site = settings->fiscal.site,
                                 .number = payment_receipts_number(invoice, RECEIPT_SECOND),
                                 .invoice = invoice,
                                 .vat = receipt->vat};
    address(&second, contact.size ? contact : settings->fiscal.contact);
    size_t size = robokassa_receipt_second(&second, &says, receipt->sum, json, sizeof json);
    return sign(settings, json, size, buffer, buffer_size);
}

size_t payment_form_receipt_question(const payment_settings_t *settings, uint64_t invoice,
                                     receipt_kind_t kind, char *buffer, size_t buffer_size)
{
    char json[PAYMENT_RECEIPT_JSON_MAX];
    size_t size = robokassa_fiscal_question(
        settings->shop.login, payment_receipts_number(invoice, kind), json, sizeof json);
    return sign(settings, json, size, buffer, buffer_size);
}
