#include "services/payment/promo_keys.h"

enum { VERSION_MAX = 255, DIGITS = 2 * PROMO_KEY_SIZE };

static bool take(span_t *text, char c)
{
    if (text->size == 0 || text->bytes[0] != c)
        return false;
    *text = (span_t){text->bytes + 1, text->size - 1};
    return true;
}

static bool take_version(span_t *text, uint8_t *ret_version)
{
    unsigned version = 0;
    while (text->size && text->bytes[0] >= '0' && text->bytes[0] <= '9' && version <= VERSION_MAX) {
        version = version * 10 + (unsigned)(text->bytes[0] - '0');
        (void)take(text, text->bytes[0]);
    }
    *ret_version = (uint8_t)version;
    return version >= 1 && version <= VERSION_MAX && take(text, ':');
}

static bool take_key(span_t *text, uint8_t ret_bytes[PROMO_KEY_SIZE])
{
    if (text->size < DIGITS)
        return false;
    for (size_t i = 0; i < PROMO_KEY_SIZE; i++) {
        int high = digest_hex_value(text->bytes[2 * i]);
        int low = digest_hex_value(text->bytes[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
    *text = (span_t){text->bytes + DIGITS, text->size - DIGITS};
    return true;
}

bool promo_keys_read(span_t text, promo_keys_t *ret_keys, const char **ret_wrong)
{
    promo_keys_t keys = {.count = 0};
    uint8_t before = 0;
    do {
        promo_key_t *key = &keys.keys[keys.count];
        *ret_wrong = "at most 4 keys";
        if (keys.count == PROMO_KEYS_MAX)
            return false;
        *ret_wrong = "VERSION:KEY, the version 1 to 255, the key 64 hexadecimal digits";
        if (!take_version(&text, &key->version) || !take_key(&text, key->bytes))
            return false;
        *ret_wrong = "versions that ascend";
        if (key->version <= before)
            return false;
        before = key->version;
        keys.count++;
    } while (take(&text, ' '));
    *ret_wrong = "single blanks between keys, and nothing behind the last one";
    if (text.size)
        return false;
    *ret_keys = keys;
    *ret_wrong = NULL;
    return true;
}
