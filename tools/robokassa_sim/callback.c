#include "tools/robokassa_sim/callback.h"
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/text.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define MOSCOW_OFFSET_S (3 * 3600)
#define WRONG_BY_KOPECKS 100

// Live sums have six decimals; test mode echoes the sum as it was sent.
static void sum_text(const operation_t *o, int64_t kopecks, char ret_text[DECIMAL_TEXT_MAX])
{
    if (o->test && kopecks == o->amount_kopecks)
        snprintf(ret_text, DECIMAL_TEXT_MAX, "%s", o->out_sum);
    else
        decimal_print(kopecks, o->test ? 2 : 6, ret_text);
}

static void sign(const operation_t *o, const shop_t *shop, const char *sum, const char *password,
                 bool upper, char ret_hex[DIGEST_HEX_MAX])
{
    char invoice[32];
    snprintf(invoice, sizeof invoice, "%" PRId64, o->invoice);
    shop_sign(shop, SHOP_BASE(o->shp, sum, invoice, password), upper, ret_hex);
}

char *callback_result(const operation_t *o, const shop_t *shop, const callback_style_t *style,
                      callback_damage_t damage)
{
    char sum[DECIMAL_TEXT_MAX], fee[DECIMAL_TEXT_MAX], hex[DIGEST_HEX_MAX];
    int64_t kopecks = o->amount_kopecks + (damage == CALLBACK_WRONG_AMOUNT ? WRONG_BY_KOPECKS : 0);
    sum_text(o, kopecks, sum);
    decimal_print((int64_t)((__int128)kopecks * style->fee_ppm / 1000000), 6, fee);
    sign(o, shop, sum, o->test ? shop->test_password2 : shop->password2, true, hex);
    if (damage == CALLBACK_WRONG_SIGNATURE)
        hex[0] = hex[0] == '0' ? '1' : '0';
    text_t text;
    text_open(&text);
    fprintf(text.file,
            "out_summ=%s&OutSum=%s&inv_id=%" PRId64 "&InvId=%" PRId64
            "&crc=%s&SignatureValue=%s&PaymentMethod=BankCard&IncSum=%s"
            "&IncCurrLabel=BankCardPSR",
            sum, sum, o->invoice, o->invoice, hex, hex, sum);
    if (o->test) {
        fputs("&IsTest=1&EMail=&Fee=0.0", text.file);
    } else {
        fputs("&EMail=", text.file);
        text_put_encoded(text.file, *o->email ? o->email : style->payer_email);
        fprintf(text.file, "&Fee=%s", fee);
    }
    fprintf(text.file, "%s%s", *o->shp ? "&" : "", o->shp);
    return text_take(&text);
}

static char *redirect(const operation_t *o, const char *sum, const char *hex)
{
    text_t text;
    text_open(&text);
    fprintf(text.file, "inv_id=%" PRId64 "&InvId=%" PRId64 "&out_summ=%s&OutSum=%s", o->invoice,
            o->invoice, sum, sum);
    if (hex)
        fprintf(text.file, "&crc=%s&SignatureValue=%s", hex, hex);
    fprintf(text.file, "&Culture=%s%s%s%s", o->culture, o->test ? "&IsTest=1" : "",
            *o->shp ? "&" : "", o->shp);
    return text_take(&text);
}

char *callback_success(const operation_t *o, const shop_t *shop)
{
    char sum[DECIMAL_TEXT_MAX], hex[DIGEST_HEX_MAX];
    sum_text(o, o->amount_kopecks, sum);
    sign(o, shop, sum, o->test ? shop->test_password1 : shop->password1, false, hex);
    return redirect(o, sum, hex);
}

char *callback_fail(const operation_t *o)
{
    char sum[DECIMAL_TEXT_MAX];
    sum_text(o, o->amount_kopecks, sum);
    return redirect(o, sum, NULL);
}

