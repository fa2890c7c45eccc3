#pragma once
// decimal - rubles as text, kopecks as int64, and nothing in between.
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define DECIMAL_TEXT_MAX 40
#define DECIMAL_RUBLES_DIGITS_MAX 12

// Digits, a dot, digits: "199", "199.0", "199.000000". A part of a kopeck, a sign, an exponent, a
// comma, spaces and more than 12 digits of rubles or 6 of decimals are refused.
bool decimal_parse(const char *text, int64_t *ret_kopecks);

// JSON's numbers pass through their shortest text, so no arithmetic is done on a float.
bool decimal_of_json(const json_t *value, int64_t *ret_kopecks);

// `decimals` is 2 to 6; kopecks >= 0.
void decimal_print(int64_t kopecks, int decimals, char ret_text[DECIMAL_TEXT_MAX]);

// Digits only, 0..2^63-1.
bool decimal_parse_integer(const char *text, int64_t *ret_number);
