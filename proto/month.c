#include "proto/month.h"

// Days of the civil calendar from and to 1970-01-01, proleptic Gregorian. Source: Howard Hinnant,
// "chrono-compatible low-level date algorithms" (days_from_civil, civil_from_days).
static int64_t days_from_civil(int64_t year, int64_t month)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5; // of the month's first day
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

uint64_t month_of(instant_t at)
{
    int64_t local = at + MOSCOW_OFFSET_US;
    int64_t days = local / DAY_US - (local % DAY_US < 0) + 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2);
    return (uint64_t)(year * 12 + month - 1);
}

instant_t month_start(uint64_t month)
{
    return days_from_civil((int64_t)(month / 12), (int64_t)(month % 12) + 1) * DAY_US -
           MOSCOW_OFFSET_US;
}
