// Rows num-…: numbers of invoices, made, checked and found.
//
//     given  year YY, serial N | NUMBER | purpose names NUMBER [(, | and) NUMBER]…
//            purpose [lines | pieces] "TEXT" [(, | and) "TEXT"]…, pieces joined by one blank
//     when   issue | check | read from a purpose | find the number | match
//     then   NUMBER [(, | and) NUMBER]… | not an invoice number | none | [suspense] REASON
// A match here knows of no invoice: NO_INVOICE, UNKNOWN_INVOICE or SEVERAL_INVOICES.
#include "services/documents/invoice_number.h"
#include "tests/vectors/money.h"
#include <stdio.h>

enum { PURPOSE_MAX = 1024 };

static money_verdict_t issue(const money_row_t *row, money_text_t given, money_said_t *said)
{
    uint64_t year, serial;
    invoice_number_t number;
    span_t expected;
    money_text_t then = {row->then};
    if (!money_take(&given, "year") || !money_take_number(&given, &year) ||
        !money_take(&given, ",") || !money_take(&given, "serial") ||
        !money_take_number(&given, &serial) || !money_ended(&given))
        return money_unknown(said, "given", given);
    if (!money_take_token(&then, &expected) || !money_ended(&then))
        return money_unknown(said, "then", then);
    if (year > UINT32_MAX || serial > UINT32_MAX ||
        !invoice_number_make((uint32_t)year, (uint32_t)serial, &number))
        return money_compare(said, "no such number", expected);
    return money_compare(said, number.digits, expected);
}

// Pieces in quotes, joined as a statement's are.
static bool take_pieces(money_text_t *given, char text[PURPOSE_MAX], span_t *ret_purpose)
{
    size_t size = 0;
    span_t piece;
    (void)(money_take(given, "lines") || money_take(given, "pieces"));
    while (money_take_quoted(given, &piece)) {
        if (size + piece.size + 1 > PURPOSE_MAX)
            return false;
        if (size > 0)
            text[size++] = ' ';
        memcpy(text + size, piece.bytes, piece.size);
        size += piece.size;
        (void)(money_take(given, ",") || money_take(given, "and"));
    }
    *ret_purpose = (span_t){text, size};
    return size > 0 && money_ended(given);
}

// The text in which the number stands: quoted, or all that is left if each word has digits.
static bool take_purpose(money_text_t *given, char text[PURPOSE_MAX], span_t *ret_purpose)
{
    if (money_take(given, "purpose") && !money_take(given, "names"))
        return take_pieces(given, text, ret_purpose);
    *ret_purpose = span_of(given->at);
    span_t token;
    do {
        if (!money_take_token(given, &token))
            return false;
        size_t digits = 0;
        for (size_t i = 0; i < token.size; i++)
            digits += token.bytes[i] >= '0' && token.bytes[i] <= '9';
        if (digits == 0)
            return false;
    } while (money_take(given, "and") || money_take(given, ",") || !money_ended(given));
    return true;
}

static const char *const reasons[] = {"NO_INVOICE", "UNKNOWN_INVOICE", "SEVERAL_INVOICES"};
enum { REASONS = sizeof reasons / sizeof reasons[0] };

static bool is_reason(money_text_t then)
{
    for (size_t i = 0; i < REASONS; i++)
        if (money_take(&then, reasons[i]))
            return true;
    return money_take(&then, "suspense");
}

static money_verdict_t match(const money_row_t *row, size_t count, money_said_t *said)
{
    money_text_t then = {row->then};
    span_t expected;
    (void)money_take(&then, "suspense");
    if (!money_take_token(&then, &expected) || !money_ended(&then))
        return money_unknown(said, "then", then);
    for (size_t i = 0; i < REASONS; i++)
        if (span_is(expected, span_of(reasons[i])))
            return money_compare(said, reasons[count < 2 ? count : 2], expected);
    return money_unknown(said, "then", (money_text_t){row->then});
}

static money_verdict_t compare_found(const money_row_t *row, const invoice_number_t *found,
                                     size_t count, money_said_t *said)
{
    money_text_t then = {row->then};
    char got[INVOICE_NUMBER_FOUND_MAX * (INVOICE_NUMBER_SIZE + 5)], expected[sizeof got];
    size_t got_size = 0, expected_size = 0;
    for (size_t i = 0; i < count; i++)
        got_size += (size_t)snprintf(got + got_size, sizeof got - got_size, "%s%s",
                                     i ? " and " : "", found[i].digits);
    if (count == 0)
        snprintf(got, sizeof got, "not an invoice number");
    if (money_take(&then, "not an invoice number") || money_take(&then, "none")) {
        if (!money_ended(&then))
            return money_unknown(said, "then", then);
        return money_compare(said, got, SPAN("not an invoice number"));
    }
    span_t number;
    do {
        if (!money_take_token(&then, &number) || number.size != INVOICE_NUMBER_DIGITS ||
            expected_size + 20 > sizeof expected)
            return money_unknown(said, "then", then);
        expected_size +=
            (size_t)snprintf(expected + expected_size, sizeof expected - expected_size, "%s%.*s",
                             expected_size ? " and " : "", (int)number.size, number.bytes);
    } while (money_take(&then, "and") || money_take(&then, ","));
    if (!money_ended(&then))
        return money_unknown(said, "then", then);
    return money_compare(said, got, span_of(expected));
}

money_verdict_t money_num(const money_row_t *row, money_said_t *said)
{
    money_text_t given = {row->given}, when = {row->when};
    invoice_number_t found[INVOICE_NUMBER_FOUND_MAX];
    char text[PURPOSE_MAX];
    span_t purpose;
    if (money_take(&when, "issue") && money_ended(&when))
        return issue(row, given, said);
    bool matches = money_take(&when, "match");
    if (!(matches || money_take(&when, "check") || money_take(&when, "read from a purpose") ||
          money_take(&when, "find the number") || money_take(&when, "find")) ||
        !money_ended(&when))
        return money_unknown(said, "when", when);
    if (!take_purpose(&given, text, &purpose))
        return money_unknown(said, "given", given);
    size_t count = invoice_number_find(purpose, found);
    if (matches || is_reason((money_text_t){row->then}))
        return match(row, count, said);
    return compare_found(row, found, count, said);
}
