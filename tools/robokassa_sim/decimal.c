#include "tools/robokassa_sim/decimal.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DECIMALS_MAX 6

bool decimal_parse_integer(const char *text, int64_t *ret_number)
{
    int64_t number = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *text - '0', &number))
            return false;
    }
    *ret_number = number;
    return true;
}

bool decimal_parse(const char *text, int64_t *ret_kopecks)
{
    size_t rubles = strspn(text, "0123456789");
    if (rubles == 0 || rubles > DECIMAL_RUBLES_DIGITS_MAX)
        return false;
    const char *decimals = text + rubles;
    size_t count = 0;
    if (*decimals == '.') {
        decimals++;
        count = strspn(decimals, "0123456789");
        if (count == 0 || count > DECIMALS_MAX)
            return false;
    }
    if (decimals[count])
        return false;
    int64_t kopecks = 0;
    for (size_t i = 0; i < rubles; i++)
        kopecks = kopecks * 10 + (text[i] - '0');
    for (size_t i = 0; i < 2; i++)
        kopecks = kopecks * 10 + (i < count ? decimals[i] - '0' : 0);
    for (size_t i = 2; i < count; i++)
        if (decimals[i] != '0')
            return false;
    *ret_kopecks = kopecks;
    return true;
}

void decimal_print(int64_t kopecks, int decimals, char ret_text[DECIMAL_TEXT_MAX])
{
    assert(kopecks >= 0);
    assert(decimals >= 2);
    assert(decimals <= DECIMALS_MAX);
    snprintf(ret_text, DECIMAL_TEXT_MAX, "%" PRId64 ".%02d%.*s", kopecks / 100,
             (int)(kopecks % 100), decimals - 2, "0000");
}

bool decimal_of_json(const json_t *value, int64_t *ret_kopecks)
{
    char text[DECIMAL_TEXT_MAX];
    if (json_is_integer(value))
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value) && json_real_value(value) < 1e9)
        snprintf(text, sizeof text, "%.6f", json_real_value(value));
    else
        return false;
    return decimal_parse(text, ret_kopecks);
}
