// Rows inn-…: `INN N`, `KPP N` or `BIC N`, checked: `valid`, or the error's name, for a check digit
// with `, expected D`; or `payer INN "N"[, "N"]… [or empty] in a statement`, read: absent, or it.
#include "services/documents/requisites.h"
#include "tests/vectors/money.h"
#include "tests/vectors/money_statement.h"
#include <stdio.h>

// `expected` names the digit that is wrong, or both of twelve.
static money_verdict_t compare_digits(money_text_t then, span_t inn, money_said_t *said)
{
    char right[REQUISITE_INN_DIGITS];
    span_t digits, second;
    requisites_inn_digits(inn, right);
    if (!money_take_token(&then, &digits))
        return money_unknown(said, "then", then);
    char named[8] = "";
    if (money_take(&then, "and") && money_take_token(&then, &second))
        snprintf(named, sizeof named, "%.*s%.*s", (int)digits.size, digits.bytes, (int)second.size,
                 second.bytes);
    else
        snprintf(named, sizeof named, "%.*s", (int)digits.size, digits.bytes);
    if (!money_ended(&then))
        return money_unknown(said, "then", then);
    size_t count = strlen(right);
    const char *wrong = inn.bytes + inn.size - count;
    const char *first_wrong = count == 2 && wrong[0] == right[0] ? right + 1 : right;
    if (strcmp(named, right) == 0 || (strlen(named) == 1 && named[0] == first_wrong[0]))
        return MONEY_HOLDS;
    snprintf(said->text, sizeof said->text, "%s, expected %s",
             requisite_name(REQUISITE_INN_CHECK_DIGIT), right);
    return MONEY_DIFFERS;
}

// What a statement makes of the payer's INN: "" is empty.
static bool read_payer(span_t inn, char got[64])
{
    char text[32];
    statement_t statement;
    if (inn.size >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)inn.size, inn.size ? inn.bytes : "");
    if (!money_statement_read(&(money_frame_t){0}, &(money_paper_t){.inn = text}, 1, &statement))
        snprintf(got, 64, "file refused %s", statement_refusal_name(statement.refusal));
    else if (statement.documents[0].payer.inn.size == 0)
        snprintf(got, 64, "payer INN absent, the document is still read");
    else
        snprintf(got, 64, "payer INN %.*s", (int)statement.documents[0].payer.inn.size,
                 statement.documents[0].payer.inn.bytes);
    statement_release(&statement);
    return true;
}

static money_verdict_t check_payers(const money_row_t *row, money_text_t given, money_said_t *said)
{
    money_verdict_t verdict = MONEY_HOLDS;
    if (strcmp(row->when, "read") != 0)
        return money_unknown(said, "when", (money_text_t){row->when});
    while (verdict == MONEY_HOLDS && !money_take(&given, "in a statement")) {
        span_t inn = {NULL, 0};
        char got[64];
        (void)money_take(&given, ",");
        (void)money_take(&given, "or");
        if ((!money_take(&given, "empty") && !money_take_quoted(&given, &inn)) ||
            !read_payer(inn, got))
            return money_unknown(said, "given", given);
        verdict = money_compare(said, got, span_of(row->then));
    }
    return money_ended(&given) || verdict != MONEY_HOLDS ? verdict
                                                         : money_unknown(said, "given", given);
}

money_verdict_t money_inn(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given}, when = {row->when}, then = {row->then};
    span_t text, name;
    requisite_t (*check)(span_t) = NULL;
    if (money_take(&given, "payer INN"))
        return check_payers(row, given, said);
    if (money_take(&given, "INN"))
        check = requisites_inn;
    else if (money_take(&given, "KPP"))
        check = requisites_kpp;
    else if (money_take(&given, "BIC"))
        check = requisites_bic;
    if (!check || !(money_take_quoted(&given, &text) || money_take_token(&given, &text)) ||
        !money_ended(&given))
        return money_unknown(said, "given", given);
    if (!money_take(&when, "check") || !money_ended(&when))
        return money_unknown(said, "when", when);
    money_text_t all = then;
    requisite_t verdict = check(text);
    if (!money_take_token(&then, &name))
        return money_unknown(said, "then", then);
    for (requisite_t i = 0;; i++) {
        if (i == REQUISITES_COUNT)
            return money_unknown(said, "then", all);
        if (span_is(name, span_of(requisite_name(i))))
            break;
    }
    money_verdict_t compared = money_compare(said, requisite_name(verdict), name);
    if (money_ended(&then) || compared != MONEY_HOLDS)
        return compared;
    if (verdict != REQUISITE_INN_CHECK_DIGIT || !money_take(&then, ", expected"))
        return money_unknown(said, "then", then);
    return compare_digits(then, text, said);
}
