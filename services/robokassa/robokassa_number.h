#pragma once
// robokassa_number - the two numbers of Robokassa's protocol as text: sums of money and invoice
// numbers, exact in both directions.
//
// Units      Kopecks. Robokassa writes rubles: "199.00" as sent, "199.000000" in live notices.
// Failures   false: the text is not such a number; nothing was written. Strict on purpose: what one
//            side would read differently from another must not be read at all.
#include "proto/money.h"
#include "proto/span.h"
#include <stdint.h>

enum {
    ROBOKASSA_NUMBER_SIZE = 24, // any sum or invoice number with its NUL
    ROBOKASSA_DECIMALS_MAX = 6,
};
#define ROBOKASSA_INVOICE_MAX INT64_MAX

// Prints rubles with two decimals. The sum is not negative.
span_t robokassa_number_print_sum(kopecks_t sum, char ret_text[ROBOKASSA_NUMBER_SIZE]);

// Reads digits, or digits, a dot and one to six decimals of which those past the second are zero.
// No sign, no exponent, no comma, no space, no zero before another digit.
bool robokassa_number_parse_sum(span_t text, kopecks_t *ret_sum);

span_t robokassa_number_print_invoice(int64_t invoice, char ret_text[ROBOKASSA_NUMBER_SIZE]);

// Reads 1..ROBOKASSA_INVOICE_MAX without leading zeros.
bool robokassa_number_parse_invoice(span_t text, int64_t *ret_invoice);

// Reads a whole number from 0 to INT64_MAX without leading zeros.
bool robokassa_number_parse(span_t text, int64_t *ret_number);
