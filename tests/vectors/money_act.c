// Rows act-…: which quarter's act, and which advance invoices. Each form of sentence is read by one
// function here.
#include "proto/field.h"
#include "services/documents/act_period.h"
#include "tests/vectors/money.h"
#include <stdio.h>

static const char *const ordinals[] = {"first", "second", "third", "fourth"};

static money_verdict_t compare_quarter(uint64_t quarter, const money_row_t *row, money_said_t *said)
{
    char got[32];
    if (strcmp(row->when, "which act") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    snprintf(got, sizeof got, "%s quarter", ordinals[quarter % 4]);
    return money_compare(said, got, span_of(row->then));
}

// `hour ending 2026-06-30T21:00:00Z`
static money_verdict_t hour(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    span_t time;
    instant_t end;
    char text[32];
    if (!money_take(&given, "hour ending") || !money_take_token(&given, &time) ||
        !money_ended(&given) || time.size >= sizeof text)
        return money_unknown(said, "given", given);
    snprintf(text, sizeof text, "%.*s", (int)time.size, time.bytes);
    if (!time_parse(text, &end))
        return money_unknown(said, "given", (money_text_t){row->given});
    return compare_quarter(act_period_of(end), row, said);
}

// `30 June`, of 2026: its noon in Moscow.
static bool take_date(money_text_t *text, instant_t *ret_noon)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    uint64_t number;
    day_t day;
    if (!money_take_number(text, &number) || number > 31)
        return false;
    for (uint32_t i = 0; i < 12; i++)
        if (money_take(text, months[i]) && day_of(2026, i + 1, (uint32_t)number, &day)) {
            *ret_noon = (instant_t)day * DAY_US + 9 * HOUR_US;
            return true;
        }
    return false;
}

// `usage of 30 June arrives on 1 July, act of the second quarter not issued` or `issued`
static money_verdict_t late(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    instant_t used, arrived;
    uint64_t act = 0;
    if (!money_take(&given, "usage of") || !take_date(&given, &used) ||
        !money_take(&given, "arrives on") || !take_date(&given, &arrived) ||
        !money_take(&given, ",") || !money_take(&given, "act of the"))
        return money_unknown(said, "given", given);
    while (act < 4 && !money_take(&given, ordinals[act]))
        act++;
    if (act == 4 || !money_take(&given, "quarter"))
        return money_unknown(said, "given", given);
    bool issued = !money_take(&given, "not issued");
    if ((issued && !money_take(&given, "issued")) || !money_ended(&given))
        return money_unknown(said, "given", given);
    return compare_quarter(act_period_for(used, issued ? 2026 * 4 + act : 0), row, said);
}

static bool take_day(money_text_t *text, day_t *ret_day)
{
    span_t token;
    return money_take_token(text, &token) && day_parse(token, ret_day);
}

// `transfer 2026-03-28 credited, nothing used by 2026-04-02`, `transfer 2026-03-20, wholly used by
// 2026-03-24`
static money_verdict_t advance(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    day_t came, seen, last;
    char got[96] = "none, only the shipment invoice", day[DAY_TEXT_SIZE];
    if (!money_take(&given, "transfer") || !take_day(&given, &came))
        return money_unknown(said, "given", given);
    (void)money_take(&given, "credited");
    (void)money_take(&given, ",");
    bool used = money_take(&given, "wholly used by");
    if ((!used && !money_take(&given, "nothing used by")) || !take_day(&given, &seen) ||
        !money_ended(&given))
        return money_unknown(said, "given", given);
    if (strcmp(row->when, "issue") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    if (act_period_advance(came, used ? seen : DAY_NONE, &last)) {
        day_print(last, day);
        snprintf(got, sizeof got, "advance invoice dated not later than %s", day);
    }
    return money_compare(said, got, span_of(row->then));
}

// `charges 450.00 took C1 300.00 (advance invoice 14 of 2026-01-15) and C2 150.00 (19 of
// 2026-02-20)`
static money_verdict_t line_5b(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given};
    act_advance_t advances[8];
    kopecks_t charged, taken, left;
    span_t lot, day;
    size_t count = 0, size = 0;
    char text[256], got[320];
    if (!money_take(&given, "charges") || !money_take_sum(&given, &charged) ||
        !money_take(&given, "took"))
        return money_unknown(said, "given", given);
    left = charged;
    do {
        act_advance_t *advance = &advances[count++];
        if (count > 7 || !money_take_token(&given, &lot) || !money_take_token(&given, &day) ||
            *given.at++ != '(')
            return money_unknown(said, "given", given);
        money_text_t sum = {day.bytes};
        (void)money_take(&given, "advance invoice");
        if (!money_take_sum(&sum, &taken) || !money_subtract(left, taken, &left) ||
            !money_take_token(&given, &advance->number) || !money_take(&given, "of") ||
            !money_take_token(&given, &day) || day.bytes[--day.size] != ')' ||
            !day_parse(day, &advance->day))
            return money_unknown(said, "given", given);
    } while (money_take(&given, "and"));
    if (!money_ended(&given) || left != 0)
        return money_unknown(said, "given", given);
    if (strcmp(row->when, "issue the shipment invoice") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    (void)act_period_print_advances(advances, count, text, sizeof text);
    // The row says in English what the paper says in Russian.
    size = (size_t)snprintf(got, sizeof got, "line 5б lists ");
    for (const char *at = text; *at && size + 8 < sizeof got;) {
        bool of = strncmp(at, "от ", 5) == 0, next = strncmp(at, "; ", 2) == 0;
        size += (size_t)snprintf(got + size, sizeof got - size, "%.*s",
                                 of     ? 3
                                 : next ? 5
                                        : 1,
                                 of     ? "of "
                                 : next ? " and "
                                        : at);
        at += of ? 5 : next ? 2 : 1;
    }
    return money_compare(said, got, span_of(row->then));
}

money_verdict_t money_act(const money_row_t *row, money_said_t *said)
{
    static const struct {
        const char *begins;
        money_family_fn *run;
    } forms[] = {{"hour", hour}, {"usage", late}, {"transfer", advance}, {"charges", line_5b}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strncmp(row->given, forms[i].begins, strlen(forms[i].begins)) == 0)
            return forms[i].run(row, said);
    return money_unknown(said, "given", (money_text_t){row->given});
}
