#include "services/metering/metering_minutes.h"

mask_t mask_below(uint32_t hour, instant_t to)
{
    instant_t start = hour_start(hour);
    if (to <= start)
        return 0;
    if (to > start + HOUR_US - MINUTE_US) // the last minute starts before `to`
        return MASK_FULL;
    return (UINT64_C(1) << ((to - start + MINUTE_US - 1) / MINUTE_US)) - 1;
}

mask_t mask_between(uint32_t hour, instant_t from, instant_t to)
{
    return mask_below(hour, to) & ~mask_below(hour, from);
}

uint64_t minutes_between(instant_t from, instant_t to)
{
    return from < to ? (uint64_t)((minute_ceil(to) - minute_ceil(from)) / MINUTE_US) : 0;
}
