#include "tests/vectors/money_promo_words.h"
#include <inttypes.h>
#include <stdio.h>

static const char *const numbers[][2] = {
    {"one", "first"},  {"two", "second"}, {"three", "third"},     {"four", "fourth"},
    {"five", "fifth"}, {"six", "sixth"},  {"seven", "seventh"},   {"eight", "eighth"},
    {"nine", "ninth"}, {"ten", "tenth"},  {"eleven", "eleventh"}, {"twelve", "twelfth"},
};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

bool promo_words_number(money_text_t *self, uint64_t *ret_number)
{
    for (size_t i = 0; i < NUMBERS; i++)
        if (money_take(self, numbers[i][0])) {
            *ret_number = i + 1;
            return true;
        }
    return money_take_number(self, ret_number);
}

bool promo_words_ordinal(money_text_t *self, uint64_t *ret_number)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    char text[PROMO_WORDS_SIZE];
    for (size_t i = 0; i < NUMBERS; i++)
        if (money_take(self, numbers[i][1])) {
            *ret_number = i + 1;
            return true;
        }
    for (uint64_t n = NUMBERS + 1; n < 100; n++) {
        bool teen = n / 10 == 1;
        snprintf(text, sizeof text, "%" PRIu64 "%s", n, endings[!teen && n % 10 < 4 ? n % 10 : 0]);
        if (money_take(self, text)) {
            *ret_number = n;
            return true;
        }
    }
    return false;
}

const char *promo_words_say(uint64_t number, char ret_text[PROMO_WORDS_SIZE])
{
    if (number >= 1 && number <= NUMBERS)
        return numbers[number - 1][0];
    snprintf(ret_text, PROMO_WORDS_SIZE, "%" PRIu64, number);
    return ret_text;
}

// --- terms ---

// 20 %, 12.5 %: hundredths of a percent.
static bool take_percent(money_text_t *self, int64_t *ret_percent)
{
    money_text_t left = *self;
    int64_t percent = 0;
    size_t digits = strspn(left.at, "0123456789"), parts = 0;
    if (!digits || digits > 3)
        return false;
    for (size_t i = 0; i < digits; i++)
        percent = percent * 10 + (left.at[i] - '0');
    left.at += digits;
    if (*left.at == '.') {
        parts = strspn(++left.at, "0123456789");
        if (parts < 1 || parts > 2)
            return false;
    }
    for (size_t i = 0; i < 2; i++)
        percent = percent * 10 + (i < parts ? left.at[i] - '0' : 0);
    left.at += parts;
    left.at += strspn(left.at, " ");
    if (!money_take(&left, "%"))
        return false;
    *ret_percent = percent;
    *self = left;
    return true;
}

static bool take_fixed(money_text_t *self, promo_terms_t *terms)
{
    if (!money_take(self, "fixed") || !money_take_sum(self, &terms->value))
        return false;
    terms->kind = PROMO_FIXED;
    terms->cap = 0;
    return true;
}

static bool take_limit(money_text_t *self, promo_terms_t *terms)
{
    uint64_t limit;
    if (!money_take(self, "limit") || !promo_words_number(self, &limit) || limit > UINT16_MAX)
        return false;
    if (money_take(self, "an account"))
        terms->per_account = (uint32_t)limit;
    else
        terms->in_all = (uint32_t)limit;
    return true;
}

static bool take_term(money_text_t *self, promo_plan_t *plan)
{
    promo_terms_t *terms = &plan->terms;
    money_text_t left = *self;
    const struct {
        const char *word;
        kopecks_t *sum;
    } sums[] = {{"at most", &terms->cap},
                {"budget", &terms->budget},
                {"from", &terms->topup_min},
                {"top-up", &plan->topup}};
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        if (money_take(&left, sums[i].word)) {
            *self = left;
            return money_take_sum(self, sums[i].sum);
        }
    if (money_take(self, "first top-up only"))
        return terms->first_topup = true;
    return take_percent(self, &terms->value) || take_fixed(self, terms) || take_limit(self, terms);
}

// --- moments ---

static bool take_time(money_text_t *self, instant_t *ret_time)
{
    uint64_t hours, minutes;
    bool next = money_take(self, "next day");
    if (!money_take_number(self, &hours) || *self->at++ != ':' ||
        !money_take_number(self, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_time = next * DAY_US + (int64_t)hours * HOUR_US + (int64_t)minutes * MINUTE_US;
    return true;
}

static bool take_moment(money_text_t *self, promo_plan_t *plan)
{
    const struct {
        const char *word;
        instant_t *at;
    } moments[] = {{"reserved", &plan->reserved}, {"invoice expired", &plan->expired},
                   {"declined", &plan->declined}, {"paid", &plan->paid},
                   {"asked", &plan->asked},       {"another paid", &plan->another}};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++)
        if (money_take(self, moments[i].word))
            return take_time(self, moments[i].at);
    return false;
}

bool promo_words_plan(money_text_t *self, promo_plan_t *ret_plan)
{
    *ret_plan = (promo_plan_t){.terms = {.kind = PROMO_PERCENT, .value = 2000, .cap = 30000},
                               .reserved = HOUR_US};
    size_t count = 0;
    while (take_term(self, ret_plan) || take_moment(self, ret_plan)) {
        count++;
        if (!money_take(self, ","))
            break;
    }
    return count > 0;
}

// --- keys ---

static bool take_byte(money_text_t *self, uint8_t *ret_byte)
{
    span_t token;
    return money_take_token(self, &token) && digest_unhex(token.bytes, token.size, 1, ret_byte);
}

bool promo_words_key(money_text_t *self, uint8_t ret_key[PROMO_KEY_SIZE])
{
    uint8_t bytes[3], last;
    span_t dots;
    if (!money_take(self, "under the key"))
        return false;
    for (size_t i = 0; i < 3; i++)
        if (!take_byte(self, &bytes[i]) || (i > 0 && bytes[i] != (uint8_t)(bytes[0] + i)))
            return false;
    if (!money_take_token(self, &dots) || !span_is(dots, SPAN("...")) || !take_byte(self, &last) ||
        last != (uint8_t)(bytes[0] + PROMO_KEY_SIZE - 1))
        return false;
    for (size_t i = 0; i < PROMO_KEY_SIZE; i++)
        ret_key[i] = (uint8_t)(bytes[0] + i);
    return true;
}
