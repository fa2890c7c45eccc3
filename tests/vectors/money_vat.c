// Rows vat-…: sums with VAT and a rate or several, and the tax of each; of lines, and of the
// document.
//
//     given  SUM [and SUM]… [TERM]…      each by itself
//            [lines] SUM, SUM, … [TERM]… lines of one document
//     when   extract [TERM]…
//     then   SUM [(, | and) SUM]… [[;] document SUM]
// A TERM is `with VAT`, `paid in YEAR`, or `at RATE`; RATE is 22/122, 22 % or 22%. No rate at all
// means the one in force in YEAR, or in 2026.
#include "services/documents/vat.h"
#include "tests/vectors/money.h"
#include <inttypes.h>
#include <stdio.h>

enum { SUMS_MAX = 64, RATES_MAX = 8, YEAR_NOW = 2026, TEXT_MAX = 24 };

typedef struct {
    kopecks_t sums[SUMS_MAX];
    uint32_t rates[RATES_MAX];
    size_t sums_count, rates_count;
    bool lines;
    uint64_t year;
} wish_t;

typedef struct {
    kopecks_t taxes[SUMS_MAX], document;
    size_t count;
    bool has_document;
} result_t;

static bool take_rate(money_text_t *text, wish_t *wish)
{
    money_text_t left = *text;
    uint64_t rate, whole;
    if (wish->rates_count == RATES_MAX || !money_take_number(&left, &rate) || rate > 100)
        return false;
    if (!money_take(&left, "%")) {
        if (*left.at++ != '/' || !money_take_number(&left, &whole) || whole != 100 + rate)
            return false;
    }
    wish->rates[wish->rates_count++] = (uint32_t)rate;
    *text = left;
    return true;
}

static bool take_terms(money_text_t *text, wish_t *wish)
{
    while (!money_ended(text)) {
        (void)money_take(text, ",");
        (void)money_take(text, "and");
        if (money_take(text, "with VAT"))
            continue;
        if (money_take(text, "paid in")) {
            if (wish->year != YEAR_NOW || !money_take_number(text, &wish->year))
                return false;
            continue;
        }
        (void)money_take(text, "at");
        if (!take_rate(text, wish))
            return false;
    }
    return true;
}

// Takes `SUM`, or `joint SUM` after the first.
static bool take_next_sum(money_text_t *text, const char *joint, kopecks_t *ret_sum)
{
    money_text_t left = *text;
    if (joint && !money_take(&left, joint))
        return false;
    if (!money_take_sum(&left, ret_sum))
        return false;
    *text = left;
    return true;
}

static bool take_given(money_text_t *text, wish_t *wish)
{
    wish->lines = money_take(text, "lines");
    if (!take_next_sum(text, NULL, &wish->sums[wish->sums_count++]))
        return false;
    kopecks_t sum;
    while (take_next_sum(text, "and", &sum) ||
           (take_next_sum(text, ",", &sum) && (wish->lines = true))) {
        if (wish->sums_count == SUMS_MAX)
            return false;
        wish->sums[wish->sums_count++] = sum;
    }
    return take_terms(text, wish);
}

static bool take_result(money_text_t *then, result_t *ret)
{
    kopecks_t sum;
    while (take_next_sum(then, ret->count ? "," : NULL, &sum) ||
           (ret->count && take_next_sum(then, "and", &sum))) {
        if (ret->count == SUMS_MAX)
            return false;
        ret->taxes[ret->count++] = sum;
    }
    (void)(money_take(then, ";") || money_take(then, ","));
    if (money_take(then, "document"))
        ret->has_document = money_take_sum(then, &ret->document);
    return money_ended(then) && (ret->count || ret->has_document);
}

static bool compute(const wish_t *wish, result_t *ret)
{
    if (wish->lines && wish->rates_count == 1) {
        ret->count = wish->sums_count;
        ret->has_document = true;
        return vat_of_lines(wish->sums, wish->sums_count, wish->rates[0], ret->taxes,
                            &ret->document);
    }
    if (wish->lines || wish->sums_count * wish->rates_count > SUMS_MAX)
        return false;
    for (size_t i = 0; i < wish->sums_count; i++)
        for (size_t j = 0; j < wish->rates_count; j++)
            if (!vat_of(wish->sums[i], wish->rates[j], &ret->taxes[ret->count++]))
                return false;
    return true;
}

static void print_sum(money_said_t *said, const char *before, kopecks_t sum)
{
    size_t at = strlen(said->text);
    snprintf(said->text + at, sizeof said->text - at, "%s%" PRId64 ".%02" PRId64, before, sum / 100,
             sum % 100);
}

static money_verdict_t compare(const result_t *got, const result_t *expected, money_said_t *said)
{
    bool same = !expected->count ||
                (expected->count == got->count &&
                 memcmp(expected->taxes, got->taxes, got->count * sizeof(kopecks_t)) == 0);
    if (same &&
        (!expected->has_document || (got->has_document && got->document == expected->document)))
        return MONEY_HOLDS;
    for (size_t i = 0; i < got->count; i++)
        print_sum(said, i ? ", " : "", got->taxes[i]);
    if (got->has_document)
        print_sum(said, "; document ", got->document);
    return MONEY_DIFFERS;
}

money_verdict_t money_vat(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given}, when = {row->when}, then = {row->then};
    wish_t wish = {.year = YEAR_NOW};
    result_t got = {0}, expected = {0};
    if (!take_given(&given, &wish))
        return money_unknown(said, "given", given);
    if (!money_take(&when, "extract") || !take_terms(&when, &wish))
        return money_unknown(said, "when", when);
    if (!take_result(&then, &expected))
        return money_unknown(said, "then", then);
    day_t day;
    if (wish.rates_count == 0 && wish.year <= UINT32_MAX && day_of((uint32_t)wish.year, 7, 1, &day))
        wish.rates[wish.rates_count++] = vat_rate_on(day);
    if (wish.rates_count == 0 || !compute(&wish, &got))
        return money_unknown(said, "given", (money_text_t){row->given});
    return compare(&got, &expected, said);
}
