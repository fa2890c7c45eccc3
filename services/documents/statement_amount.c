#include "services/documents/statement_amount.h"
#include "services/documents/statement_text.h"

bool statement_amount_parse(span_t text, kopecks_t *ret_amount)
{
    kopecks_t amount = 0;
    size_t digits = 0, decimals = 0;
    bool point = false;
    while (text.size > 0) {
        size_t blank = statement_text_blank(text);
        char c = text.bytes[0];
        text = (span_t){text.bytes + (blank ? blank : 1), text.size - (blank ? blank : 1)};
        if (blank)
            continue;
        if (c == '.' || c == ',') {
            if (point || digits == 0)
                return false;
            point = true;
            continue;
        }
        if (c < '0' || c > '9' || decimals == 2 || !money_multiply(amount, 10, &amount) ||
            !money_add(amount, c - '0', &amount))
            return false;
        digits++;
        decimals += point;
    }
    if (digits == 0 || (point && decimals == 0))
        return false;
    for (; decimals < 2; decimals++)
        if (!money_multiply(amount, 10, &amount))
            return false;
    if (amount > POSTING_AMOUNT_MAX)
        return false;
    *ret_amount = amount;
    return true;
}

bool statement_amount_parse_balance(span_t text, kopecks_t *ret_balance)
{
    text = statement_text_trim(text);
    bool below = text.size > 0 && text.bytes[0] == '-';
    kopecks_t amount;
    if (!statement_amount_parse((span_t){text.bytes + below, text.size - below}, &amount))
        return false;
    *ret_balance = below ? -amount : amount;
    return true;
}
