#include "services/robokassa/robokassa_notice.h"

typedef struct {
    span_t sum, invoice, signature;
} signed_t;

// Parameter names are known in any case.
static const form_field_t *find(const form_t *form, const char *name)
{
    for (size_t i = 0; i < form->fields_count; i++) {
        if (span_is_any_case(form->fields[i].name, span_of(name)))
            return &form->fields[i];
    }
    return NULL;
}

static span_t value_of(const form_t *form, const char *name)
{
    const form_field_t *field = find(form, name);
    return field ? field->value : SPAN("");
}

static bool is_signed(span_t name)
{
    return robokassa_base_is_shp(name) || span_is_any_case(name, SPAN("OutSum")) ||
           span_is_any_case(name, SPAN("InvId")) || span_is_any_case(name, SPAN("SignatureValue"));
}

// Which of two is meant, one reader would say this and another that.
static bool has_repeated(const form_t *form)
{
    for (size_t i = 0; i < form->fields_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (is_signed(form->fields[i].name) &&
                span_is_any_case(form->fields[i].name, form->fields[k].name))
                return true;
        }
    }
    return false;
}

static robokassa_verdict_t collect(const form_t *form, signed_t *ret_signed)
{
    signed_t found = {.sum = value_of(form, "OutSum"),
                      .invoice = value_of(form, "InvId"),
                      .signature = value_of(form, "SignatureValue")};
    if (has_repeated(form))
        return ROBOKASSA_FIELD_REPEATED;
    if (found.sum.size == 0 || found.invoice.size == 0)
        return ROBOKASSA_FIELD_MISSING;
    *ret_signed = found;
    return ROBOKASSA_AUTHENTIC;
}

static robokassa_verdict_t read_values(const form_t *form, const signed_t *texts,
                                       robokassa_notice_t *ret_notice)
{
    robokassa_notice_t notice = {.invoice = 0};
    if (!robokassa_number_parse_sum(texts->sum, &notice.sum))
        return ROBOKASSA_SUM_INVALID;
    if (!robokassa_number_parse_invoice(texts->invoice, &notice.invoice))
        return ROBOKASSA_INVOICE_INVALID;
    notice.has_fee = robokassa_number_parse_sum(value_of(form, "Fee"), &notice.fee);
    *ret_notice = notice;
    return ROBOKASSA_AUTHENTIC;
}

static bool is_live_flag(span_t is_test)
{
    return is_test.size == 0 || span_is(is_test, SPAN("0"));
}

// Compares with the signature by one password in both orders; no answer comes early.
static bool matches(digest_t digest, const form_t *form, const signed_t *texts, span_t password,
                    const uint8_t *signature)
{
    bool match = false;
    for (int order = 0; order < ROBOKASSA_ORDERS; order++) {
        robokassa_base_t base = {.parts_count = 0};
        robokassa_base_add(&base, texts->sum);
        robokassa_base_add(&base, texts->invoice);
        robokassa_base_add(&base, password);
        robokassa_base_add_shp(&base, form->fields, form->fields_count, (robokassa_order_t)order);
        uint8_t expected[DIGEST_SIZE_MAX];
        size_t size = robokassa_base_digest(&base, digest, expected);
        match |= digest_equal(expected, signature, size);
    }
    return match;
}

static robokassa_verdict_t verify(const robokassa_shop_t *shop, const form_t *form,
                                  const span_t *passwords, size_t passwords_count,
                                  robokassa_notice_t *ret_notice)
{
    signed_t texts;
    robokassa_verdict_t verdict = collect(form, &texts);
    if (verdict)
        return verdict;
    if (texts.signature.size == 0)
        return ROBOKASSA_FIELD_MISSING;
    if (!shop->test && !is_live_flag(value_of(form, "IsTest")))
        return ROBOKASSA_TEST_REFUSED;

    uint8_t signature[DIGEST_SIZE_MAX];
    if (!digest_unhex(texts.signature.bytes, texts.signature.size, digest_size(shop->digest),
                      signature))
        return ROBOKASSA_SIGNATURE_INVALID;
    bool match = false;
    for (size_t i = 0; i < passwords_count; i++) {
        if (passwords[i].size > 0) // an absent password would be one everybody knows
            match |= matches(shop->digest, form, &texts, passwords[i], signature);
    }
    if (!match)
        return ROBOKASSA_SIGNATURE_WRONG;
    return read_values(form, &texts, ret_notice);
}

robokassa_verdict_t robokassa_notice_verify(const robokassa_shop_t *shop, const form_t *form,
                                            robokassa_notice_t *ret_notice)
{
    const span_t passwords[] = {shop->password2, shop->password2_other};
    return verify(shop, form, passwords, 2, ret_notice);
}

robokassa_verdict_t robokassa_notice_verify_success(const robokassa_shop_t *shop,
                                                    const form_t *form,
                                                    robokassa_notice_t *ret_notice)
{
    return verify(shop, form, &shop->password1, 1, ret_notice);
}

bool robokassa_notice_read_fail(const form_t *form, robokassa_notice_t *ret_notice)
{
    signed_t texts;
    return !collect(form, &texts) && !read_values(form, &texts, ret_notice);
}

bool robokassa_notice_field(const form_t *form, span_t name, span_t *ret_value)
{
    for (size_t i = 0; i < form->fields_count; i++) {
        if (span_is(form->fields[i].name, name)) {
            *ret_value = form->fields[i].value;
            return true;
        }
    }
    return false;
}
