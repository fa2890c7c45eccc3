#pragma once
// invoice_number - numbers of invoices for transfers, which survive accountants and banks, and how
// they are found in the purpose of a payment (docs/rules.md "Numbers of invoices").
//
// 11 digits: two of the year, eight of the serial, one of Luhn's check. A telephone begins with 7
// or 8, a year does not. Failures: false or none found. Threads: any.
#include "proto/span.h"
#include <stdint.h>

enum {
    INVOICE_NUMBER_DIGITS = 11,
    INVOICE_NUMBER_SIZE = 12, // with its NUL
    INVOICE_NUMBER_FOUND_MAX = 8,
};
#define INVOICE_NUMBER_SERIAL_MAX 99999999u

typedef struct {
    char digits[INVOICE_NUMBER_SIZE];
} invoice_number_t;

// False if the year is none of 0..69, or the serial none of 1..INVOICE_NUMBER_SERIAL_MAX.
bool invoice_number_make(uint32_t year, uint32_t serial, invoice_number_t *ret_number);
bool invoice_number_is(span_t text);

// Different numbers in a purpose, in the order in which they stand. A number stands as 11 digits in
// a row, or as groups joined by single blanks or hyphens that touch no point or comma: a date or a
// sum stays apart. Counts at most INVOICE_NUMBER_FOUND_MAX.
size_t invoice_number_find(span_t purpose, invoice_number_t ret_found[INVOICE_NUMBER_FOUND_MAX]);
