#include "tools/robokassa_sim/receipt.h"
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/form.h"
#include "tools/robokassa_sim/text.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define POSITIONS_MAX 100
#define NAME_BYTES_MAX (128 * 4)
#define ENCODINGS_MAX 2

static bool number(const json_t *value, int64_t *ret_hundredths)
{
    return json_is_string(value) ? decimal_parse(json_string_value(value), ret_hundredths)
                                 : decimal_of_json(value, ret_hundredths);
}

static bool position(const json_t *item, int64_t *ret_kopecks)
{
    const char *name = json_string_value(json_object_get(item, "name"));
    int64_t quantity, cost;
    if (!name || !*name || strlen(name) > NAME_BYTES_MAX ||
        !json_is_string(json_object_get(item, "tax")) ||
        !number(json_object_get(item, "quantity"), &quantity))
        return false;
    if (number(json_object_get(item, "sum"), ret_kopecks))
        return true;
    int64_t product;
    if (!number(json_object_get(item, "cost"), &cost) ||
        __builtin_mul_overflow(cost, quantity, &product) || product % 100)
        return false;
    *ret_kopecks = product / 100;
    return true;
}

static bool sums(const json_t *receipt, int64_t amount_kopecks)
{
    const json_t *items = json_object_get(receipt, "items");
    size_t count = json_array_size(items);
    if (count == 0 || count > POSITIONS_MAX)
        return false;
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t kopecks;
        if (!position(json_array_get(items, i), &kopecks) ||
            __builtin_add_overflow(sum, kopecks, &sum))
            return false;
    }
    return sum == amount_kopecks;
}

bool receipt_sums(const char *text, int64_t amount_kopecks)
{
    char *json = text_copy(text);
    bool good = false;
    for (int i = 0; json && *json == '%' && i < ENCODINGS_MAX; i++) {
        char *decoded = form_unescape(json, strlen(json), true);
        free(json);
        json = decoded;
    }
    json_t *receipt = json ? json_loads(json, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (receipt)
        good = sums(receipt, amount_kopecks);
    json_decref(receipt);
    free(json);
    return good;
}
