#include "proto/producers.h"
#include <stddef.h>

// One number without sign, space or leading zero; where it ends.
static const char *parse_number(const char *text, stream_t *ret_number)
{
    stream_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (stream_t)(*at - '0'), &number))
            return NULL;
    if (at == text || *text == '0')
        return NULL;
    *ret_number = number;
    return at;
}

bool producers_parse(const char *text, producers_t *ret_producers)
{
    producers_t found = {0, 0};
    const char *end = parse_number(text, &found.first);
    found.last = found.first;
    if (end && *end == '-')
        end = parse_number(end + 1, &found.last);
    if (!end || *end || found.first < PRODUCER_FIRST || found.last < found.first)
        return false;
    *ret_producers = found;
    return true;
}
