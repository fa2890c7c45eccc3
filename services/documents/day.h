#pragma once
// day - calendar days as banks and papers write them, without a clock: Gregorian, of Moscow.
//
// A day is its number since 1970-01-01, so that days are compared and counted as numbers. Read are
// 31.08.2026, with one or two digits of day and month, and 2026-08-31; years from 1990 to 2199.
// Failures: false, and nothing written. Threads: any.
#include "proto/span.h"
#include <stdint.h>

typedef int32_t day_t;

#define DAY_NONE INT32_MIN // no day, where one may be missing

enum { DAY_TEXT_SIZE = 11 }; // "2026-08-31" with its NUL

// False if there is no such day.
bool day_of(uint32_t year, uint32_t month, uint32_t day, day_t *ret_day);
bool day_parse(span_t text, day_t *ret_day);
void day_print(day_t day, char ret_text[DAY_TEXT_SIZE]);
uint32_t day_year(day_t day);
uint32_t day_of_week(day_t day); // 1 is Monday, 7 Sunday

// The production calendar of a year is policy with dates: days that are worked though they are of
// a weekend, or not worked though they are not.
typedef struct {
    day_t day;
    bool worked;
} day_exception_t;

bool day_is_worked(day_t day, const day_exception_t *exceptions, size_t count);

// Working days after `from` up to and with `to`: how long a transfer of `from` waited to be
// credited on `to` (docs/rules.md "Service level of transfers"). 0 if `to` is not later.
uint32_t day_working_between(day_t from, day_t to, const day_exception_t *exceptions, size_t count);
