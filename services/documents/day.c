#include "services/documents/day.h"
#include <stdio.h>

enum { YEAR_MIN = 1990, YEAR_MAX = 2199 };

static bool is_leap(uint32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// Days from 0000-03-01 to the first of a month; a year begins in March, so that a leap day is its
// last.
static day_t days_before(uint32_t year, uint32_t month)
{
    uint32_t shifted = month > 2 ? month - 3 : month + 9;
    uint32_t of_march = month > 2 ? year : year - 1;
    uint32_t days = of_march * 365 + of_march / 4 - of_march / 100 + of_march / 400;
    return (day_t)(days + (shifted * 153 + 2) / 5);
}

enum { DAYS_TO_1970 = 719468 };

bool day_of(uint32_t year, uint32_t month, uint32_t day, day_t *ret_day)
{
    static const uint32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1)
        return false;
    if (day > lengths[month - 1] + (month == 2 && is_leap(year) ? 1 : 0))
        return false;
    *ret_day = days_before(year, month) + (day_t)day - 1 - DAYS_TO_1970;
    return true;
}

// Takes digits_min to digits_max digits from the text; false if they are not there.
static bool take_number(span_t *text, size_t digits_min, size_t digits_max, uint32_t *ret_number)
{
    uint32_t number = 0;
    size_t size = 0;
    while (size < text->size && size < digits_max && text->bytes[size] >= '0' &&
           text->bytes[size] <= '9')
        number = number * 10 + (uint32_t)(text->bytes[size++] - '0');
    if (size < digits_min)
        return false;
    *text = (span_t){text->bytes + size, text->size - size};
    *ret_number = number;
    return true;
}

static bool take_sign(span_t *text, char sign)
{
    if (text->size == 0 || text->bytes[0] != sign)
        return false;
    *text = (span_t){text->bytes + 1, text->size - 1};
    return true;
}

bool day_parse(span_t text, day_t *ret_day)
{
    uint32_t year, month, day;
    span_t rest = text;
    if (take_number(&rest, 4, 4, &year) && take_sign(&rest, '-') &&
        take_number(&rest, 2, 2, &month) && take_sign(&rest, '-') && take_number(&rest, 2, 2, &day))
        return rest.size == 0 && day_of(year, month, day, ret_day);
    rest = text;
    return take_number(&rest, 1, 2, &day) && take_sign(&rest, '.') &&
           take_number(&rest, 1, 2, &month) && take_sign(&rest, '.') &&
           take_number(&rest, 4, 4, &year) && rest.size == 0 && day_of(year, month, day, ret_day);
}

uint32_t day_year(day_t day)
{
    uint32_t year = YEAR_MIN;
    while (year < YEAR_MAX && days_before(year + 1, 1) - DAYS_TO_1970 <= day)
        year++;
    return year;
}

void day_print(day_t day, char ret_text[DAY_TEXT_SIZE])
{
    uint32_t year = day_year(day), month = 1;
    while (month < 12 && days_before(year, month + 1) - DAYS_TO_1970 <= day)
        month++;
    uint32_t of_month = (uint32_t)(day - (days_before(year, month) - DAYS_TO_1970)) + 1;
    snprintf(ret_text, DAY_TEXT_SIZE, "%04u-%02u-%02u", year % 10000, month % 100, of_month % 100);
}

uint32_t day_of_week(day_t day)
{
    return (uint32_t)(((day % 7) + 7 + 3) % 7) + 1; // 1970-01-01 was a Thursday
}

bool day_is_worked(day_t day, const day_exception_t *exceptions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (exceptions[i].day == day)
            return exceptions[i].worked;
    return day_of_week(day) <= 5;
}

uint32_t day_working_between(day_t from, day_t to, const day_exception_t *exceptions, size_t count)
{
    uint32_t worked = 0;
    for (day_t day = from + 1; day <= to; day++)
        worked += day_is_worked(day, exceptions, count);
    return worked;
}
