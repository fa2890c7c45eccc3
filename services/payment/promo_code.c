#include "services/payment/promo_code.h"
#include <assert.h>

#define CONTEXT "kopeck/promo/v1:"

enum { CHECK_BASE = 37, SYMBOLS = 32 };

static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";

// --- what was typed ---

// Cyrillic letters that look like Latin ones, and what stands between groups: read as `sign`, or
// dropped where it is NUL.
static const struct {
    const char *text;
    char sign;
} replaced[] = {
    {"А", 'A'},       {"а", 'A'},       {"В", 'B'},       {"в", 'B'},       {"Е", 'E'},
    {"е", 'E'},       {"К", 'K'},       {"к", 'K'},       {"М", 'M'},       {"м", 'M'},
    {"Н", 'H'},       {"н", 'H'},       {"О", 'O'},       {"о", 'O'},       {"Р", 'P'},
    {"р", 'P'},       {"С", 'C'},       {"с", 'C'},       {"Т", 'T'},       {"т", 'T'},
    {"У", 'Y'},       {"у", 'Y'},       {"Х", 'X'},       {"х", 'X'},       {" ", '\0'},
    {"\t", '\0'},     {"-", '\0'},      {"\u00a0", '\0'}, {"\u2007", '\0'}, {"\u2009", '\0'},
    {"\u202f", '\0'}, {"\u2010", '\0'}, {"\u2011", '\0'}, {"\u2012", '\0'}, {"\u2013", '\0'},
};

// I and L are read as 1 and O as 0, as Crockford's base32 wants it. False for any other sign.
static bool normalise(char c, char *ret_sign)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z'))
        return false;
    *ret_sign = c == 'I' || c == 'L' ? '1' : c == 'O' ? '0' : c;
    return true;
}

// Takes one character; its sign, or NUL where it is dropped. The bytes it had, 0 if it is no sign.
static size_t take(span_t typed, char *ret_sign)
{
    for (size_t i = 0; i < sizeof replaced / sizeof replaced[0]; i++) {
        size_t size = strlen(replaced[i].text);
        if (size > typed.size || memcmp(typed.bytes, replaced[i].text, size) != 0)
            continue;
        *ret_sign = '\0';
        return !replaced[i].sign || normalise(replaced[i].sign, ret_sign) ? size : 0;
    }
    return normalise(typed.bytes[0], ret_sign) ? 1 : 0;
}

static size_t read_signs(span_t typed, promo_code_t *code)
{
    size_t count = 0;
    if (typed.size > PROMO_TYPED_MAX)
        return 0;
    while (typed.size > 0) {
        char sign;
        size_t size = take(typed, &sign);
        if (!size || (sign && count == PROMO_CODE_SIGNS_MAX))
            return 0;
        if (sign)
            code->signs[count++] = sign;
        typed = (span_t){typed.bytes + size, typed.size - size};
    }
    return count;
}

promo_shape_t promo_code_read(span_t typed, promo_code_t *ret_code)
{
    promo_code_t code = {""};
    size_t count = read_signs(typed, &code);
    if (count < PROMO_WORD_SIGNS_MIN)
        return PROMO_SHAPE_NONE;
    *ret_code = code;
    if (count != PROMO_SINGLE_SIGNS)
        return PROMO_SHAPE_WORD;
    char check = promo_code_check((span_t){code.signs, PROMO_SINGLE_SYMBOLS});
    // A U stands for a check symbol that is never given out.
    bool right = check == code.signs[PROMO_SINGLE_SYMBOLS] && check != 'U';
    return right ? PROMO_SHAPE_SINGLE : PROMO_SHAPE_WRONG;
}

// --- single-use codes ---

char promo_code_check(span_t digits)
{
    size_t value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        const char *at = memchr(symbols, digits.bytes[i], SYMBOLS);
        if (!at)
            return '\0';
        value = (value * SYMBOLS + (size_t)(at - symbols)) % CHECK_BASE;
    }
    return symbols[value];
}

bool promo_code_make(uint64_t random, promo_code_t *ret_code)
{
    promo_code_t code = {""};
    for (size_t i = PROMO_SINGLE_SYMBOLS; i-- > 0; random /= SYMBOLS)
        code.signs[i] = symbols[random % SYMBOLS];
    char check = promo_code_check((span_t){code.signs, PROMO_SINGLE_SYMBOLS});
    if (!memchr(symbols, check, SYMBOLS))
        return false;
    code.signs[PROMO_SINGLE_SYMBOLS] = check;
    *ret_code = code;
    return true;
}

void promo_code_show(const promo_code_t *single, char ret_shown[PROMO_SHOWN_SIZE])
{
    enum { GROUP = 4 };
    size_t size = 0;
    assert(strlen(single->signs) == PROMO_SINGLE_SIGNS);
    for (size_t i = 0; i < PROMO_SINGLE_SIGNS; i++) {
        if (i && i % GROUP == 0)
            ret_shown[size++] = '-';
        ret_shown[size++] = single->signs[i];
    }
    ret_shown[size] = '\0';
}

hash_t promo_code_hmac(const promo_key_t *key, const promo_code_t *code)
{
    char message[sizeof CONTEXT + PROMO_CODE_SIZE] = CONTEXT;
    uint8_t digest[DIGEST_SIZE_MAX];
    hash_t hmac;
    size_t size = strlen(code->signs);
    memcpy(message + sizeof CONTEXT - 1, code->signs, size);
    (void)digest_hmac(DIGEST_SHA256, key->bytes, PROMO_KEY_SIZE, message, sizeof CONTEXT - 1 + size,
                      digest);
    memcpy(hmac.bytes, digest, sizeof hmac.bytes);
    return hmac;
}
