// Rows acc-…: `BIC N, account N`, checked: `valid` or the error's name; or `compute K`: the digit.
#include "services/documents/requisites.h"
#include "tests/vectors/money.h"
#include <stdio.h>

static money_verdict_t compute_key(span_t bic, span_t account, const money_row_t *row,
                                   money_said_t *said)
{
    money_text_t then = {row->then};
    uint64_t expected;
    char got[16];
    if (!money_take_number(&then, &expected) || !money_ended(&then))
        return money_unknown(said, "then", then);
    snprintf(got, sizeof got, "%d", requisites_account_key(bic, account));
    return money_compare(said, got, span_of(row->then));
}

money_verdict_t money_acc(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given}, when = {row->when}, then = {row->then};
    span_t bic, account, name;
    if (!money_take(&given, "BIC") || !money_take_token(&given, &bic) || !money_take(&given, ",") ||
        !money_take(&given, "account") || !money_take_token(&given, &account) ||
        !money_ended(&given))
        return money_unknown(said, "given", given);
    if (money_take(&when, "compute K") && money_ended(&when))
        return compute_key(bic, account, row, said);
    if (!money_take(&when, "check") || !money_ended(&when))
        return money_unknown(said, "when", when);
    if (!money_take_token(&then, &name) || !money_ended(&then))
        return money_unknown(said, "then", then);
    for (requisite_t i = 0; i < REQUISITES_COUNT; i++)
        if (span_is(name, span_of(requisite_name(i))))
            return money_compare(said, requisite_name(requisites_account(bic, account)), name);
    return money_unknown(said, "then", (money_text_t){row->then});
}
