#include "tests/vectors/money.h"
#include <inttypes.h>
#include <stdio.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(money_text_t *self)
{
    self->at += strspn(self->at, " ");
}

static bool ends_word(char c)
{
    return c == '\0' || strchr(" ,;:=\"", c);
}

// A word ends where another begins, or with a sign of its own: "and" is not in "android".
bool money_take(money_text_t *self, const char *word)
{
    size_t size = strlen(word);
    if (strncmp(self->at, word, size) != 0)
        return false;
    if (size > 0 && !ends_word(word[size - 1]) && !ends_word(self->at[size]))
        return false;
    self->at += size;
    skip_blanks(self);
    return true;
}

bool money_take_number(money_text_t *self, uint64_t *ret_number)
{
    const char *at = self->at;
    uint64_t number = 0;
    for (; is_digit(*at); at++)
        if (__builtin_mul_overflow(number, 10u, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number))
            return false;
    if (at == self->at || !(ends_word(*at) || *at == '/' || *at == '%'))
        return false;
    self->at = at;
    skip_blanks(self);
    *ret_number = number;
    return true;
}

bool money_take_sum(money_text_t *self, kopecks_t *ret_sum)
{
    const char *at = self->at;
    bool below = *at == '-';
    kopecks_t sum = 0;
    at += below;
    const char *digits = at;
    for (; is_digit(*at); at++)
        if (!money_multiply(sum, 10, &sum) || !money_add(sum, *at - '0', &sum))
            return false;
    if (at == digits || at[0] != '.' || !is_digit(at[1]) || !is_digit(at[2]) || !ends_word(at[3]) ||
        !money_multiply(sum, 100, &sum) || !money_add(sum, (at[1] - '0') * 10 + at[2] - '0', &sum))
        return false;
    self->at = at + 3;
    skip_blanks(self);
    *ret_sum = below ? -sum : sum;
    return true;
}

bool money_take_token(money_text_t *self, span_t *ret_token)
{
    size_t size = strcspn(self->at, " ,;\"");
    if (size == 0)
        return false;
    *ret_token = (span_t){self->at, size};
    self->at += size;
    skip_blanks(self);
    return true;
}

bool money_take_quoted(money_text_t *self, span_t *ret_text)
{
    static const char *const quotes[][2] = {{"\"", "\""}, {"«", "»"}};
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
        size_t size = strlen(quotes[i][0]);
        if (strncmp(self->at, quotes[i][0], size) != 0)
            continue;
        const char *text = self->at + size, *end = strstr(text, quotes[i][1]);
        if (!end)
            return false;
        *ret_text = (span_t){text, (size_t)(end - text)};
        self->at = end + strlen(quotes[i][1]);
        skip_blanks(self);
        return true;
    }
    return false;
}

bool money_ended(const money_text_t *self)
{
    return *self->at == '\0';
}

money_verdict_t money_unknown(money_said_t *said, const char *column, money_text_t left)
{
    snprintf(said->text, sizeof said->text, "not understood in `%s`: \"%.200s\"", column,
             *left.at ? left.at : "(the end)");
    return MONEY_UNKNOWN;
}

money_verdict_t money_compare(money_said_t *said, const char *got, span_t expected)
{
    if (span_is(span_of(got), expected))
        return MONEY_HOLDS;
    snprintf(said->text, sizeof said->text, "%s", got);
    return MONEY_DIFFERS;
}
