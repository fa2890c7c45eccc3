#include "tests/vectors/money_lots_words.h"
#include "proto/month.h"
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *text)
{
    while (is_blank(*text))
        text++;
    return text;
}

bool money_words_take(money_words_t *self)
{
    size_t size = 0;
    const char *text = skip_blanks(self->next);
    while (text[size] && text[size] != ';' && text[size] != '=' && !is_blank(text[size]))
        size++;
    if (!size && *text == '=')
        size = 1;
    if (size >= sizeof self->word)
        return false;
    memcpy(self->word, text, size);
    self->word[size] = '\0';
    self->next = text + size;
    return true;
}

bool money_words_take_if(money_words_t *self, const char *word)
{
    money_words_t ahead = *self;
    if (!money_words_take(&ahead) || strcmp(ahead.word, word) != 0)
        return false;
    *self = ahead;
    return true;
}

bool money_words_at_end(money_words_t *self)
{
    self->next = skip_blanks(self->next);
    return !*self->next || *self->next == ';';
}

bool money_words_next_part(money_words_t *self)
{
    self->next = skip_blanks(self->next);
    if (*self->next == ';')
        self->next = skip_blanks(self->next + 1);
    return *self->next != '\0';
}

// Digits alone, and so many of them; *text moves behind them.
static bool read_digits(const char **text, size_t count, int64_t *ret_value)
{
    int64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        char c = (*text)[i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *text += count;
    *ret_value = value;
    return true;
}

bool money_words_sum(money_words_t *self, kopecks_t *ret_sum)
{
    if (!money_words_take(self))
        return false;
    const char *text = self->word;
    bool negative = *text == '-';
    text += negative;
    size_t digits = strspn(text, "0123456789");
    int64_t rubles, kopecks;
    if (digits < 1 || digits > 15 || !read_digits(&text, digits, &rubles) || *text++ != '.' ||
        !read_digits(&text, 2, &kopecks) || *text)
        return false;
    *ret_sum = (rubles * 100 + kopecks) * (negative ? -1 : 1);
    return true;
}

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = year - (month <= 2);
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static bool is_date(int64_t year, int64_t month, int64_t day)
{
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    int64_t next = month == 12 ? days_of(year + 1, 1, 1) : days_of(year, month + 1, 1);
    return day <= next - days_of(year, month, 1);
}

bool money_words_time(money_words_t *self, instant_t *ret_time)
{
    int64_t year, month, day, hour, minute;
    const char *text = self->word;
    if (!money_words_take(self) || !read_digits(&text, 4, &year) || *text++ != '-' ||
        !read_digits(&text, 2, &month) || *text++ != '-' || !read_digits(&text, 2, &day) || *text ||
        !is_date(year, month, day))
        return false;
    text = self->word;
    if (!money_words_take(self) || !read_digits(&text, 2, &hour) || *text++ != ':' ||
        !read_digits(&text, 2, &minute) || *text || hour > 23 || minute > 59)
        return false;
    *ret_time =
        days_of(year, month, day) * DAY_US + hour * HOUR_US + minute * MINUTE_US - MOSCOW_OFFSET_US;
    return true;
}

bool money_words_lot(money_words_t *self, uint64_t *ret_number, bool *ret_bonus)
{
    if (!money_words_take(self))
        return false;
    const char *text = self->word + 1;
    bool bonus = self->word[0] == 'B';
    int64_t number;
    size_t digits = strlen(self->word) - (self->word[0] != '\0');
    if ((!bonus && self->word[0] != 'C') || digits < 1 || digits > 6 ||
        !read_digits(&text, digits, &number) || number < 1)
        return false;
    *ret_number = (uint64_t)number * 2 + bonus;
    *ret_bonus = bonus;
    return true;
}

bool money_words_service(money_words_t *self, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (!money_words_take(self) || self->word[0] < 'a' || self->word[0] > 'z')
        return false;
    for (const char *c = self->word; *c; c++) {
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", *c))
            return false;
        number = number * 131 + (uint64_t)(unsigned char)*c;
    }
    *ret_number = number ? number : 1;
    return true;
}
