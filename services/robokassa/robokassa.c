#include "services/robokassa/robokassa.h"

bool robokassa_shop_is_safe(const robokassa_shop_t *shop)
{
    return shop->login.size > 0 && shop->password1.size >= ROBOKASSA_PASSWORD_MIN &&
           shop->password2.size >= ROBOKASSA_PASSWORD_MIN &&
           (shop->password2_other.size == 0 ||
            shop->password2_other.size >= ROBOKASSA_PASSWORD_MIN) &&
           !span_is(shop->password1, shop->password2) &&
           !span_is(shop->password1, shop->password2_other);
}

static bool is_method(span_t method)
{
    return span_is(method, SPAN("GET")) || span_is(method, SPAN("POST"));
}

static bool is_description(span_t description)
{
    size_t characters;
    return span_is_plain(description, &characters) && characters <= ROBOKASSA_DESCRIPTION_MAX;
}

static bool is_shp_suffix_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_shp_name(span_t name)
{
    if (name.size <= 4 || memcmp(name.bytes, "Shp_", 4) != 0)
        return false;
    for (size_t i = 4; i < name.size; i++) {
        if (!is_shp_suffix_char(name.bytes[i]))
            return false;
    }
    return true;
}

// Escaped already: what is left is unreserved characters and '%'. So no value can hold the ':' and
// '=' that would let one field pass for two under the same signature.
static bool is_shp_value(span_t value)
{
    for (size_t i = 0; i < value.size; i++) {
        char c = value.bytes[i];
        if (!is_shp_suffix_char(c) && !(c >= 'A' && c <= 'Z') && (c == '\0' || !strchr("-._~%", c)))
            return false;
    }
    return true;
}

// Names for which every order anybody sorts by is the same: no case, no punctuation, none the
// beginning of another.
static bool are_shp(const form_field_t *shp, size_t shp_count)
{
    if (shp_count > FORM_FIELDS_MAX)
        return false;
    size_t size = 0;
    for (size_t i = 0; i < shp_count; i++) {
        if (!is_shp_name(shp[i].name) || !is_shp_value(shp[i].value))
            return false;
        size += shp[i].name.size + shp[i].value.size;
        for (size_t k = 0; k < i; k++) {
            span_t a = shp[i].name, b = shp[k].name;
            if (memcmp(a.bytes, b.bytes, a.size < b.size ? a.size : b.size) == 0)
                return false;
        }
    }
    return size <= ROBOKASSA_SHP_SIZE_MAX;
}

static bool is_payment(const robokassa_payment_t *payment)
{
    bool has_success = payment->success_url2.size > 0, has_fail = payment->fail_url2.size > 0;
    bool one_of_a_kind = !payment->recurring ||
                         (!payment->hold && !payment->token.size && !payment->expiration.size);
    return payment->sum > 0 && payment->invoice >= ROBOKASSA_INVOICE_ABSENT && one_of_a_kind &&
           has_success == is_method(payment->success_url2_method) &&
           has_fail == is_method(payment->fail_url2_method) &&
           is_description(payment->description) && are_shp(payment->shp, payment->shp_count);
}

static bool is_charge(const robokassa_charge_t *charge)
{
    return charge->sum > 0 && charge->invoice > 0 && charge->previous_invoice > 0 &&
           charge->invoice != charge->previous_invoice && is_description(charge->description) &&
           are_shp(charge->shp, charge->shp_count);
}

// A form being written: `start` is where it begins in the writer.
typedef struct {
    writer_t writer;
    size_t start;
} body_t;

static void add(body_t *form, const char *name, span_t value)
{
    form_add(&form->writer, form->start, span_of(name), value);
}

static void add_present(body_t *form, const char *name, span_t value)
{
    if (value.size > 0)
        add(form, name, value);
}

static void add_shp(body_t *form, const form_field_t *shp, size_t shp_count)
{
    for (size_t i = 0; i < shp_count; i++)
        form_add(&form->writer, form->start, shp[i].name, shp[i].value);
}

