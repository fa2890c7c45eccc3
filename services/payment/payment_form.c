#include "services/payment/payment_form.h"

#define TOKEN_NAME SPAN("Shp_token")

span_t payment_form_token(const uid_t16 *token, char ret_text[PAYMENT_TOKEN_SIZE])
{
    digest_hex_lower(token->bytes, sizeof token->bytes, ret_text);
    return (span_t){ret_text, PAYMENT_TOKEN_SIZE - 1};
}

// The receipt as it is signed; an absent text when the shop sends none. False when it breaks a
// rule.
static bool write_receipt(const payment_receipt_t *policy, kopecks_t amount, char *buffer,
                          size_t buffer_size, span_t *ret_receipt)
{
    *ret_receipt = (span_t){"", 0};
    if (!policy->wanted)
        return true;
    robokassa_item_t item = {.name = policy->name,
                             .quantity = 1,
                             .sum = amount,
                             .method = policy->method,
                             .object = policy->object,
                             .tax = policy->tax};
    robokassa_receipt_t receipt = {.sno = policy->sno, .items = &item, .items_count = 1};
    char json[PAYMENT_FORM_MAX];
    size_t size = robokassa_receipt_json(&receipt, amount, json, sizeof json);
    if (size > 0)
        size = robokassa_receipt_escaped((span_t){json, size}, buffer, buffer_size);
    *ret_receipt = (span_t){buffer, size};
    return size > 0;
}

size_t payment_form_link(const payment_settings_t *settings, const payment_receipt_t *says,
                         uint64_t number, kopecks_t amount, const uid_t16 *token, bool recurring,
                         char *buffer, size_t buffer_size)
{
    char receipt_text[PAYMENT_FORM_MAX], token_text[PAYMENT_TOKEN_SIZE];
    span_t receipt, get = SPAN("GET"), absent = {"", 0};
    if (!write_receipt(says, amount, receipt_text, sizeof receipt_text, &receipt))
        return 0;
    form_field_t shp = {TOKEN_NAME, payment_form_token(token, token_text)};
    robokassa_payment_t payment = {
        .sum = amount,
        .invoice = (int64_t)number,
        .receipt = receipt,
        .success_url2 = settings->success_url,
        .success_url2_method = settings->success_url.size ? get : absent,
        .fail_url2 = settings->fail_url,
        .fail_url2_method = settings->fail_url.size ? get : absent,
        .shp = &shp,
        .shp_count = 1,
        .recurring = recurring,
        .description = settings->topup_description,
    };
    return robokassa_payment_link(&settings->shop, &payment, buffer, buffer_size);
}

size_t payment_form_charge(const payment_settings_t *settings, const payment_receipt_t *says,
                           uint64_t number, const invoice_t *invoice, char *buffer,
                           size_t buffer_size)
{
    char receipt_text[PAYMENT_FORM_MAX], token_text[PAYMENT_TOKEN_SIZE];
    span_t receipt;
    if (!write_receipt(says, invoice->amount, receipt_text, sizeof receipt_text, &receipt))
        return 0;
    form_field_t shp = {TOKEN_NAME, payment_form_token(&invoice->token, token_text)};
    robokassa_charge_t charge = {
        .sum = invoice->amount,
        .invoice = (int64_t)number,
        .previous_invoice = (int64_t)invoice->parent,
        .description = settings->charge_description,
        .receipt = receipt,
        .shp = &shp,
        .shp_count = 1,
    };
    return robokassa_charge_body(&settings->shop, &charge, buffer, buffer_size);
}

size_t payment_form_question(const payment_settings_t *settings, uint64_t number, char *buffer,
                             size_t buffer_size)
{
    return robokassa_state_body(&settings->shop, (int64_t)number, buffer, buffer_size);
}

bool payment_form_read(bytes_t fields, form_t *ret_form)
{
    wire_t wire;
    wire_start(&wire, fields.data, fields.size);
    form_t form = {.fields_count = wire_array(&wire, FORM_FIELDS_MAX)};
    for (size_t i = 0; i < form.fields_count; i++) {
        text_t name, value;
        if (wire_array(&wire, 2) != 2)
            return false;
        wire_text(&wire, &name);
        wire_text(&wire, &value);
        form.fields[i].name = (span_t){name.data, name.size};
        form.fields[i].value = (span_t){value.data, value.size};
    }
    if (wire_end(&wire))
        return false;
    *ret_form = form;
    return true;
}

uint64_t payment_form_invoice(const form_t *form)
{
    for (size_t i = 0; i < form->fields_count; i++) {
        int64_t number;
        if (span_is_any_case(form->fields[i].name, SPAN("InvId")))
            return robokassa_number_parse_invoice(form->fields[i].value, &number) ? (uint64_t)number
                                                                                  : 0;
    }
    return 0;
}

bool payment_form_has_token(const form_t *form, const uid_t16 *token)
{
    char text[PAYMENT_TOKEN_SIZE];
    span_t expected = payment_form_token(token, text), shown;
    return robokassa_notice_field(form, TOKEN_NAME, &shown) && shown.size == expected.size &&
           digest_equal(shown.bytes, expected.bytes, expected.size);
}
