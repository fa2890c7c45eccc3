#include "proto/payment_number.h"

#define FIRST_INSTANT (INT64_C(1735689600) * SECOND_US) // 2025-01-01T00:00:00Z

#define LAST_EPOCH UINT64_C(5522515200) // 2145-01-01T00:00:00Z

static uint64_t place_at(instant_t now)
{
    int64_t since = now > FIRST_INSTANT ? now - FIRST_INSTANT : 0;
    uint64_t seconds = (uint64_t)(since / SECOND_US), rest = (uint64_t)(since % SECOND_US);
    return seconds * PAYMENT_NUMBER_RATE + rest * PAYMENT_NUMBER_RATE / SECOND_US;
}

uint64_t payment_number_of_epoch(uint64_t epoch)
{
    return epoch < LAST_EPOCH ? place_at((instant_t)epoch * SECOND_US) * PAYMENT_PARTITIONS : 0;
}

uint64_t payment_number_next(uint64_t last, instant_t now)
{
    uint64_t place = last / PAYMENT_PARTITIONS + 1, clock = place_at(now);
    place = clock > place ? clock : place;
    return place <= PAYMENT_NUMBER_MAX / PAYMENT_PARTITIONS ? place * PAYMENT_PARTITIONS : 0;
}

instant_t payment_number_time(uint64_t number)
{
    if (payment_number_is_old(number))
        return INT64_MAX;
    uint64_t place = number / PAYMENT_PARTITIONS;
    uint64_t seconds = place / PAYMENT_NUMBER_RATE, rest = place % PAYMENT_NUMBER_RATE;
    return FIRST_INSTANT + (instant_t)seconds * SECOND_US +
           (instant_t)(rest * SECOND_US / PAYMENT_NUMBER_RATE);
}