static void write_payment(const robokassa_shop_t *shop, const robokassa_payment_t *payment,
                          body_t *form)
{
    char sum_text[ROBOKASSA_NUMBER_SIZE], invoice_text[ROBOKASSA_NUMBER_SIZE];
    char hex[DIGEST_HEX_MAX + 1];
    span_t sum = robokassa_number_print_sum(payment->sum, sum_text);
    span_t invoice = {"", 0};
    if (payment->invoice != ROBOKASSA_INVOICE_ABSENT)
        invoice = robokassa_number_print_invoice(payment->invoice, invoice_text);
    span_t hold = payment->hold ? SPAN("true") : SPAN("");

    robokassa_base_t base = {.parts_count = 0};
    robokassa_base_add(&base, shop->login);
    robokassa_base_add(&base, sum);
    robokassa_base_add(&base, invoice);
    robokassa_base_add_present(&base, payment->currency);
    robokassa_base_add_present(&base, payment->user_ip);
    robokassa_base_add_present(&base, payment->receipt);
    robokassa_base_add_present(&base, hold);
    robokassa_base_add_present(&base, payment->result_url2);
    robokassa_base_add_present(&base, payment->success_url2);
    robokassa_base_add_present(&base, payment->success_url2_method);
    robokassa_base_add_present(&base, payment->fail_url2);
    robokassa_base_add_present(&base, payment->fail_url2_method);
    robokassa_base_add_present(&base, payment->token);
    robokassa_base_add(&base, shop->password1);
    robokassa_base_add_shp(&base, payment->shp, payment->shp_count, ROBOKASSA_ORDER_BYTES);

    add(form, "MerchantLogin", shop->login);
    add(form, "OutSum", sum);
    add_present(form, "InvId", invoice);
    add_present(form, "Description", payment->description);
    add_present(form, "OutSumCurrency", payment->currency);
    add_present(form, "UserIp", payment->user_ip);
    add_present(form, "Receipt", payment->receipt);
    add_present(form, "StepByStep", hold);
    add_present(form, "ResultUrl2", payment->result_url2);
    add_present(form, "SuccessUrl2", payment->success_url2);
    add_present(form, "SuccessUrl2Method", payment->success_url2_method);
    add_present(form, "FailUrl2", payment->fail_url2);
    add_present(form, "FailUrl2Method", payment->fail_url2_method);
    add_present(form, "Token", payment->token);
    add_present(form, "Culture", payment->culture);
    add_present(form, "Email", payment->email);
    add_present(form, "ExpirationDate", payment->expiration);
    add_shp(form, payment->shp, payment->shp_count);
    add(form, "Encoding", SPAN("utf-8"));
    add(form, "SignatureValue", robokassa_base_sign(&base, shop->digest, hex));
    if (payment->recurring)
        add(form, "Recurring", SPAN("true"));
    if (shop->test)
        add(form, "IsTest", SPAN("1"));
}

size_t robokassa_payment_body(const robokassa_shop_t *shop, const robokassa_payment_t *payment,
                              char *buffer, size_t buffer_size)
{
    if (!is_payment(payment))
        return 0;
    body_t form = {writer_on(buffer, buffer_size), 0};
    write_payment(shop, payment, &form);
    return writer_end(&form.writer);
}

size_t robokassa_payment_link(const robokassa_shop_t *shop, const robokassa_payment_t *payment,
                              char *buffer, size_t buffer_size)
{
    if (!is_payment(payment) || shop->payment_url.size == 0)
        return 0;
    body_t form = {writer_on(buffer, buffer_size), shop->payment_url.size + 1};
    writer_text(&form.writer, shop->payment_url);
    writer_string(&form.writer, "?");
    write_payment(shop, payment, &form);
    return writer_end(&form.writer);
}

// PreviousInvoiceID is not signed: only TLS keeps it.
size_t robokassa_charge_body(const robokassa_shop_t *shop, const robokassa_charge_t *charge,
                             char *buffer, size_t buffer_size)
{
    if (shop->test || !is_charge(charge))
        return 0;
    char sum_text[ROBOKASSA_NUMBER_SIZE], invoice_text[ROBOKASSA_NUMBER_SIZE];
    char previous_text[ROBOKASSA_NUMBER_SIZE], hex[DIGEST_HEX_MAX + 1];
    span_t sum = robokassa_number_print_sum(charge->sum, sum_text);
    span_t invoice = robokassa_number_print_invoice(charge->invoice, invoice_text);

    robokassa_base_t base = {.parts_count = 0};
    robokassa_base_add(&base, shop->login);
    robokassa_base_add(&base, sum);
    robokassa_base_add(&base, invoice);
    robokassa_base_add_present(&base, charge->receipt);
    robokassa_base_add(&base, shop->password1);
    robokassa_base_add_shp(&base, charge->shp, charge->shp_count, ROBOKASSA_ORDER_BYTES);

    body_t form = {writer_on(buffer, buffer_size), 0};
    add(&form, "MerchantLogin", shop->login);
    add(&form, "InvoiceID", invoice);
    add(&form, "PreviousInvoiceID",
        robokassa_number_print_invoice(charge->previous_invoice, previous_text));
    add(&form, "OutSum", sum);
    add_present(&form, "Description", charge->description);
    add_present(&form, "Receipt", charge->receipt);
    add_shp(&form, charge->shp, charge->shp_count);
    add(&form, "SignatureValue", robokassa_base_sign(&base, shop->digest, hex));
    return writer_end(&form.writer);
}

size_t robokassa_state_body(const robokassa_shop_t *shop, int64_t invoice, char *buffer,
                            size_t buffer_size)
{
    if (invoice <= 0)
        return 0;
    char invoice_text[ROBOKASSA_NUMBER_SIZE], hex[DIGEST_HEX_MAX + 1];
    span_t number = robokassa_number_print_invoice(invoice, invoice_text);
    robokassa_base_t base = {.parts_count = 0};
    robokassa_base_add(&base, shop->login);
    robokassa_base_add(&base, number);
    robokassa_base_add(&base, shop->password2);

    body_t form = {writer_on(buffer, buffer_size), 0};
    add(&form, "MerchantLogin", shop->login);
    add(&form, "InvoiceID", number);
    add(&form, "Signature", robokassa_base_sign(&base, shop->digest, hex));
    return writer_end(&form.writer);
}
