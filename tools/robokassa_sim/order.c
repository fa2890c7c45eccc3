#include "tools/robokassa_sim/order.h"
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/receipt.h"
#include "tools/robokassa_sim/text.h"
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define DESCRIPTION_CHARS_MAX 100
#define SHP_CHARS_MAX 2048
#define BASE_PARTS_MAX 16
#define MOSCOW_OFFSET_S (3 * 3600)

static const char *const LOGIN[] = {"MerchantLogin", "MrchLogin", NULL};
static const char *const OUT_SUM[] = {"OutSum", "out_summ", NULL};
static const char *const INVOICE[] = {"InvId", "InvoiceID", "inv_id", NULL};
static const char *const SIGNATURE[] = {"SignatureValue", "crc", NULL};

bool order_parse_time(const char *text, int64_t *ret_us)
{
    struct tm tm = {0};
    const char *at = strptime(text, "%Y-%m-%dT%H:%M", &tm);
    if (!at)
        return false;
    int64_t fraction_us = 0;
    if (*at == ':') {
        at = strptime(at, ":%S", &tm);
        if (!at)
            return false;
        if (*at == '.') {
            size_t digits = strspn(++at, "0123456789");
            if (digits < 1 || digits > 7)
                return false;
            for (size_t i = 0; i < 6; i++)
                fraction_us = fraction_us * 10 + (i < digits ? at[i] - '0' : 0);
            at += digits;
        }
    }
    int64_t offset_s = MOSCOW_OFFSET_S;
    if (strcmp(at, "Z") == 0) {
        offset_s = 0;
    } else if (*at) {
        struct tm zone = {0};
        const char *end = *at == '+' || *at == '-' ? strptime(at + 1, "%H", &zone) : NULL;
        if (end && *end == ':')
            end++;
        end = end ? strptime(end, "%M", &zone) : NULL;
        if (!end || *end)
            return false;
        offset_s = (zone.tm_hour * 3600 + zone.tm_min * 60) * (*at == '-' ? -1 : 1);
    }
    *ret_us = ((int64_t)timegm(&tm) - offset_s) * 1000000 + fraction_us;
    return true;
}

