#include "services/documents/invoice_number.h"
#include <stdio.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Luhn's sum of digits of which the last is doubled; what is added to it to make a whole ten.
static char check_digit(const char *digits, size_t count)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t digit = (uint32_t)(digits[count - 1 - i] - '0') * (i % 2 ? 1 : 2);
        sum += digit / 10 + digit % 10;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

bool invoice_number_make(uint32_t year, uint32_t serial, invoice_number_t *ret_number)
{
    if (year > 69 || serial == 0 || serial > INVOICE_NUMBER_SERIAL_MAX)
        return false;
    snprintf(ret_number->digits, INVOICE_NUMBER_SIZE, "%02u%08u", year, serial);
    ret_number->digits[INVOICE_NUMBER_DIGITS - 1] =
        check_digit(ret_number->digits, INVOICE_NUMBER_DIGITS - 1);
    ret_number->digits[INVOICE_NUMBER_DIGITS] = '\0';
    return true;
}

bool invoice_number_is(span_t text)
{
    if (text.size != INVOICE_NUMBER_DIGITS)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!is_digit(text.bytes[i]))
            return false;
    return text.bytes[0] < '7' && check_digit(text.bytes, INVOICE_NUMBER_DIGITS - 1) ==
                                      text.bytes[INVOICE_NUMBER_DIGITS - 1];
}

// --- finding ---

typedef struct {
    invoice_number_t *found;
    size_t count;
    char chain[INVOICE_NUMBER_DIGITS]; // digits of the groups joined so far
    size_t chain_size, groups;         // the size goes on counting where the digits have no room
} finder_t;

static void note(finder_t *self, const char *digits)
{
    if (!invoice_number_is((span_t){digits, INVOICE_NUMBER_DIGITS}))
        return;
    for (size_t i = 0; i < self->count; i++)
        if (memcmp(self->found[i].digits, digits, INVOICE_NUMBER_DIGITS) == 0)
            return;
    if (self->count == INVOICE_NUMBER_FOUND_MAX)
        return;
    memcpy(self->found[self->count].digits, digits, INVOICE_NUMBER_DIGITS);
    self->found[self->count++].digits[INVOICE_NUMBER_DIGITS] = '\0';
}

static void end_chain(finder_t *self)
{
    if (self->groups > 1 && self->chain_size == INVOICE_NUMBER_DIGITS)
        note(self, self->chain);
    self->chain_size = self->groups = 0;
}

static void add_group(finder_t *self, span_t group)
{
    for (size_t i = 0; i < group.size; i++, self->chain_size++)
        if (self->chain_size < INVOICE_NUMBER_DIGITS)
            self->chain[self->chain_size] = group.bytes[i];
    self->groups++;
}

// One blank, hyphen, no-break blank, or what a word processor makes of them.
static bool is_joint(span_t gap)
{
    static const char *const joints[] = {" ",      "-",      "\u00a0", "\u2009", "\u202f",
                                         "\u2010", "\u2011", "\u2012", "\u2013"};
    for (size_t i = 0; i < sizeof joints / sizeof joints[0]; i++)
        if (span_is(gap, span_of(joints[i])))
            return true;
    return false;
}

static bool is_point(span_t text, size_t at)
{
    return at < text.size && (text.bytes[at] == '.' || text.bytes[at] == ',');
}

size_t invoice_number_find(span_t purpose, invoice_number_t ret_found[INVOICE_NUMBER_FOUND_MAX])
{
    finder_t finder = {.found = ret_found};
    size_t end = 0; // of the group before
    for (size_t at = 0; at < purpose.size; at++) {
        if (!is_digit(purpose.bytes[at]))
            continue;
        size_t begin = at;
        while (at + 1 < purpose.size && is_digit(purpose.bytes[at + 1]))
            at++;
        span_t group = {purpose.bytes + begin, at + 1 - begin};
        if (group.size == INVOICE_NUMBER_DIGITS)
            note(&finder, group.bytes);
        if (!is_joint((span_t){purpose.bytes + end, begin - end}))
            end_chain(&finder);
        if (is_point(purpose, at + 1) || (begin > 0 && is_point(purpose, begin - 1)))
            end_chain(&finder);
        else
            add_group(&finder, group);
        end = at + 1;
    }
    end_chain(&finder);
    return finder.count;
}
