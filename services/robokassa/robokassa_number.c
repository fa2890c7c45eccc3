#include "services/robokassa/robokassa_number.h"
#include <inttypes.h>
#include <stdio.h>

span_t robokassa_number_print_sum(kopecks_t sum, char ret_text[ROBOKASSA_NUMBER_SIZE])
{
    assert(sum >= 0);
    int size =
        snprintf(ret_text, ROBOKASSA_NUMBER_SIZE, "%" PRId64 ".%02" PRId64, sum / 100, sum % 100);
    return (span_t){ret_text, (size_t)size};
}

span_t robokassa_number_print_invoice(int64_t invoice, char ret_text[ROBOKASSA_NUMBER_SIZE])
{
    assert(invoice >= 0);
    int size = snprintf(ret_text, ROBOKASSA_NUMBER_SIZE, "%" PRId64, invoice);
    return (span_t){ret_text, (size_t)size};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool append_digit(int64_t *number, char digit)
{
    return money_multiply(*number, 10, number) && money_add(*number, digit - '0', number);
}

bool robokassa_number_parse(span_t text, int64_t *ret_number)
{
    if (text.size == 0 || (text.size > 1 && text.bytes[0] == '0'))
        return false;
    int64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.bytes[i]) || !append_digit(&number, text.bytes[i]))
            return false;
    }
    *ret_number = number;
    return true;
}

bool robokassa_number_parse_invoice(span_t text, int64_t *ret_invoice)
{
    int64_t invoice;
    if (!robokassa_number_parse(text, &invoice) || invoice == 0)
        return false;
    *ret_invoice = invoice;
    return true;
}

bool robokassa_number_parse_sum(span_t text, kopecks_t *ret_sum)
{
    const char *dot = text.size ? memchr(text.bytes, '.', text.size) : NULL;
    size_t whole_size = dot ? (size_t)(dot - text.bytes) : text.size;
    size_t decimals = dot ? text.size - whole_size - 1 : 0;
    kopecks_t sum;
    if (!robokassa_number_parse((span_t){text.bytes, whole_size}, &sum) || (dot && decimals == 0) ||
        decimals > ROBOKASSA_DECIMALS_MAX)
        return false;
    for (size_t i = 0; i < decimals || i < 2; i++) {
        char digit = i < decimals ? dot[1 + i] : '0';
        if (!is_digit(digit) || (i >= 2 && digit != '0') || (i < 2 && !append_digit(&sum, digit)))
            return false;
    }
    *ret_sum = sum;
    return true;
}