char *callback_state(const operation_t *o, const shop_t *shop, int64_t now_us)
{
    char sum[DECIMAL_TEXT_MAX], time[32], invoice[32];
    decimal_print(o->amount_kopecks, 2, sum);
    snprintf(time, sizeof time, "%" PRId64, now_us / 1000000);
    snprintf(invoice, sizeof invoice, "%" PRId64, o->invoice);
    json_t *json =
        json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "header", "type",
                  "PaymentStateNotification", "version", "1.0.0", "timestamp", time, "data", "shop",
                  shop->login, "opKey", o->op_key, "invId", invoice, "paymentMethod", "BankCard",
                  "incSum", sum, "state", o->state == OPERATION_HELD ? "HOLD" : "OK");
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static void put_time(FILE *out, const char *name, int64_t time_us)
{
    struct tm tm;
    char text[32];
    time_t seconds = (time_t)(time_us / 1000000) + MOSCOW_OFFSET_S;
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    fprintf(out, "<%s>%s.%06d0+03:00</%s>", name, text, (int)(time_us % 1000000), name);
}

static void put_operation(FILE *out, const operation_t *o, const callback_style_t *style,
                          int64_t now_us)
{
    char sum[DECIMAL_TEXT_MAX];
    decimal_print(o->amount_kopecks, 6, sum);
    fprintf(out, "<State><Code>%" PRId64 "</Code>", o->state);
    put_time(out, "RequestDate", now_us);
    put_time(out, "StateDate", o->state_us);
    fprintf(out,
            "</State><Info><IncCurrLabel>BankCardPSR</IncCurrLabel><IncSum>%s</IncSum>"
            "<IncAccount>411111******1111</IncAccount><PaymentMethod><Code>BankCard</Code>"
            "<Description>Bank card</Description></PaymentMethod><OutCurrLabel>RUR</OutCurrLabel>"
            "<OutSum>%s</OutSum><OpKey>%s</OpKey><BankCardRRN>%012" PRId64 "</BankCardRRN></Info>",
            sum, sum, o->op_key, o->id);
    form_t shp = {0};
    if (*o->shp && form_decode(&shp, o->shp, strlen(o->shp))) {
        const char *element = style->user_fields ? "UserFields" : "UserField";
        fprintf(out, "<%s>", element);
        for (size_t i = 0; i < shp.count; i++) {
            fputs("<Field><Name>", out);
            text_put_escaped(out, shp.fields[i].name);
            fputs("</Name><Value>", out);
            text_put_escaped(out, shp.fields[i].value);
            fputs("</Value></Field>", out);
        }
        fprintf(out, "</%s>", element);
    }
    form_clear(&shp);
}

char *callback_xml(int result, const operation_t *o, const callback_style_t *style, int64_t now_us)
{
    const char *description = result == 0   ? "Ok"
                              : result == 1 ? "Invalid signature"
                              : result == 2 ? "Shop not found or not active"
                              : result == 3 ? "Operation not found"
                              : result == 4 ? "Two operations with this InvoiceID"
                                            : "Internal error";
    text_t text;
    text_open(&text);
    fprintf(text.file,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<OperationStateResponse xmlns=\"%s\">"
            "<Result><Code>%d</Code><Description>%s</Description></Result>",
            style->legacy_namespace ? "http://merchant.roboxchange.com/WebService/"
                                    : "http://auth.robokassa.ru/Merchant/WebService/",
            result, description);
    if (result == 0)
        put_operation(text.file, o, style, now_us);
    fputs("</OperationStateResponse>\n", text.file);
    return text_take(&text);
}

bool callback_accepted(const operation_t *o, long status, const char *body)
{
    char want[32];
    int size = snprintf(want, sizeof want, "OK%" PRId64, o->invoice);
    if (status != 200 || strncasecmp(body, want, (size_t)size) != 0)
        return false;
    return strspn(body + size, " \t\r\n") == strlen(body + size);
}
