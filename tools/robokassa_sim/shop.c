#include "tools/robokassa_sim/shop.h"
#include "tools/robokassa_sim/text.h"
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void shop_clear(shop_t *self)
{
    char *const strings[] = {self->login,      self->password1,      self->password2,
                             self->password3,  self->test_password1, self->test_password2,
                             self->result_url, self->success_url,    self->fail_url};
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
        if (strings[i]) {
            OPENSSL_cleanse(strings[i], strlen(strings[i]));
            free(strings[i]);
        }
    *self = (shop_t){0};
}

static int compare_ordinal(const void *a, const void *b)
{
    const form_field_t *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static int compare_nocase(const void *a, const void *b)
{
    const form_field_t *x = a, *y = b;
    return strcasecmp(x->name, y->name);
}

// As if each field were the string "name=value".
static int compare_pairs(const void *a, const void *b)
{
    const form_field_t *x = a, *y = b;
    size_t nx = strlen(x->name), ny = strlen(y->name), common = nx < ny ? nx : ny;
    int difference = memcmp(x->name, y->name, common);
    if (difference)
        return difference;
    if (nx == ny)
        return strcmp(x->value, y->value);
    return nx < ny ? '=' - (unsigned char)y->name[common] : (unsigned char)x->name[common] - '=';
}

char *shop_shp(const shop_t *self, const form_t *form)
{
    form_field_t fields[FORM_FIELDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < form->count; i++)
        if (strncasecmp(form->fields[i].name, "Shp_", 4) == 0)
            fields[count++] = form->fields[i];
    static int (*const COMPARE[])(const void *, const void *) = {
        [SHOP_ORDER_ORDINAL] = compare_ordinal,
        [SHOP_ORDER_NOCASE] = compare_nocase,
        [SHOP_ORDER_PAIRS] = compare_pairs,
    };
    if (count)
        qsort(fields, count, sizeof fields[0], COMPARE[self->shp_order]);
    text_t text;
    text_open(&text);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? "&" : "", text.file);
        text_put_encoded(text.file, fields[i].name);
        fputc('=', text.file);
        text_put_encoded(text.file, fields[i].value);
    }
    return text_take(&text);
}

char *shop_base(const char *const *parts, const char *shp)
{
    text_t text;
    text_open(&text);
    for (size_t i = 0; parts[i]; i++)
        fprintf(text.file, "%s%s", i ? ":" : "", parts[i]);
    form_t form = {0};
    if (shp && form_decode(&form, shp, strlen(shp)))
        for (size_t i = 0; i < form.count; i++)
            fprintf(text.file, ":%s=%s", form.fields[i].name, form.fields[i].value);
    form_clear(&form);
    return text_take(&text);
}

void shop_base_free(char *base)
{
    if (base)
        OPENSSL_cleanse(base, strlen(base));
    free(base);
}

void shop_sign(const shop_t *self, char *base, bool upper, char ret_hex[DIGEST_HEX_MAX])
{
    digest_hex(self->hash, base, upper, ret_hex);
    shop_base_free(base);
}

bool shop_signed(const shop_t *self, char *base, const char *signature)
{
    char hex[DIGEST_HEX_MAX];
    shop_sign(self, base, false, hex);
    return signature && digest_equal(hex, signature);
}