// An absent modifier and an empty one are the same.
static const char *modifier(const form_t *form, const char *name)
{
    const char *value = FORM_GET(form, name);
    return value && *value ? value : NULL;
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

static bool url_absolute(const char *url)
{
    return !url || strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

static bool method_fits(const char *url, const char *method)
{
    if (!url)
        return !method;
    return url_absolute(url) && method && (!strcmp(method, "GET") || !strcmp(method, "POST"));
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static void read_fields(order_t *self, order_kind_t kind, const shop_t *shop, const form_t *form)
{
    *self = (order_t){
        .login = text_or_empty(form_get(form, LOGIN)),
        .out_sum = text_or_empty(form_get(form, OUT_SUM)),
        .invoice_text = text_or_empty(form_get(form, INVOICE)),
        .signature = text_or_empty(form_get(form, SIGNATURE)),
        .currency = modifier(form, "OutSumCurrency"),
        .user_ip = modifier(form, "UserIp"),
        .receipt = modifier(form, "Receipt"),
        .result_url2 = modifier(form, "ResultUrl2"),
        .success_url2 = modifier(form, "SuccessUrl2"),
        .success_method = modifier(form, "SuccessUrl2Method"),
        .fail_url2 = modifier(form, "FailUrl2"),
        .fail_method = modifier(form, "FailUrl2Method"),
        .token = modifier(form, "Token"),
        .description = text_or_empty(FORM_GET(form, "Description", "Desc")),
        .email = modifier(form, "Email"),
        .culture = modifier(form, "Culture"),
        .label = modifier(form, "IncCurrLabel"),
        .expiration = modifier(form, "ExpirationDate"),
        .previous_text = modifier(form, "PreviousInvoiceID"),
        .test_text = modifier(form, "IsTest"),
        .recurring_text = modifier(form, "Recurring"),
    };
    self->recurring = self->recurring_text && strcasecmp(self->recurring_text, "true") == 0;
    const char *step = modifier(form, "StepByStep");
    self->step_by_step = kind == ORDER_START && step && strcasecmp(step, "true") == 0;
    self->test = kind == ORDER_START && self->test_text && strcmp(self->test_text, "0") != 0;
    self->shp = shop_shp(shop, form);
}

static bool repeated(const form_t *form)
{
    return form_count(form, LOGIN) > 1 || form_count(form, OUT_SUM) > 1 ||
           form_count(form, INVOICE) > 1 || form_count(form, SIGNATURE) > 1;
}

// No signed field twice, text in UTF-8, and not too much of the shop's own.
static bool well_formed(const form_t *form)
{
    size_t shp = 0;
    for (size_t i = 0; i < form->count; i++) {
        json_t *name = json_string(form->fields[i].name);
        json_t *value = json_string(form->fields[i].value);
        bool utf8 = name && value;
        json_decref(name);
        json_decref(value);
        if (!utf8)
            return false;
        if (strncasecmp(form->fields[i].name, "Shp_", 4) == 0)
            shp += characters(form->fields[i].name) + characters(form->fields[i].value) + 1;
    }
    return shp <= SHP_CHARS_MAX && !repeated(form);
}

static char *decoded(const char *value, bool lenient)
{
    if (!value)
        return NULL;
    char *once_more = lenient ? form_unescape(value, strlen(value), true) : NULL;
    return once_more ? once_more : text_copy(value);
}

char *order_base(const order_t *self, order_kind_t kind, const shop_t *shop, bool lenient)
{
    const char *password = self->test ? shop->test_password1 : shop->password1;
    if (kind == ORDER_CANCEL)
        return SHOP_BASE(NULL, self->login, "", self->invoice_text, password);
    const char *parts[BASE_PARTS_MAX] = {self->login, self->out_sum, self->invoice_text};
    size_t count = 3;
    char *receipt = decoded(self->receipt, lenient);
    if (kind == ORDER_CONFIRM) {
        if (receipt)
            parts[count++] = receipt;
        parts[count++] = password;
        char *base = shop_base(parts, NULL);
        free(receipt);
        return base;
    }
    char *urls[] = {decoded(self->result_url2, lenient), decoded(self->success_url2, lenient),
                    decoded(self->fail_url2, lenient)};
    // A child is signed as a start is; it has only the receipt and, if any, ResultUrl2.
    bool start = kind == ORDER_START;
    const char *const modifiers[] = {
        start ? self->currency : NULL,
        start ? self->user_ip : NULL,
        receipt,
        self->step_by_step ? "true" : NULL,
        urls[0],
        start ? urls[1] : NULL,
        start ? self->success_method : NULL,
        start ? urls[2] : NULL,
        start ? self->fail_method : NULL,
        start ? self->token : NULL,
    };
    for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++)
        if (modifiers[i])
            parts[count++] = modifiers[i];
    parts[count++] = password;
    assert(count < BASE_PARTS_MAX);
    char *base = shop_base(parts, self->shp);
    free(receipt);
    for (size_t i = 0; i < 3; i++)
        free(urls[i]);
    return base;
}

static refusal_t check_shop(const order_t *self, const shop_t *shop)
{
    if (strcmp(self->login, shop->login) != 0)
        return REFUSAL_NO_SHOP;
    if (self->test)
        return shop->test_password1 && shop->test_password2 ? REFUSAL_NONE
                                                            : REFUSAL_NO_TEST_SETTINGS;
    return shop->active ? REFUSAL_NONE : REFUSAL_NOT_ACTIVE;
}

static refusal_t check_invoice(order_t *self, order_kind_t kind, const form_t *form)
{
    if (*self->invoice_text && !decimal_parse_integer(self->invoice_text, &self->invoice))
        return REFUSAL_INVOICE;
    if (kind != ORDER_START && self->invoice == 0)
        return REFUSAL_INVOICE;
    if (!well_formed(form) || characters(self->description) > DESCRIPTION_CHARS_MAX)
        return REFUSAL_INVOICE;
    if (!url_absolute(self->result_url2) ||
        !method_fits(self->success_url2, self->success_method) ||
        !method_fits(self->fail_url2, self->fail_method))
        return REFUSAL_INVOICE;
    if (self->expiration && !order_parse_time(self->expiration, &self->expires_us))
        return REFUSAL_INVOICE;
    if (kind != ORDER_CANCEL && self->receipt && !receipt_sums(self->receipt, self->amount_kopecks))
        return REFUSAL_INVOICE;
    return REFUSAL_NONE;
}

static refusal_t check_start(const order_t *self, const shop_t *shop)
{
    if (self->recurring) {
        if (!shop->recurring)
            return REFUSAL_RECURRING_FORBIDDEN;
        if (self->label || self->expiration || self->step_by_step || self->token)
            return REFUSAL_RECURRING_PARAMETERS;
    }
    if (self->step_by_step) {
        if (!shop->hold)
            return REFUSAL_HOLD_FORBIDDEN;
        if (self->token)
            return REFUSAL_HOLD_PARAMETERS;
    }
    return REFUSAL_NONE;
}

static refusal_t check_child(order_t *self, const shop_t *shop)
{
    if (!shop->recurring)
        return REFUSAL_RECURRING_FORBIDDEN;
    if (!self->previous_text || !decimal_parse_integer(self->previous_text, &self->previous))
        return REFUSAL_RECURRING_PARAMETERS;
    if (self->recurring_text || self->label || self->expiration || self->test_text)
        return REFUSAL_RECURRING_PARAMETERS;
    return REFUSAL_NONE;
}

refusal_t order_read(order_t *self, order_kind_t kind, const shop_t *shop, const form_t *form)
{
    read_fields(self, kind, shop, form);
    refusal_t refusal = check_shop(self, shop);
    if (refusal)
        return refusal;
    if (kind != ORDER_CANCEL &&
        (!decimal_parse(self->out_sum, &self->amount_kopecks) || self->amount_kopecks == 0))
        return REFUSAL_AMOUNT;
    refusal = check_invoice(self, kind, form);
    if (refusal)
        return refusal;
    bool fits =
        shop_signed(shop, order_base(self, kind, shop, false), self->signature) ||
        (shop->lenient && shop_signed(shop, order_base(self, kind, shop, true), self->signature));
    if (!fits)
        return REFUSAL_SIGNATURE;
    switch (kind) {
    case ORDER_START:
        return check_start(self, shop);
    case ORDER_CHILD:
        return check_child(self, shop);
    case ORDER_CONFIRM:
    case ORDER_CANCEL:
        return shop->hold ? REFUSAL_NONE : REFUSAL_HOLD_FORBIDDEN;
    }
    return REFUSAL_NONE;
}

void order_clear(order_t *self)
{
    free(self->shp);
    *self = (order_t){0};
}
